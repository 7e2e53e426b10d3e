#pragma once

#include <cstddef>
#include <cstdint>

#include "../buffer.h"

namespace depthwise {

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
