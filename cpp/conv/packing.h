#pragma once

#include <cstddef>
#include <cstdint>

#include "conv/cache_policy.h"
#include "conv/plan.h"
#include "depthwise/memory.h"
#include "tensor_view.h"

/// Copies between tensors and the form that the microkernel reads and writes: one lane per output channel (NHWC) or per
/// column (NCHW), lanes adjacent, at a stride that suits the cache. Channel multipliers, strides and dilations along
/// the lanes, and strides that collide in the cache all become the one case that the microkernel supports. Tensors that
/// already have this form are not copied.
namespace depthwise {

/// A tensor whose channel c corresponds to the channels c·multiplier to c·multiplier + multiplier − 1 of the filter.
template <class Float>
struct Operand {
  TensorView<Float> tensor;
  int channels;
  int multiplier;

  int filterChannels() const { return channels * multiplier; }
};

/// The taps of a filter, or of its gradient, in memory.
template <class Float>
struct TapGrid {
  Float* data;
  int columns;          ///< taps in a row
  ptrdiff_t tapStride;  ///< floats from a tap to the next

  Float* tap(int row, int column) const { return data + (ptrdiff_t{row} * columns + column) * tapStride; }
  ptrdiff_t rowStep(int rows) const { return ptrdiff_t{rows} * columns * tapStride; }
  ptrdiff_t columnStep(int count) const { return count * tapStride; }
};

// NHWC. Channels are the lanes. A packed pixel has channels·multiplier floats: channel c of the tensor is at
// c·multiplier, c·multiplier + 1, …

/// Copies each channel of pixels `multiplier` times. `fromStride`: floats between the pixels, more than `channels` if a
/// thread packs some of the channels. `columnStride`: floats between packed pixels.
void packPixels(const float* from, ptrdiff_t fromStride, int channels, int multiplier, int pixels, float* to,
                ptrdiff_t columnStride);

/// Sums the `multiplier` packed values of each channel of adjacent pixels: the reverse of packPixels.
void foldPixels(const float* from, ptrdiff_t columnStride, int channels, int multiplier, int pixels, float* to);

/// Input rows that need not be copied although their columns collide in the cache (columnsCollide): every period-th
/// row, from `first` on. Three rows that are read together are too many for the sets that they can use, but one row is
/// not. So one of three rows may stay in place if the other two are copied to other sets.
struct RowsInPlace {
  int period = 0, first = 0;  ///< period 0: no row stays in place

  /// Returns whether a row stays in place.
  bool has(int row) const { return period > 0 && row % period == first; }
};

/// Returns rows in place of which any three neighbouring taps read at most one.
RowsInPlace rowsInPlace(const AxisPlan& rows);

/// Returns the line of a page (a line of each set) at which the copy of a row starts, if rows in place start at
/// `lineInPlace`. Three neighbouring rows and a row in place then use different sets.
inline uint64_t lineOfCopy(uint64_t lineInPlace, ptrdiff_t columnStride, int row) {
  const int64_t distance = setStride(static_cast<uint64_t>(columnStride)) / 4;
  return (lineInPlace + static_cast<uint64_t>((row % 3 + 1) * distance)) % assumed.sets;
}

/// The input rows of NHWC, in the form that the microkernel reads: rows of the tensor, or packed copies. The copies are
/// in a ring: a new copy replaces the oldest one.
class InputRows {
 public:
  /// `rows` × `columns`: the window that must be valid at once. `columnsInUse`: how many columns of all tensors are in
  /// use at once (columnsCollide). `inPlace` is used if the columns of a single row do not collide.
  InputRows(const Operand<const float>& in, int64_t rows, int64_t columns, int64_t columnsInUse,
            RowsInPlace inPlace = {});

  /// Returns the column stride of packed rows, or of the tensor if rows are not packed. Plans need it before the rows
  /// exist. If some rows stay in place, columnStride() is that of the tensor instead.
  static ptrdiff_t columnStrideOf(const Operand<const float>& in, int64_t columnsInUse) {
    return mustBePacked(in, columnsInUse) ? static_cast<ptrdiff_t>(spreadStride(in.filterChannels()))
                                          : in.tensor.columnStride;
  }

  Status status() const { return ring_.status() ? rowInSlot_.status() : ring_.status(); }
  ptrdiff_t columnStride() const { return columnStride_; }
  /// Returns whether some rows are copies. A copy is valid only until `rows` other rows have been used.
  bool isPacked() const { return packed_; }

  /// Starts an image. Only `columns` may be read until the next begin().
  void begin(int image, Columns columns);

  /// Reads the columns of the rows from `first` to `end` line by line.
  void readAhead(int first, int end) const;

  /// Returns a pixel of these columns.
  const float* pixel(int row, int column);

  /// Sets to[i] to (packed) channel `channel` of the pixel in row `row + i·step`, for i < count.
  void pixels(int row, int step, int count, int column, int channel, const float** to);

 private:
  static constexpr int kNoRow = -1;
  static int64_t pageFloats() { return assumed.sets * kFloatsPerLine; }

  static bool mustBePacked(const Operand<const float>& in, int64_t columnsInUse) {
    return in.multiplier > 1 || columnsCollide(in.filterChannels(), columnsInUse);
  }

  ptrdiff_t floatsBeforeCopy(int row, const float* slot) const;

  Operand<const float> in_;
  bool packed_;
  RowsInPlace inPlace_;
  ptrdiff_t columnStride_;
  int slots_;
  int64_t slotFloats_;
  Buffer<float> ring_;
  Buffer<int> rowInSlot_;
  int image_ = 0;
  Columns columns_;
};

// NCHW. Columns are the lanes. The columns of a row are copied to an order in which the inputs of neighbouring lanes
// are adjacent.

/// An order of the columns of a row, as `step` sequences. Sequence i contains the columns first + i, first + i + step,
/// first + i + 2·step, … With step 2:
///
///     first  first + 2  first + 4  …   first + 1  first + 3  first + 5  …
///
/// Each sequence has `length` columns. Columns may lie outside of the row.
struct ColumnOrder {
  int64_t first;
  int64_t step;
  int64_t length;

  int64_t size() const { return step * length; }
  /// Returns the place of a column in this order. Not inlined: the copies take 0.3 KB of the wasm, gzipped.
  [[gnu::noinline]] ptrdiff_t placeOf(int64_t column) const {
    return static_cast<ptrdiff_t>((column - first) % step * length + (column - first) / step);
  }
};

/// The columns of an order that lie inside of a row, sequence by sequence.
class ColumnSequences {
 public:
  struct Sequence {
    ptrdiff_t place;   ///< of its first column in the order
    ptrdiff_t column;  ///< its first column
    ptrdiff_t count;
  };

  ColumnSequences(const ColumnOrder& order, int64_t columns);
  Status status() const { return sequences_.status(); }
  ptrdiff_t step() const { return step_; }
  const Sequence* begin() const { return sequences_.data(); }
  const Sequence* end() const { return sequences_.data() + count_; }

 private:
  Buffer<Sequence> sequences_;
  ptrdiff_t count_ = 0, step_;
};

/// Some rows of one channel of an image.
template <class Float>
struct PlaneView {
  Float* data;
  ptrdiff_t rowStride, columnStride;
  int rows;
};

/// Copies the columns of each row to their places in the order. Other places keep their values. `rowStride`: floats
/// between packed rows.
void gatherColumns(const PlaneView<const float>& plane, const ColumnSequences& sequences, float* to,
                   ptrdiff_t rowStride);

/// Copy (scatterColumns) or add (scatterAddColumns) the values at the places of the order to the columns of the plane:
/// the reverse of gatherColumns.
void scatterColumns(const float* from, ptrdiff_t rowStride, const ColumnSequences& sequences,
                    const PlaneView<float>& plane);
void scatterAddColumns(const float* from, ptrdiff_t rowStride, const ColumnSequences& sequences,
                       const PlaneView<float>& plane);

}  // namespace depthwise
