#pragma once

#include <cstdint>

#include "../buffer.h"
#include "../tensor_view.h"
#include "cache_policy.h"
#include "rows_in_place.h"
#include "staging.h"
#include "strips.h"

namespace depthwise {

/// The rows of the tensor that a sweep reads along: the tensor's own where the sweeps can take them, otherwise copies
/// of the last few in a ring of staged rows (staging.h), or some of both (rows_in_place.h), at the pitch of the tensor.
class InputRows {
 public:
  /// `channels` of the tensor become channels·multiplier lanes. A window of `rows` × `columns` must be readable at
  /// once; `pixels`: how many of all tensors are read or written by turns (pixelsCollide); `inPlace`: rows that need
  /// not be copied where those of a single row do not collide.
  InputRows(TensorView<const float> tensor, int channels, int multiplier, int64_t rows, int64_t columns, int64_t pixels,
            RowsInPlace inPlace = {})
      : tensor_(tensor),
        channels_(channels),
        multiplier_(multiplier),
        staged_(mustBeStaged(channels * multiplier, multiplier, pixels)),
        inPlace_(staged_ && multiplier == 1 && !pixelsCollide(channels, columns) ? inPlace : RowsInPlace{}),
        pitch_(inPlace_.period > 0 ? tensor.columnStride : pitchOf(tensor, channels, multiplier, pixels)),
        slots_(static_cast<int32_t>(rows)),
        slotFloats_(static_cast<uint64_t>(columns) * pitch_ + (inPlace_.period > 0 ? kPageFloats : 0)),
        ring_(staged_ ? static_cast<uint64_t>(rows) * slotFloats_ : 0),
        rowInSlot_(staged_ ? static_cast<uint64_t>(slots_) : 0) {}

  Status status() const { return ring_.status() ? rowInSlot_.status() : ring_.status(); }
  /// Floats from one column to the next.
  size_t pitch() const { return pitch_; }
  /// Whether some of the rows are copies: of these only the last few are there. Otherwise they are the tensor's.
  bool isStaged() const { return staged_; }
  /// Floats from one column to the next before there are rows, for so many pixels.
  static size_t pitchOf(const TensorView<const float>& tensor, int channels, int multiplier, int64_t pixels) {
    const int lanes = channels * multiplier;
    return mustBeStaged(lanes, multiplier, pixels) ? static_cast<size_t>(spreadPitch(lanes)) : tensor.columnStride;
  }

  /// From now on rows of `image` are asked for, and of these only `columns` are read.
  void begin(int image, Columns columns) {
    image_ = image;
    columns_ = columns;
    if (staged_) std::fill_n(rowInSlot_.data(), slots_, kNoRow);
  }

  /// A pixel of those columns. Valid as long as no row `rows` or more away has been asked for.
  const float* pixel(int32_t row, int32_t column) {
    if (!staged_ || inPlace_.has(row)) return tensor_.pixel(image_, row, column);
    const size_t slot = static_cast<size_t>(row % slots_);
    float* to = ring_.data() + slot * static_cast<size_t>(slotFloats_);
    if (inPlace_.period > 0) to += floatsBeforeCopy(row, to);
    if (rowInSlot_[slot] != row) {
      rowInSlot_[slot] = row;
      stagePixels(tensor_.pixel(image_, row, columns_.first), channels_, multiplier_, columns_.count(), to, pitch_);
    }
    return to + static_cast<size_t>(column - columns_.first) * pitch_;
  }

  /// One lane of that column in `count` rows, `step` apart.
  void pixels(int32_t row, int32_t step, int count, int32_t column, int lane, const float** to) {
    if (staged_) {
      for (int i = 0; i < count; ++i) to[i] = pixel(row + i * step, column) + lane;
      return;
    }
    const float* at = tensor_.pixel(image_, row, column) + lane;
    // Past the last row is not looked: the step there may be too large for a pointer.
    for (int i = 0;; at += static_cast<size_t>(step) * tensor_.rowStride) {
      to[i] = at;
      if (++i == count) return;
    }
  }

 private:
  static constexpr int32_t kNoRow = -1;
  static constexpr size_t kPageFloats = kCacheSets * kFloatsPerLine;

  static bool mustBeStaged(int lanes, int multiplier, int64_t pixels) {
    return multiplier > 1 || pixelsCollide(lanes, pixels);
  }

  size_t floatsBeforeCopy(int32_t row, const float* slot) const {
    const auto lineOf = [](const float* data) { return reinterpret_cast<uintptr_t>(data) / kCacheLine; };
    const uint64_t line = lineOfCopy(lineOf(tensor_.data), pitch_, row);
    return static_cast<size_t>((line - lineOf(slot)) % kCacheSets) * kFloatsPerLine;
  }

  TensorView<const float> tensor_;
  int channels_, multiplier_;
  bool staged_;
  RowsInPlace inPlace_;
  size_t pitch_;
  int32_t slots_;
  uint64_t slotFloats_;  ///< fits a size_t once the ring is allocated, not before
  Buffer<float> ring_;
  Buffer<int32_t> rowInSlot_;
  int image_ = 0;
  Columns columns_;
};

}  // namespace depthwise
