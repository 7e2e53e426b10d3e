#pragma once

#include <cstdint>

#include "../buffer.h"
#include "axis_plan.h"

namespace depthwise {

/// The taps of every output row, found once for all images and strips.
template <class Plan>
class RowPlan {
 public:
  explicit RowPlan(const Axis& axis) : count_(Plan::outSize(axis)), rows_(static_cast<uint64_t>(count_)) {
    if (!rows_.status()) return;
    for (int32_t row = 0; row < count_; ++row) rows_[static_cast<size_t>(row)] = Plan::rowTaps(axis, row);
  }

  Status status() const { return rows_.status(); }
  int32_t count() const { return count_; }
  const RowTaps& operator[](int32_t row) const { return rows_[static_cast<size_t>(row)]; }

 private:
  int32_t count_;
  Buffer<RowTaps> rows_;
};

}  // namespace depthwise
