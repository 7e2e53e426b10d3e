#include "strips.h"

namespace depthwise {
namespace {

int64_t mostRunsOf(const AxisPlan& axis) {
  int64_t most = 0;
  axis.forEachPhase([&](const Phase& phase) { most += mostRuns(trimmed(phase, axis.inSize())); });
  return most;
}

}  // namespace

Strips::Strips(const AxisPlan& axis, size_t pitch, bool interlace)
    : axis_(axis), mostRuns_(mostRunsOf(axis)), runs_(static_cast<uint64_t>(mostRuns_)), interlace_(interlace) {
  const int64_t perPhase = ceilDivide(axis.outSize(), axis.outStep());
  width_ = stripWidth(uint64_t{pitch} * static_cast<uint64_t>(axis.inStep()), perPhase);
  count_ = ceilDivide(perPhase, width_);
}

void Strips::plan(int64_t index) {
  const int64_t from = index * width_, to = from + width_;
  runCount_ = 0;
  in_ = {axis_.inSize(), 0};
  axis_.forEachPhase([&](const Phase& phase) {
    forEachRun(trimmed(phase, axis_.inSize()), from, to, axis_.inSize(), [&](const Run& run) {
      add(run);
      if (run.taps == 0) return;
      in_.first = std::min(in_.first, run.inFirst);
      in_.end = std::max(in_.end, run.inLast() + 1);
    });
  });
  in_.end = std::max(in_.end, in_.first);
  const int64_t step = axis_.outStep(), size = axis_.outSize();
  out_ = {static_cast<int32_t>(std::min(from * step, size)), static_cast<int32_t>(std::min(to * step, size))};
}

void Strips::add(const Run& run) {
  Run* const next = runs_.data() + runCount_;
  if (interlace_ && runCount_ > 0 && interlaceRuns(next[-1], run)) return;
  *next = run;
  ++runCount_;
}

}  // namespace depthwise
