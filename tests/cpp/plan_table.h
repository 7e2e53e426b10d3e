#pragma once

#include <string>
#include <vector>

#include "conv/plan.h"

namespace depthwise {

inline const char* nameOf(Pass pass) { return pass == Pass::kForward ? "forward" : "gradient of the input"; }

/// Which input meets which output at which tap along an axis: what every plan must list, each once.
class PlanTable {
 public:
  static constexpr int kNone = -1;

  PlanTable(int outSize, int taps)
      : taps_(taps), inputs_(static_cast<size_t>(outSize * taps), kNone), written_(outSize) {}

  void add(int64_t out, int64_t in, int64_t tap) {
    if (out < 0 || out >= static_cast<int64_t>(written_.size()) || tap < 0 || tap >= taps_)
      return complain("out of range");
    int64_t& entry = inputs_[static_cast<size_t>(out * taps_ + tap)];
    if (entry != kNone) return complain("met twice");
    entry = in;
  }
  /// The first that is written to an output. Later writes add.
  void write(int64_t out) {
    if (out < 0 || out >= static_cast<int64_t>(written_.size())) return complain("out of range");
    if (written_[static_cast<size_t>(out)]) complain("written first twice");
    written_[static_cast<size_t>(out)] = true;
  }
  void expectWritten(int64_t out) {
    if (!written_[static_cast<size_t>(out)]) complain("added to before it is written");
  }
  void complain(std::string_view what) {
    if (complaint_.empty()) complaint_ = what;
  }
  /// What was wrong, "" if nothing was. Every output must have been opened, and the inputs be those of `definition`.
  std::string wrong(const PlanTable& definition) {
    for (const bool written : written_) {
      if (!written) complain("not every output is written");
    }
    if (inputs_ != definition.inputs_) complain("not the products of the definition");
    return complaint_;
  }

 private:
  int taps_;
  std::vector<int64_t> inputs_;
  std::vector<bool> written_;
  std::string complaint_;
};

inline PlanTable emptyTable(const AxisPlan& plan) { return {plan.outSize(), plan.taps()}; }

/// Output o of tap k reads input o·stride + k·dilation − padBefore.
inline PlanTable definitionOf(const Axis& axis, Pass pass) {
  PlanTable table = emptyTable({axis, pass});
  for (int64_t o = 0; o < axis.out; ++o) {
    for (int64_t k = 0; k < axis.taps; ++k) {
      const int64_t i = o * axis.stride + k * axis.dilation - axis.padBefore;
      if (i < 0 || i >= axis.in) continue;
      pass == Pass::kForward ? table.add(o, i, k) : table.add(i, o, k);
    }
  }
  return table;
}

/// Adds what the sweep of a run computes, and complains where the run does not keep what runs.h promises.
inline void addSegment(const AxisPlan& plan, const Segment& segment, PlanTable& table) {
  if (segment.outCount < 1) return table.complain("a segment without outputs");
  for (int64_t q = 0; q < segment.outCount; ++q) {
    const int64_t out = segment.outFirst + q * segment.outStep;
    segment.overwrite ? table.write(out) : table.expectWritten(out);
  }
  if (segment.taps == 0) {
    if (!segment.overwrite) table.complain("adds nothing");
    return;
  }
  if (segment.taps < 0 || segment.taps > kMicrokernelTaps) table.complain("more taps than a sweep has");
  if (segment.clippedLeft < 0 || segment.clippedLeft >= segment.taps || segment.clippedRight < 0 || segment.clippedRight >= segment.taps) table.complain("clippedLeft or clippedRight");
  if (segment.outCount < segment.taps - 1) table.complain("too few outputs for the sums");
  const int64_t columns = segment.outCount + segment.taps - 1;
  if (segment.clippedLeft + segment.clippedRight >= columns) table.complain("reads nothing");
  if (segment.inFirst < 0 || segment.inLast() >= plan.inSize()) table.complain("reads outside");
  for (int64_t q = 0; q < segment.outCount; ++q) {
    for (int64_t m = 0; m < segment.taps; ++m) {
      const int64_t column = q + m;
      if (column < segment.clippedLeft || column >= columns - segment.clippedRight) continue;
      table.add(segment.outFirst + q * segment.outStep, segment.inFirst + (column - segment.clippedLeft) * segment.inStep,
                segment.tapFirst + m * segment.tapStep);
    }
    if (!segment.interleaved) continue;
    const int64_t between = segment.inFirst + (q + 1 - segment.clippedLeft) * segment.inStep + segment.betweenColumn;
    if (between < 0 || between >= plan.inSize()) table.complain("reads outside between");
    table.add(segment.outFirst + q * segment.outStep, between, segment.betweenTap);
  }
}

}  // namespace depthwise
