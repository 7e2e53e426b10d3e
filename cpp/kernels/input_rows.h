#pragma once

#include <cstdint>

#include "../buffer.h"
#include "../tensor_view.h"
#include "cache_policy.h"
#include "staging.h"
#include "strips.h"

namespace depthwise {

/// The rows of the tensor that a sweep reads along: the tensor's own where the sweeps can take them, otherwise copies
/// of the last few in a ring of staged rows (staging.h).
class InputRows {
 public:
  /// `channels` of the tensor become channels·multiplier lanes. A window of `span` rows must be readable at once.
  InputRows(TensorView<const float> tensor, int channels, int multiplier, int32_t height, int32_t width, int64_t span)
      : tensor_(tensor),
        channels_(channels),
        multiplier_(multiplier),
        staged_(mustBeStaged(tensor, channels * multiplier, multiplier)),
        pitch_(staged_ ? static_cast<size_t>(spreadPitch(channels * multiplier)) : tensor.columnStride),
        slots_(static_cast<int32_t>(std::min<int64_t>(span, height))),
        slotFloats_(static_cast<size_t>(width) * pitch_),
        ring_(staged_ ? static_cast<uint64_t>(slots_) * static_cast<uint64_t>(width) * pitch_ : 0),
        rowInSlot_(staged_ ? static_cast<uint64_t>(slots_) : 0) {}

  Status status() const { return ring_.status() ? rowInSlot_.status() : ring_.status(); }
  /// Floats from one column to the next.
  size_t pitch() const { return pitch_; }
  bool staged() const { return staged_; }

  /// From now on rows of `image` are asked for, and of these only `columns` are read.
  void begin(int image, Columns columns) {
    image_ = image;
    columns_ = columns;
    if (staged_) std::fill_n(rowInSlot_.data(), slots_, kNoRow);
  }

  /// Column 0 of a row. Valid as long as no row `span` or more away has been asked for.
  const float* row(int32_t index) {
    if (!staged_) return tensor_.pixel(image_, index, 0);
    const size_t slot = static_cast<size_t>(index % slots_);
    float* const to = ring_.data() + slot * slotFloats_;
    if (rowInSlot_[slot] != index) {
      rowInSlot_[slot] = index;
      stagePixels(tensor_.pixel(image_, index, columns_.first), {tensor_.columnStride, tensor_.channelStride},
                  channels_, multiplier_, columns_.count(), to + static_cast<size_t>(columns_.first) * pitch_, pitch_);
    }
    return to;
  }

 private:
  static constexpr int32_t kNoRow = -1;

  static bool mustBeStaged(const TensorView<const float>& tensor, int lanes, int multiplier) {
    return multiplier > 1 || !tensor.channelsAreAdjacent() || lanes < 4 || pitchCollides(lanes);
  }

  TensorView<const float> tensor_;
  int channels_, multiplier_;
  bool staged_;
  size_t pitch_;
  int32_t slots_;
  size_t slotFloats_;
  Buffer<float> ring_;
  Buffer<int32_t> rowInSlot_;
  int image_ = 0;
  Columns columns_;
};

}  // namespace depthwise
