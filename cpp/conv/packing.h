#pragma once

#include <cstddef>
#include <cstdint>

#include "conv/cache_policy.h"
#include "conv/plan.h"
#include "memory.h"
#include "tensor_view.h"

/// Where pixels collide in the cache (pixelsCollide), three rows that are read by turns are too many for the sets that
/// they can use, and one is not. So one of each three may stay where it is, and the others are copied to where other
/// sets are. Performance only, as in cache_policy.h.
namespace depthwise {

/// Every period-th row; 0: none.
struct RowsInPlace {
  int32_t period = 0, first = 0;

  bool has(int32_t row) const { return period > 0 && row % period == first; }
};

/// Of the rows that outputs read, so many that three neighbouring taps meet at most one of them.
inline RowsInPlace rowsInPlace(const AxisPlan& rows) {
  const int64_t distance = rows.tapDistance();
  if (distance == 1 && rows.outputDistance() == 2 && rows.taps() == 3) {
    const bool beginsOdd = rows.tapsOf(0).inFirst % 2 != 0;
    return {2, beginsOdd ? 0 : 1};  // those between, which one output reads
  }
  return distance % 3 != 0 ? RowsInPlace{3, 0} : RowsInPlace{};
}

/// Where in a page (kCacheSets lines) a copy of a row begins, if rows in place begin at `lineInPlace`: three neighbours
/// and a row in place then use different sets.
inline uint64_t lineOfCopy(uint64_t lineInPlace, uint64_t pixelStep, int32_t row) {
  const int64_t apart = setStride(pixelStep) / 4;
  return (lineInPlace + static_cast<uint64_t>((row % 3 + 1) * apart)) % kCacheSets;
}

}  // namespace depthwise

/// Copies between a tensor whose channels stand side by side and the form that the sweeps read and write: pixels
/// `pitch` floats apart, a lane for each output channel, lane c·multiplier + m. It is how channel multipliers and
/// pitches that upset the cache become the one case that the sweeps know.
namespace depthwise {

/// Each channel into its `multiplier` lanes.
void packPixels(const float* from, int channels, int multiplier, int pixels, float* to, size_t pitch);

/// The sum of the `multiplier` lanes of each channel.
void foldPixels(const float* from, size_t pitch, int channels, int multiplier, int pixels, float* to);

/// A filter, lanes adjacent, to another pitch.
void packFilter(const float* from, int lanes, int taps, float* to, size_t pitch);

/// The taps of a filter, or of its gradient, as a sweep addresses them.
template <class Float>
struct TapGrid {
  Float* data;
  int columns;   ///< taps in a row
  size_t pitch;  ///< floats from a tap to the next

  Float* tap(int row, int column) const {
    return data + (static_cast<size_t>(row) * static_cast<size_t>(columns) + static_cast<size_t>(column)) * pitch;
  }
  ptrdiff_t rowStep(int rows) const { return static_cast<ptrdiff_t>(rows) * columns * static_cast<ptrdiff_t>(pitch); }
  ptrdiff_t columnStep(int count) const { return count * static_cast<ptrdiff_t>(pitch); }
};

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
        packed_(mustBePacked(channels * multiplier, multiplier, pixels)),
        inPlace_(packed_ && multiplier == 1 && !pixelsCollide(channels, columns) ? inPlace : RowsInPlace{}),
        pitch_(inPlace_.period > 0 ? tensor.columnStride : pitchOf(tensor, channels, multiplier, pixels)),
        slots_(static_cast<int32_t>(rows)),
        slotFloats_(static_cast<uint64_t>(columns) * pitch_ + (inPlace_.period > 0 ? kPageFloats : 0)),
        ring_(packed_ ? static_cast<uint64_t>(rows) * slotFloats_ : 0),
        rowInSlot_(packed_ ? static_cast<uint64_t>(slots_) : 0) {}

  Status status() const { return ring_.status() ? rowInSlot_.status() : ring_.status(); }
  /// Floats from one column to the next.
  size_t pitch() const { return pitch_; }
  /// Whether some of the rows are copies: of these only the last few are there. Otherwise they are the tensor's.
  bool isPacked() const { return packed_; }
  /// Floats from one column to the next before there are rows, for so many pixels.
  static size_t pitchOf(const TensorView<const float>& tensor, int channels, int multiplier, int64_t pixels) {
    const int lanes = channels * multiplier;
    return mustBePacked(lanes, multiplier, pixels) ? static_cast<size_t>(spreadPitch(lanes)) : tensor.columnStride;
  }

  /// From now on rows of `image` are asked for, and of these only `columns` are read.
  void begin(int image, Columns columns) {
    image_ = image;
    columns_ = columns;
    if (packed_) std::fill_n(rowInSlot_.data(), slots_, kNoRow);
  }

  /// A pixel of those columns. Valid as long as no row `rows` or more away has been asked for.
  const float* pixel(int32_t row, int32_t column) {
    if (!packed_ || inPlace_.has(row)) return tensor_.pixel(image_, row, column);
    const size_t slot = static_cast<size_t>(row % slots_);
    float* to = ring_.data() + slot * static_cast<size_t>(slotFloats_);
    if (inPlace_.period > 0) to += floatsBeforeCopy(row, to);
    if (rowInSlot_[slot] != row) {
      rowInSlot_[slot] = row;
      packPixels(tensor_.pixel(image_, row, columns_.first), channels_, multiplier_, columns_.count(), to, pitch_);
    }
    return to + static_cast<size_t>(column - columns_.first) * pitch_;
  }

  /// One lane of that column in `count` rows, `step` apart.
  void pixels(int32_t row, int32_t step, int count, int32_t column, int lane, const float** to) {
    if (packed_) {
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

  static bool mustBePacked(int lanes, int multiplier, int64_t pixels) {
    return multiplier > 1 || pixelsCollide(lanes, pixels);
  }

  size_t floatsBeforeCopy(int32_t row, const float* slot) const {
    const auto lineOf = [](const float* data) { return reinterpret_cast<uintptr_t>(data) / kCacheLine; };
    const uint64_t line = lineOfCopy(lineOf(tensor_.data), pitch_, row);
    return static_cast<size_t>((line - lineOf(slot)) % kCacheSets) * kFloatsPerLine;
  }

  TensorView<const float> tensor_;
  int channels_, multiplier_;
  bool packed_;
  RowsInPlace inPlace_;
  size_t pitch_;
  int32_t slots_;
  uint64_t slotFloats_;  ///< fits a size_t once the ring is allocated, not before
  Buffer<float> ring_;
  Buffer<int32_t> rowInSlot_;
  int image_ = 0;
  Columns columns_;
};

/// Columns of a row in the order in which they can be lanes: those `step` apart side by side. With step 2,
///
///     first  first + 2  first + 4  …   first + 1  first + 3  first + 5  …
///
/// Each of the `step` sequences has `length` places.
struct ColumnOrder {
  int64_t first;  ///< may lie outside of the row
  int64_t step;
  int64_t length;

  size_t size() const { return static_cast<size_t>(step * length); }
  /// The place of a column, inside of the row or not.
  size_t placeOf(int64_t column) const {
    return static_cast<size_t>((column - first) % step * length + (column - first) / step);
  }
};

/// The sequences of an order, as far as they lie inside of a row: which columns stand where.
class ColumnSequences {
 public:
  struct Sequence {
    size_t place;   ///< of its first column
    size_t column;  ///< that column
    size_t count;
  };

  ColumnSequences(const ColumnOrder& order, int64_t columns);
  Status status() const { return sequences_.status(); }
  size_t step() const { return step_; }
  const Sequence* begin() const { return sequences_.data(); }
  const Sequence* end() const { return sequences_.data() + count_; }

 private:
  Buffer<Sequence> sequences_;
  size_t count_ = 0, step_;
};

/// Rows of a plane in somebody else's memory. Strides in floats.
template <class Float>
struct PlaneView {
  Float* data;
  size_t rowStride, columnStride;
  int32_t rows;
};

/// The columns of each row to their places. Other places stay as they are. `pitch`: floats from row to row.
void gatherColumns(const PlaneView<const float>& plane, const ColumnSequences& sequences, float* to, size_t pitch);

/// And back: to their columns, or added to what is there.
void scatterColumns(const float* from, size_t pitch, const ColumnSequences& sequences, const PlaneView<float>& plane);
void scatterAddColumns(const float* from, size_t pitch, const ColumnSequences& sequences,
                       const PlaneView<float>& plane);

}  // namespace depthwise
