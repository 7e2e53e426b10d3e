#pragma once

#include <algorithm>
#include <cstdint>

#include "conv/cache_policy.h"
#include "geometry.h"
#include "memory.h"

/// Along one axis, forward and the gradient of the input are the same thing. With g = gcd(stride, dilation), both fall
/// into phases of one form,
///
///     out[outFirst + q·outStep] += Σ_m in[inFirst + (q + m)·inStep] · filter[tapFirst + m·tapStep],
///
/// in which the window moves by one tap from an output to the next, as if stride and dilation were 1. Forward, with
/// stride 2 and five taps, is two phases:
///
///     in       0  1  2  3  4  5  6  7  8          in       0  1  2  3  4  5  6  7  8
///     out 0    k0    k2    k4                     out 0       k1    k3
///     out 1          k0    k2    k4               out 1             k1    k3
///
/// The gradient of the input swaps the roles of outStep and inStep and walks the taps backwards. Nothing here knows of
/// floats: the plan is integers, and one sweep (call.h) computes every phase.
namespace depthwise {

struct Phase {
  int64_t outFirst, outStep, outCount;
  int64_t inFirst, inStep;  ///< may lie outside of the axis: the borders are clipped by forEachSegment
  int32_t tapFirst, tapStep;
  int32_t taps;  ///< 0: no tap reaches these outputs, they are zero
  bool overwrite;    ///< the first phase that writes its outputs; the others add to them
};

/// The taps of one output: input inFirst + m·inStep meets tap tapFirst + m·tapStep, m in [0, count). Inputs may lie
/// outside of the axis.
struct Taps {
  int64_t inFirst, inStep;
  int32_t tapFirst, tapStep;
  int32_t count;
};

/// Those taps of an output row that meet a row of the input.
struct RowTaps {
  int32_t inFirst, inStep;
  int32_t tapFirst, tapStep;
  int32_t count;
};

/// Mostly by 1, and a division takes longer than to look.
inline int64_t ceilDivide(int64_t a, int64_t b) { return b == 1 ? a : a / b + (a % b > 0); }

/// The m in [0, count) for which first + m·step lies in [0, size), as first and end. step > 0.
struct Range {
  int64_t first, end;
};
inline Range insideOf(int64_t size, int64_t first, int64_t step, int64_t count) {
  const int64_t from = std::min(count, std::max<int64_t>(0, ceilDivide(-first, step)));
  return {from, std::max(from, std::min(count, ceilDivide(size - first, step)))};
}

/// What is computed from what.
enum class Pass {
  kForward,        ///< y from x: output o of tap k reads o·stride + k·dilation − padBefore
  kInputGradient,  ///< dx from dy: input i gets from tap k the dy at (i + padBefore − k·dilation) / stride, where that
                   ///< is whole
};

/// An axis in one of the passes: its phases, and the taps of single outputs.
class AxisPlan {
 public:
  AxisPlan(const Axis& axis, Pass pass);

  int32_t inSize() const { return isForward() ? axis_.in : axis_.out; }
  int32_t outSize() const { return isForward() ? axis_.out : axis_.in; }
  int32_t taps() const { return axis_.taps; }

  /// The outputs of a phase are this far apart, and the inputs of one output.
  int64_t outStep() const { return outStep_; }
  int64_t inStep() const { return inStep_; }
  /// How far apart the inputs of one output are, and those that one tap meets in neighbouring outputs of a phase.
  int64_t tapDistance() const { return isForward() ? axis_.dilation : inStep_; }
  int64_t outputDistance() const { return isForward() ? axis_.stride : inStep_; }
  /// All inputs that so many neighbouring outputs read lie within so many.
  int64_t span(int64_t outputs) const;

  /// Those that write the same outputs follow each other.
  int64_t phaseCount() const;
  Phase phase(int64_t index) const;
  template <class Visit>
  void forEachPhase(Visit&& visit) const {
    for (int64_t i = 0; i < phaseCount(); ++i) visit(phase(i));
  }

  Taps tapsOf(int64_t output) const;
  RowTaps rowTaps(int32_t output) const;

 private:
  bool isForward() const { return pass_ == Pass::kForward; }
  /// Forward, phases that write the same outputs.
  int64_t phasesOfOutput() const { return std::min(tapStep_, axis_.taps); }
  Phase forwardPhase(int64_t output, int32_t tap) const;
  Phase gradientPhase(int64_t output, int64_t count) const;
  int64_t firstTap(int64_t output) const;

  Axis axis_;
  Pass pass_;
  int32_t common_;  ///< g of the formula above
  int32_t tapStep_;
  int64_t outStep_, inStep_;
};

}  // namespace depthwise

/// From the phases of a row (axis_plan.h) to what a sweep can do: at most three taps at a time, and borders that need
/// no test inside of the loop.
namespace depthwise {

/// The widest filter row that one sweep takes: three taps of three rows are nine weights, which with three sums and a
/// value fill the registers that V8 has.
constexpr int kMicrokernelTaps = 3;

/// outCount outputs of one sweep. They need outCount + taps − 1 columns of input. Of these the first `clippedLeft` and the
/// last `clippedRight` lie outside of the image, each fewer than taps; inFirst is the first that lies inside.
struct Segment {
  int32_t outFirst, outStep, outCount;
  int32_t inFirst, inStep;
  int32_t tapFirst, tapStep;
  int32_t taps;  ///< 1 to kMicrokernelTaps; 0: these outputs are zero, nothing is read
  int32_t clippedLeft, clippedRight;
  bool overwrite;
  /// Only of a run of two taps: a third tap in between, which meets the columns in between (interleaveSegments).
  bool interleaved = false;
  int32_t betweenTap = 0;
  int32_t betweenColumn = 0;  ///< its column, counted from the one that the last tap meets

  int32_t outLast() const { return outFirst + (outCount - 1) * outStep; }
  int32_t inLast() const { return inFirst + (outCount + taps - 2 - clippedLeft - clippedRight) * inStep; }
};

namespace segments {

/// `taps` taps of a phase, beginning with tap `tap`, for the outputs [from, from + count) of it: how many of the needed
/// columns lie outside.
struct Window {
  int64_t first;  ///< the first column, inside or not
  int64_t columns, clippedLeft, clippedRight;
};

inline Window windowOf(const Phase& phase, int64_t from, int64_t count, int tap, int taps, int64_t inSize) {
  const int64_t first = phase.inFirst + (from + tap) * phase.inStep, columns = count + taps - 1;
  const Range inside = insideOf(inSize, first, phase.inStep, columns);
  return {first, columns, inside.first, columns - inside.end};
}

inline Segment zeros(const Phase& phase, int64_t from, int64_t count) {
  return {static_cast<int32_t>(phase.outFirst + from * phase.outStep),
          static_cast<int32_t>(count > 1 ? phase.outStep : 1),
          static_cast<int32_t>(count),
          0,
          0,
          0,
          0,
          0,
          0,
          0,
          true};
}

}  // namespace segments

/// Cuts the outputs [qFirst, qEnd) of a phase into runs, in the order in which they must be computed.
template <class Visit>
void forEachSegment(const Phase& phase, int64_t qFirst, int64_t qEnd, int64_t inSize, Visit&& visit) {
  const int64_t count = std::min(qEnd, phase.outCount) - qFirst;
  if (count <= 0) return;
  bool overwrite = phase.overwrite;
  if (phase.taps == 0 && overwrite) visit(segments::zeros(phase, qFirst, count));
  for (int tap = 0; tap < phase.taps;) {
    int taps = std::min(kMicrokernelTaps, phase.taps - tap);
    for (;; --taps) {
      const segments::Window w = segments::windowOf(phase, qFirst, count, tap, taps, inSize);
      if (w.clippedLeft + w.clippedRight == w.columns) {  // not one column lies inside
        if (overwrite) visit(segments::zeros(phase, qFirst, count));
        break;
      }
      // Outputs all of whose columns lie outside, at either end.
      const int64_t none = 0, left = std::max(none, w.clippedLeft - (taps - 1)), right = std::max(none, w.clippedRight - (taps - 1));
      const int64_t computed = count - left - right;
      if (computed < taps - 1) continue;  // too few to fill the sums of a sweep: take fewer taps
      if (overwrite && left > 0) visit(segments::zeros(phase, qFirst, left));
      if (overwrite && right > 0) visit(segments::zeros(phase, qFirst + count - right, right));
      visit(Segment{static_cast<int32_t>(phase.outFirst + (qFirst + left) * phase.outStep),
                static_cast<int32_t>(computed > 1 ? phase.outStep : 1), static_cast<int32_t>(computed),
                static_cast<int32_t>(w.first + w.clippedLeft * phase.inStep),
                static_cast<int32_t>(w.columns - w.clippedLeft - w.clippedRight > 1 ? phase.inStep : 1),
                phase.tapFirst + tap * phase.tapStep, phase.tapStep, taps, static_cast<int32_t>(w.clippedLeft - left),
                static_cast<int32_t>(w.clippedRight - right), overwrite});
      break;
    }
    tap += taps;
    overwrite = false;
  }
}

/// Forward with stride 2 and three taps is two phases with the same outputs: taps 0 and 2 meet every other column, tap
/// 1 those between. One after the other they would write y, read it and write it again. Where `one` (of the tap
/// between) meets no border, this makes `two` do the work of both.
inline bool interleaveSegments(Segment& two, const Segment& one) {
  const bool sameOutputs = two.taps == 2 && !two.interleaved && one.taps == 1 && !one.overwrite &&
                           two.outFirst == one.outFirst && two.outCount == one.outCount && two.outStep == one.outStep;
  // With a single column inside, inStep would not tell how far the columns are apart.
  if (!sameOutputs || two.outCount + 1 - two.clippedLeft - two.clippedRight < 2) return false;
  two.interleaved = true;
  two.betweenTap = one.tapFirst;
  two.betweenColumn = one.inFirst - (two.inFirst + (1 - two.clippedLeft) * two.inStep);
  return true;
}

/// The phase without the taps that meet nothing but the outside. With a large dilation that is nearly all of them.
inline Phase trimmed(Phase phase, int64_t inSize) {
  const Range inside = insideOf(inSize, phase.inFirst, phase.inStep, phase.outCount + phase.taps - 1);
  const int64_t from = std::max<int64_t>(0, inside.first - phase.outCount + 1);
  const int64_t to = inside.first == inside.end ? from : std::max(from, std::min<int64_t>(phase.taps, inside.end));
  phase.inFirst += from * phase.inStep;
  phase.tapFirst += static_cast<int32_t>(from) * phase.tapStep;
  phase.taps = static_cast<int32_t>(to - from);
  return phase;
}

/// More runs than these a phase cannot fall into.
inline int64_t maxSegments(const Phase& phase) { return phase.taps + 2; }

/// A half-open range of columns.
struct Columns {
  int32_t first = 0, end = 0;

  int32_t count() const { return end - first; }
};

/// The outputs of a row, cut into strips narrow enough for the cache, and each strip into runs. One strip is planned at
/// a time and then computed down all rows.
class TilePlan {
 public:
  /// `pitch`: floats between neighbouring columns of the input. `interleave`: whether two runs may be computed as one
  /// (interleaveSegments).
  TilePlan(const AxisPlan& axis, size_t pitch, bool interleave);

  Status status() const { return segments_.status(); }
  int64_t count() const { return count_; }
  /// No strip has more runs than these.
  int64_t maxSegments() const { return maxSegments_; }
  /// No strip reads or writes more columns than these.
  int64_t maxIn() const { return std::min<int64_t>(axis_.span(maxOut()), axis_.inSize()); }
  int64_t maxOut() const { return std::min<int64_t>(width_ * axis_.outStep(), axis_.outSize()); }

  /// Plans strip `index`; what follows speaks of it.
  void plan(int64_t index);

  /// Whether each output has one run that sums it up.
  bool hasOneSegmentPerOutput() const {
    return std::all_of(begin(), end(), [](const Segment& segment) { return segment.overwrite && segment.taps > 0; });
  }

  const Segment* begin() const { return segments_.data(); }
  const Segment* end() const { return segments_.data() + segmentCount_; }
  Columns in() const { return in_; }    ///< the columns of the input that the runs read
  Columns out() const { return out_; }  ///< the outputs that the runs write, every one of them

 private:
  void add(const Segment& segment);

  AxisPlan axis_;
  int64_t maxSegments_;
  SmallBuffer<Segment, 8> segments_;
  bool interleave_;
  int64_t segmentCount_ = 0, width_, count_;
  Columns in_, out_;
};

/// Repeat that the same sweep goes to, one after the other: neighbouring rows with the same taps, or planes. After each
/// `every` of them the input moves on by inStride floats. To go on takes a fifth of what it takes to begin anew.
struct Repeat {
  int32_t count = 1, every = 1;
  ptrdiff_t inStride = 0;
};

/// Of `count` rows the first few that are computed like the first: the same taps of each meet rows of the input, so many
/// rows after those that they meet of the row before.
Repeat rowGroup(const RowTaps* rows, int32_t count, size_t inRowStride);

/// The taps of every output row: of the first kKept found once for all images and strips, of more when they are asked
/// for, so that the memory is bounded.
class RowPlan {
 public:
  static constexpr int32_t kKept = 2048;

  explicit RowPlan(const AxisPlan& axis)
      : axis_(axis), kept_(std::min(axis.outSize(), kKept)), rows_(static_cast<uint64_t>(kept_)) {
    if (!rows_.status()) return;
    for (int32_t row = 0; row < kept_; ++row) rows_[static_cast<size_t>(row)] = axis.rowTaps(row);
  }

  Status status() const { return rows_.status(); }
  int32_t count() const { return axis_.outSize(); }
  RowTaps operator[](int32_t row) const { return row < kept_ ? rows_[static_cast<size_t>(row)] : axis_.rowTaps(row); }

  /// The rows from this one on that are computed alike.
  Repeat group(int32_t row, size_t inRowStride) const {
    return row < kept_ ? rowGroup(rows_.data() + row, kept_ - row, inRowStride) : Repeat{};
  }

 private:
  AxisPlan axis_;
  int32_t kept_;
  SmallBuffer<RowTaps, 32> rows_;
};

}  // namespace depthwise
