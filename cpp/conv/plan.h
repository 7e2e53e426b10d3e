#pragma once

#include <algorithm>
#include <cstdint>

#include "conv/cache_policy.h"
#include "depthwise/geometry.h"
#include "depthwise/memory.h"

/// Computes which input each output reads at which tap. This file works with integers only; it reads no tensor.
///
///     axis      stride, dilation and padding
///      └ phase     the window moves by one tap from output to output; no stride, no dilation
///         └ tile      as many columns as the cache holds
///            └ segment   at most three taps, borders clipped: what one call of the microkernel computes
///
/// THE ONE FORM. Along one axis, forward and the input gradient are the same computation. With g = gcd(stride,
/// dilation), both are a list of phases of the form
///
///     out[outFirst + q·outStep] += Σ_m in[inFirst + (q + m)·inStep] · filter[tapFirst + m·tapStep],   q = 0, 1, 2, …
///
/// From output q to output q + 1 the window moves by one tap, as if stride and dilation were 1. For example, forward
/// with stride 2 and five taps (k0 to k4) is two phases:
///
///     in       0  1  2  3  4  5  6  7  8          in       0  1  2  3  4  5  6  7  8
///     out 0    k0    k2    k4                     out 0       k1    k3
///     out 1          k0    k2    k4               out 1             k1    k3
///
/// The input gradient exchanges outStep and inStep and uses the taps in the reverse order.
///
/// Positions and sizes are int64_t while they may lie outside of the axis, and int when they are known to lie inside:
/// geometry.h bounds every axis and tensor by 2^30.
namespace depthwise {

/// The number of taps, and of input rows, that one microkernel call uses. Three taps of three rows are nine weights;
/// with three sums and one input they fill the registers of V8 (microkernel.h).
constexpr int kMicrokernelTaps = 3, kMicrokernelRows = 3;

/// One phase of an axis, in the terms of the formula above.
struct Phase {
  int64_t outFirst, outStep, outCount;
  int64_t inFirst, inStep;  ///< may lie outside of the axis: forEachSegment clips
  int tapFirst, tapStep;
  int taps;        ///< 0: no tap reaches these outputs, they are zero
  bool overwrite;  ///< the first phase that writes these outputs; the other phases add to them
};

/// The taps of one output: tap tapFirst + m·tapStep reads input inFirst + m·inStep, for m in [0, count). Inputs may lie
/// outside of the axis.
struct Taps {
  int64_t inFirst, inStep;
  int tapFirst, tapStep;
  int count;
};

/// The taps of one output row whose inputs lie inside of the axis.
struct RowTaps {
  int inFirst, inStep;
  int tapFirst, tapStep;
  int count;
};

/// The integers from `first` up to, not including, `end`. All ranges in this file are half-open.
struct Range {
  int64_t first, end;
};

/// Returns a / b, rounded up. b is mostly 1, and a comparison is faster than a division.
inline int64_t ceilDivide(int64_t a, int64_t b) { return b == 1 ? a : a / b + (a % b > 0); }

/// Returns the m in [0, count) for which first + m·step lies in [0, size). step > 0. Not inlined: the copies take 0.2
/// KB of the wasm, gzipped.
[[gnu::noinline]] inline Range insideOf(int64_t size, int64_t first, int64_t step, int64_t count) {
  const int64_t from = std::min(count, std::max<int64_t>(0, ceilDivide(-first, step)));
  return {from, std::max(from, std::min(count, ceilDivide(size - first, step)))};
}

enum class Pass {
  kForward,        ///< y from x: output o of tap k reads input o·stride + k·dilation − padBefore
  kInputGradient,  ///< dx from dy: output i (of dx) reads at tap k the dy at (i + padBefore − k·dilation) / stride, if
                   ///< that is an integer
};

/// An axis in one of the two passes: its phases, and the taps of single outputs.
class AxisPlan {
 public:
  AxisPlan(const Axis& axis, Pass pass);

  int inSize() const { return isForward() ? axis_.in : axis_.out; }
  int outSize() const { return isForward() ? axis_.out : axis_.in; }
  int taps() const { return axis_.taps; }

  /// The distance of neighbouring outputs of a phase, and of the inputs of one output in a phase.
  int64_t outStep() const { return outStep_; }
  int64_t inStep() const { return inStep_; }
  /// The distance of the inputs that one output reads, over all phases.
  int64_t tapDistance() const { return isForward() ? axis_.dilation : inStep_; }
  /// The distance of the inputs that one tap reads in neighbouring outputs.
  int64_t outputDistance() const { return isForward() ? axis_.stride : inStep_; }
  /// Returns the input extent read by `outputs` adjacent outputs.
  int64_t span(int64_t outputs) const;

  /// Calls visit(phase) for each phase. Phases that write the same outputs follow each other.
  template <class Visit>
  void forEachPhase(Visit&& visit) const {
    for (int64_t i = 0; i < phaseCount(); ++i) visit(phase(i));
  }

  /// Returns the taps of an output, including those whose inputs lie outside of the axis.
  Taps tapsOf(int64_t output) const;
  /// Returns the taps of an output whose inputs lie inside of the axis.
  RowTaps rowTaps(int output) const;

 private:
  bool isForward() const { return pass_ == Pass::kForward; }
  int64_t phaseCount() const;
  Phase phase(int64_t index) const;
  int64_t phasesOfOutput() const { return std::min(tapStep_, axis_.taps); }  ///< forward
  Phase forwardPhase(int64_t output, int tap) const;
  Phase gradientPhase(int64_t output, int64_t count) const;
  int64_t firstTap(int64_t output) const;

  Axis axis_;
  Pass pass_;
  int common_;  ///< g of the formula above
  int tapStep_;
  int64_t outStep_, inStep_;
};

/// Returns the phase without the taps that read only outside of the axis. With a large dilation, most taps read only
/// there.
inline Phase trimmed(Phase phase, int64_t inSize) {
  const Range inside = insideOf(inSize, phase.inFirst, phase.inStep, phase.outCount + phase.taps - 1);
  const int64_t from = std::max<int64_t>(0, inside.first - phase.outCount + 1);
  const int64_t to = inside.first == inside.end ? from : std::max(from, std::min<int64_t>(phase.taps, inside.end));
  phase.inFirst += from * phase.inStep;
  phase.tapFirst += static_cast<int>(from) * phase.tapStep;
  phase.taps = static_cast<int>(to - from);
  return phase;
}

/// Whether a segment with two taps contains a third tap, which lies between the two (interleaveSegments).
enum class Between {
  kNothing,
  kTap,     ///< the third tap reads the columns between those of the two taps, and adds to the same outputs
  kOutput,  ///< the third tap reads the same columns as the two taps, and writes the outputs between theirs
};

/// Neighbouring outputs of a phase, and at most three neighbouring taps of it: what one microkernel call computes along
/// the axis.
///
/// outCount outputs read outCount + taps − 1 columns. The first clippedLeft and the last clippedRight of these columns
/// lie outside of the axis (each less than `taps`) and are not read; inFirst is the first column inside.
struct Segment {
  int outFirst, outStep, outCount;
  int inFirst = 0, inStep = 0;
  int tapFirst = 0, tapStep = 0;
  int taps = 0;  ///< 1 to kMicrokernelTaps; 0: these outputs are zero, nothing is read
  int clippedLeft = 0, clippedRight = 0;
  bool overwrite;  ///< the first segment that writes these outputs; the other segments add to them
  Between between = Between::kNothing;
  int betweenTap = 0;
  /// kTap: the column of the third tap, relative to the column of the last tap. kOutput: the output of the third tap at
  /// the column of the last tap, relative to the output of the two taps.
  int betweenOffset = 0;

  int outLast() const { return outFirst + (outCount - 1) * outStep; }
  int inLast() const { return inFirst + (outCount + taps - 2 - clippedLeft - clippedRight) * inStep; }
};

/// Returns a segment that sets the outputs [from, from + count) of a phase to zero.
inline Segment zeroSegment(const Phase& phase, int64_t from, int64_t count) {
  return {.outFirst = static_cast<int>(phase.outFirst + from * phase.outStep),
          .outStep = static_cast<int>(count > 1 ? phase.outStep : 1),
          .outCount = static_cast<int>(count),
          .overwrite = true};
}

/// Cuts the outputs [qFirst, qEnd) of a phase into segments and calls visit(segment) for each, in the order in which
/// they must be computed.
template <class Visit>
void forEachSegment(const Phase& phase, int64_t qFirst, int64_t qEnd, int64_t inSize, Visit&& visit) {
  const int64_t count = std::min(qEnd, phase.outCount) - qFirst;
  if (count <= 0) return;
  bool overwrite = phase.overwrite;
  if (phase.taps == 0 && overwrite) visit(zeroSegment(phase, qFirst, count));
  for (int tap = 0; tap < phase.taps;) {
    int taps = std::min(kMicrokernelTaps, phase.taps - tap);
    for (;; --taps) {
      const int64_t first = phase.inFirst + (qFirst + tap) * phase.inStep, columns = count + taps - 1;
      const Range inside = insideOf(inSize, first, phase.inStep, columns);
      if (inside.first == inside.end) {  // not one column lies inside
        if (overwrite) visit(zeroSegment(phase, qFirst, count));
        break;
      }
      // The first `left` and the last `right` outputs read no column inside.
      const int64_t clippedLeft = inside.first, clippedRight = columns - inside.end;
      const int64_t left = std::max<int64_t>(0, clippedLeft - (taps - 1));
      const int64_t right = std::max<int64_t>(0, clippedRight - (taps - 1));
      const int64_t outputs = count - left - right;
      if (outputs < taps - 1) continue;  // too few to fill the sums of the microkernel: use fewer taps
      if (overwrite && left > 0) visit(zeroSegment(phase, qFirst, left));
      if (overwrite && right > 0) visit(zeroSegment(phase, qFirst + count - right, right));
      visit(Segment{.outFirst = static_cast<int>(phase.outFirst + (qFirst + left) * phase.outStep),
                    .outStep = static_cast<int>(outputs > 1 ? phase.outStep : 1),
                    .outCount = static_cast<int>(outputs),
                    .inFirst = static_cast<int>(first + clippedLeft * phase.inStep),
                    .inStep = static_cast<int>(inside.end - inside.first > 1 ? phase.inStep : 1),
                    .tapFirst = phase.tapFirst + tap * phase.tapStep,
                    .tapStep = phase.tapStep,
                    .taps = taps,
                    .clippedLeft = static_cast<int>(clippedLeft - left),
                    .clippedRight = static_cast<int>(clippedRight - right),
                    .overwrite = overwrite});
      break;
    }
    tap += taps;
    overwrite = false;
  }
}

/// Returns an upper bound of the number of segments of a phase in one tile.
inline int64_t maxSegments(const Phase& phase) { return phase.taps + 2; }

/// Merges the segment `one`, with one tap, into the segment `two`, if that is possible, and returns whether it did.
///
/// Forward with stride 2 and three taps is two phases with the same outputs: taps 0 and 2 read every other column, tap
/// 1 the columns between. As two segments they would write y, read it, and write it again. If `one` (tap 1) is not
/// clipped, the microkernel can compute both at once.
///
/// The input gradient with stride 2 and three taps is two phases with the same inputs: taps 0 and 2 write every other
/// column, tap 1 the columns between. If both segments read the same columns, the microkernel loads them once.
bool interleaveSegments(Segment& two, const Segment& one);

/// A half-open range of columns inside of an axis.
struct Columns {
  int first = 0, end = 0;

  int count() const { return end - first; }
};

/// The tiles of an axis: ranges of outputs that are narrow enough for the cache, each cut into segments. It holds one
/// tile at a time. The loop nests plan a tile, compute it down all rows, and go on to the next tile.
class TilePlan {
 public:
  /// `columnStride`: floats between neighbouring input columns. `interleave`: whether interleaveSegments is allowed. It
  /// needs one microkernel call for all taps of the other axis, because calls with a tap between cannot add.
  TilePlan(const AxisPlan& axis, int64_t columnStride, bool interleave);

  Status status() const { return segments_.status(); }
  int64_t count() const { return count_; }
  /// Return upper bounds for every tile: the number of segments, of columns read, and of columns written.
  /// maxOut is not inlined: the copies take 0.1 KB of the wasm, gzipped.
  int64_t maxSegments() const { return maxSegments_; }
  int64_t maxIn() const { return std::min<int64_t>(axis_.span(maxOut()), axis_.inSize()); }
  [[gnu::noinline]] int64_t maxOut() const { return std::min<int64_t>(width_ * axis_.outStep(), axis_.outSize()); }

  /// Plans tile `index`. The functions below describe this tile.
  void plan(int64_t index);

  const Segment* begin() const { return segments_.data(); }
  const Segment* end() const { return segments_.data() + segmentCount_; }
  Columns in() const { return in_; }    ///< the columns that the segments read
  Columns out() const { return out_; }  ///< the columns that the segments write, each of them at least once
  /// Returns a segment that sets all outputs of the tile to zero.
  Segment zeros() const { return {.outFirst = out_.first, .outStep = 1, .outCount = out_.count(), .overwrite = true}; }
  /// Returns whether exactly one segment computes each output, and this segment reads at least one column.
  bool hasOneSegmentPerOutput() const {
    return std::all_of(begin(), end(), [](const Segment& segment) { return segment.overwrite && segment.taps > 0; });
  }

 private:
  void add(const Segment& segment);

  AxisPlan axis_;
  int64_t maxSegments_;
  SmallBuffer<Segment, 8> segments_;
  bool interleave_;
  int64_t width_, count_;  ///< of a tile in outputs of one phase, and the number of tiles
  int segmentCount_ = 0;
  Columns in_, out_;
};

/// How often a microkernel call repeats. After each `every` repetitions, its input rows move by `inStride` floats. To
/// repeat a call costs a fifth of preparing another call.
struct Repeat {
  int count = 1, every = 1;
  ptrdiff_t inStride = 0;
};

/// Returns the row group at the start of `rows`: the rows that use the same taps as the first one, and whose input rows
/// move on evenly from row to row. `inRowStride`: floats between neighbouring input rows.
Repeat rowGroup(const RowTaps* rows, int count, ptrdiff_t inRowStride);

/// The taps of every output row. It stores the taps of the first kStored rows, so that its memory is bounded, and
/// computes the taps of later rows when they are needed.
class RowPlan {
 public:
  static constexpr int kStored = 2048;

  explicit RowPlan(const AxisPlan& axis) : axis_(axis), stored_(std::min(axis.outSize(), kStored)), rows_(stored_) {
    if (!rows_.status()) return;
    for (int row = 0; row < stored_; ++row) rows_[row] = axis.rowTaps(row);
  }

  Status status() const { return rows_.status(); }
  int count() const { return axis_.outSize(); }
  RowTaps operator[](int row) const { return row < stored_ ? rows_[row] : axis_.rowTaps(row); }

  /// Returns the row group that starts at `row`.
  Repeat group(int row, ptrdiff_t inRowStride) const {
    return row < stored_ ? rowGroup(rows_.data() + row, stored_ - row, inRowStride) : Repeat{};
  }

 private:
  AxisPlan axis_;
  int stored_;
  SmallBuffer<RowTaps, 32> rows_;
};

/// A block of neighbouring lanes (channels in NHWC, columns in NCHW). The microkernel computes four lanes at a time. If
/// the number of lanes is not a multiple of four, the last four lanes are a block of their own. It overlaps the block
/// before it and writes the same values there.
struct LaneBlock {
  int first;        ///< its first lane
  int packedFirst;  ///< its first lane in a buffer in which blocks do not overlap
  int lanes;        ///< a multiple of four
  int overlap;      ///< how many of its lanes belong to an earlier block too
};

/// Returns `lanes`, rounded up to a multiple of four.
constexpr int wholeLanes(int lanes) { return (lanes + 3) / 4 * 4; }

/// Calls visit(block) for blocks of at most `max` lanes, a multiple of four. Fewer than four lanes are one block of
/// four, some of which are padding.
template <class Visit>
inline void forEachLaneBlock(int lanes, int max, Visit&& visit) {
  const int whole = std::max(4, lanes / 4 * 4);
  LaneBlock block{.first = 0, .packedFirst = 0, .lanes = std::min(max, whole), .overlap = 0};
  // One call of visit: it is inlined, and a second call would put its code into the wasm twice.
  for (;;) {
    visit(block);
    const int next = block.packedFirst + block.lanes;
    if (next >= lanes) return;
    block = next < whole ? LaneBlock{next, next, std::min(max, whole - next), 0}
                         : LaneBlock{lanes - 4, whole, 4, whole - (lanes - 4)};
  }
}

/// Calls visit(block) for as few blocks as possible: at most two.
template <class Visit>
inline void forEachLaneBlock(int lanes, Visit&& visit) {
  forEachLaneBlock(lanes, wholeLanes(lanes), visit);
}

/// Returns an upper bound of the number of blocks that forEachLaneBlock visits.
constexpr int maxLaneBlocks(int lanes, int max) { return lanes / max + 2; }

}  // namespace depthwise
