#pragma once

#include <algorithm>
#include <cstdint>

#include "../buffer.h"
#include "axis_plan.h"
#include "column_order.h"
#include "lane_blocks.h"
#include "sweep.h"

namespace depthwise {

/// Neighbouring outputs of a row of one plane, which are swept as lanes: all of them are of one phase, and the taps
/// meet inputs that are neighbours too in the order in which a row is staged.
struct ColumnBlock {
  size_t outPlace;  ///< of lane 0
  int lanes;        ///< a multiple of four
  int valid;        ///< of these lanes are outputs, the first ones; fewer only in a phase of fewer than four
  int overlap;      ///< of these lanes are in an earlier block too
  int32_t tapFirst, tapStep;
  int32_t taps;     ///< 0: the outputs are zero
  size_t inPlaces;  ///< where PlaneColumns::inPlace has the first of its taps
};

/// What becomes of a number of outputs that is no multiple of four. The last four may be a block of their own, which
/// overlaps the one before it. Or the last lanes are no outputs: then there is one block, which for filters of many
/// sweeps is less work, but needs rows that are longer than the tensor's.
enum class LastLanes { kOverlap, kPad };

/// Where channels are planes (NCHW, or fewer than four channels), lanes are neighbouring columns, and the sweeps go
/// down the rows. This is how the columns of a row become such lanes: along this axis strides, dilations and borders
/// are a matter of where a column stands.
template <class Plan>
class PlaneColumns {
 public:
  PlaneColumns(const Axis& axis, LastLanes lastLanes)
      : axis_(axis),
        lastLanes_(lastLanes),
        phases_(std::min<int64_t>(Plan::outStep(axis), Plan::outSize(axis))),
        out_{outOrder()},
        in_{inOrder()},
        blocks_(static_cast<uint64_t>(2 * phases_)),
        inPlaces_(static_cast<uint64_t>(2 * tapCount())) {
    if (isSparse() || !blocks_.status() || !inPlaces_.status()) return;
    size_t places = 0;
    for (int64_t o = 0; o < phases_; ++o) {
      const Taps taps = tapsOf(o);
      const int count = static_cast<int>(countOf(o));
      forEachLaneBlock(pads(count) ? wholeLanes(count) : count, [&](const LaneBlock& block) {
        blocks_[blockCount_++] = {out_.placeOf(o) + static_cast<size_t>(block.first),
                                  block.lanes,
                                  std::min(block.lanes, count),
                                  block.overlap,
                                  taps.tapFirst,
                                  taps.tapStep,
                                  taps.count,
                                  places};
        for (int32_t m = 0; m < taps.count; ++m) {
          inPlaces_[places++] = in_.placeOf(taps.inFirst + m * taps.inStep) + static_cast<size_t>(block.first);
        }
      });
    }
  }

  Status status() const { return blocks_.status() ? inPlaces_.status() : blocks_.status(); }
  /// Whether the columns that the taps meet are so far apart that a staged row would be mostly zeros, as with strides
  /// much longer than the row. Then there are no blocks.
  bool isSparse() const { return in_.length == 0; }
  const ColumnOrder& in() const { return in_; }    ///< of a row that is read; places outside of it are zero
  const ColumnOrder& out() const { return out_; }  ///< of a row that is written

  /// Of so many rows that are read and written.
  int64_t floats(int64_t inRows, int64_t outRows) const {
    return inRows * static_cast<int64_t>(in_.size()) + outRows * static_cast<int64_t>(out_.size());
  }

  const ColumnBlock* begin() const { return blocks_.data(); }
  const ColumnBlock* end() const { return blocks_.data() + blockCount_; }
  /// Whether each output has one sweep (of a run) that sums it up.
  bool hasOneSweepEach() const {
    return std::all_of(begin(), end(), [](const ColumnBlock& b) { return b.taps > 0 && b.taps <= kSweepRows; });
  }
  /// The input that tap tapFirst + m·tapStep of lane 0 meets.
  size_t inPlace(const ColumnBlock& block, int32_t m) const {
    return inPlaces_[block.inPlaces + static_cast<size_t>(m)];
  }

 private:
  /// The outputs o, o + outStep, o + 2·outStep …
  int64_t countOf(int64_t o) const { return ceilDivide(Plan::outSize(axis_) - o, Plan::outStep(axis_)); }

  /// The taps of those outputs, without the ones that meet nothing but the outside. With a large dilation that is
  /// nearly all of them.
  Taps tapsOf(int64_t o) const {
    Taps taps = Plan::tapsOf(axis_, o);
    const int64_t last = (countOf(o) - 1) * Plan::inStep(axis_), size = Plan::inSize(axis_);
    const Range inside = insideOf(size + last, taps.inFirst + last, taps.inStep, taps.count);
    return {taps.inFirst + inside.first * taps.inStep, taps.inStep,
            static_cast<int32_t>(taps.tapFirst + inside.first * taps.tapStep), taps.tapStep,
            static_cast<int32_t>(inside.end - inside.first)};
  }

  int64_t tapCount() const {
    int64_t count = 0;
    for (int64_t o = 0; o < phases_; ++o) count += tapsOf(o).count;
    return count;
  }

  bool pads(int64_t count) const { return count < 4 || lastLanes_ == LastLanes::kPad; }

  ColumnOrder outOrder() const {
    const int64_t most = countOf(0), fewest = countOf(phases_ - 1);
    return {0, phases_, pads(fewest) ? wholeLanes(static_cast<int>(most)) : most};
  }

  ColumnOrder inOrder() const {
    int64_t first = kMaxAxis, last = -kMaxAxis;
    for (int64_t o = 0; o < phases_; ++o) {
      const Taps taps = tapsOf(o);
      if (taps.count == 0) continue;
      first = std::min(first, taps.inFirst);
      last = std::max(last, taps.inFirst + (taps.count - 1) * taps.inStep + (countOf(o) - 1) * Plan::inStep(axis_));
    }
    const int64_t columns = std::max<int64_t>(1, last - first + 1);
    if (columns > 64 + 8 * (int64_t{Plan::inSize(axis_)} + Plan::outSize(axis_))) return {0, 1, 0};
    const int64_t step = std::min(columns, Plan::inStep(axis_));
    // Lanes that are no outputs read what is there.
    return {first, step, ceilDivide(columns, step) + (pads(countOf(phases_ - 1)) ? 3 : 0)};
  }

  Axis axis_;
  LastLanes lastLanes_;
  int64_t phases_;
  ColumnOrder out_, in_;
  Buffer<ColumnBlock> blocks_;
  Buffer<size_t> inPlaces_;
  size_t blockCount_ = 0;
};

}  // namespace depthwise
