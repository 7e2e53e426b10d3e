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
class PlaneColumns {
 public:
  PlaneColumns(const AxisPlan& axis, LastLanes lastLanes);

  Status status() const { return blocks_.status() ? inPlaces_.status() : blocks_.status(); }
  /// Whether the columns that the taps meet are so far apart that a staged row would be mostly zeros, as with strides
  /// much longer than the row. Then there are no blocks.
  bool isSparse() const { return in_.length == 0; }
  const ColumnOrder& in() const { return in_; }    ///< of a row that is read; places outside of it are zero
  const ColumnOrder& out() const { return out_; }  ///< of a row that is written

  /// How many so many rows that are read, and so many that are written, have.
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
  int64_t countOf(int64_t o) const;
  Taps tapsOf(int64_t o) const;
  int64_t tapCount() const;
  bool pads(int64_t count) const { return count < 4 || lastLanes_ == LastLanes::kPad; }
  ColumnOrder outOrder() const;
  ColumnOrder inOrder() const;

  AxisPlan axis_;
  LastLanes lastLanes_;
  int64_t phases_;
  ColumnOrder out_, in_;
  Buffer<ColumnBlock> blocks_;
  Buffer<size_t> inPlaces_;
  size_t blockCount_ = 0;
};

}  // namespace depthwise
