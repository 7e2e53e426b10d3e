#pragma once

#include <cstring>

#include "../buffer.h"
#include "../tensor_view.h"
#include "cache_policy.h"
#include "column_order.h"

namespace depthwise {

/// Some rows of a few planes (channels of an image) with their columns in the order of lanes, for sweeps to read: the
/// tensor's own rows where they stand in this order, otherwise copies with zeros on both sides.
class PlaneRows {
 public:
  /// For at most `rows` of `planes` at a time.
  PlaneRows(TensorView<const float> tensor, int64_t columns, const ColumnOrder& order, int64_t rows, int planes)
      : tensor_(tensor),
        firstColumn_(order.first),
        staged_(tensor.columnStride != 1 || order.step != 1 || order.first < 0 || order.first + order.length > columns),
        pitch_(staged_ ? static_cast<size_t>(spreadPitch(static_cast<int64_t>(order.size()))) : tensor.rowStride),
        planeStep_(staged_ ? static_cast<uint64_t>(rows) * pitch_ : tensor.channelStride),
        sequences_(order, columns),
        copy_(staged_ ? planeStep_ * static_cast<uint64_t>(planes) : 0) {
    if (!staged_ || !copy_.status()) return;
    // Only columns are ever copied: the zeros beside them stay.
    std::memset(copy_.data(), 0, static_cast<size_t>(planeStep_) * static_cast<size_t>(planes) * sizeof(float));
  }

  Status status() const { return copy_.status() ? sequences_.status() : copy_.status(); }
  size_t pitch() const { return pitch_; }
  /// Floats from a row to the same of the next plane.
  ptrdiff_t planeStep() const { return static_cast<ptrdiff_t>(planeStep_); }

  /// From now on row() speaks of `count` rows, `first` on, of so many planes.
  void begin(int image, int channel, int planes, int32_t first, int32_t count) {
    const float* const from = tensor_.pixel(image, first, 0) + static_cast<size_t>(channel) * tensor_.channelStride;
    first_ = first;
    rows_ = staged_ ? copy_.data() : from + firstColumn_;
    if (!staged_) return;
    for (int i = 0; i < planes; ++i) {
      const float* const plane = from + static_cast<size_t>(i) * tensor_.channelStride;
      gatherColumns({plane, tensor_.rowStride, tensor_.columnStride, count}, sequences_, copy_.data() + i * planeStep(),
                    pitch_);
    }
  }
  /// Place 0 of a row of the first plane.
  const float* row(int32_t index) const { return rows_ + static_cast<size_t>(index - first_) * pitch_; }

 private:
  TensorView<const float> tensor_;
  int64_t firstColumn_;
  bool staged_;
  size_t pitch_;
  uint64_t planeStep_;  ///< fits a size_t once the copies are allocated, not before
  ColumnSequences sequences_;
  Buffer<float> copy_;
  const float* rows_ = nullptr;
  int32_t first_ = 0;
};

}  // namespace depthwise
