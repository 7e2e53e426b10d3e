#pragma once

#include <algorithm>
#include <cstdint>

#include "../buffer.h"
#include "axis_plan.h"
#include "run_sweep.h"

namespace depthwise {

/// Of `count` rows the first few that are swept like the first: the same taps of each meet rows of the input, so many
/// rows after those that they meet of the row before.
Places alikeRows(const RowTaps* rows, int32_t count, size_t inRowStride);

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

  /// The rows from this one on that are swept alike.
  Places alike(int32_t row, size_t inRowStride) const {
    return row < kept_ ? alikeRows(rows_.data() + row, kept_ - row, inRowStride) : Places{};
  }

 private:
  AxisPlan axis_;
  int32_t kept_;
  SmallBuffer<RowTaps, 32> rows_;
};

}  // namespace depthwise
