#pragma once

#include <cstring>

#include "../buffer.h"
#include "../tensor_view.h"
#include "cache_policy.h"
#include "column_order.h"

namespace depthwise {

/// Some rows of one plane (a channel of an image) with their columns in the order of lanes, for sweeps to read: the
/// tensor's own rows where they stand in this order, otherwise copies with zeros on both sides.
class PlaneRows {
 public:
  /// For at most `rows` at a time.
  PlaneRows(TensorView<const float> tensor, int64_t columns, const ColumnOrder& order, int64_t rows)
      : tensor_(tensor),
        firstColumn_(order.first),
        staged_(tensor.columnStride != 1 || order.step != 1 || order.first < 0 || order.first + order.length > columns),
        pitch_(staged_ ? static_cast<size_t>(spreadPitch(static_cast<int64_t>(order.size()))) : tensor.rowStride),
        sequences_(order, columns),
        copy_(staged_ ? static_cast<uint64_t>(rows) * pitch_ : 0) {
    // Only columns are ever copied: the zeros beside them stay.
    if (staged_ && copy_.status()) std::memset(copy_.data(), 0, static_cast<size_t>(rows) * pitch_ * sizeof(float));
  }

  Status status() const { return copy_.status() ? sequences_.status() : copy_.status(); }
  size_t pitch() const { return pitch_; }

  /// From now on row() speaks of `count` rows of this plane, `first` on.
  void begin(int image, int channel, int32_t first, int32_t count) {
    const float* const from = tensor_.pixel(image, first, 0) + static_cast<size_t>(channel) * tensor_.channelStride;
    first_ = first;
    rows_ = staged_ ? copy_.data() : from + firstColumn_;
    if (!staged_) return;
    gatherColumns({from, tensor_.rowStride, tensor_.columnStride, count}, sequences_, copy_.data(), pitch_);
  }
  /// Place 0 of a row.
  const float* row(int32_t index) const { return rows_ + static_cast<size_t>(index - first_) * pitch_; }

 private:
  TensorView<const float> tensor_;
  int64_t firstColumn_;
  bool staged_;
  size_t pitch_;
  ColumnSequences sequences_;
  Buffer<float> copy_;
  const float* rows_ = nullptr;
  int32_t first_ = 0;
};

}  // namespace depthwise
