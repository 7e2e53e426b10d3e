#include "dense/packing.h"

#include <algorithm>

#include "dense/matrix_tile.h"
#include "simd/f32x4.h"

namespace depthwise {
namespace {

/// The terms of some columns, for a panel of kTileColumns.
void packColumns(const float* from, size_t step, int terms, int columns, float* packed) {
  for (int term = 0; term < terms; ++term) {
    for (int column = 0; column < kTileColumns; ++column) packed[column] = column < columns ? from[column] : 0;
    packed += kTileColumns;
    from += step;
  }
}

/// As packTransposed, of at most kTileColumns columns.
void packColumnsTransposed(const float* from, size_t step, int terms, int columns, float* packed) {
  for (int term = 0; term < terms; ++term) {
    for (int column = 0; column < kTileColumns; ++column) {
      packed[column] = column < columns ? from[static_cast<size_t>(column) * step] : 0;
    }
    packed += kTileColumns;
    ++from;
  }
}

/// Four rows of four terms become four terms of four columns.
DEPTHWISE_INLINE void transposeFour(const float* from, size_t step, float* to) {
  const f32x4 a = load(from), b = load(from + step), c = load(from + 2 * step), d = load(from + 3 * step);
  const f32x4 abEven = concatEven(a, b), abOdd = concatOdd(a, b), cdEven = concatEven(c, d), cdOdd = concatOdd(c, d);
  store(to, concatEven(abEven, cdEven));
  store(to + kTileColumns, concatEven(abOdd, cdOdd));
  store(to + 2 * kTileColumns, concatOdd(abEven, cdEven));
  store(to + 3 * kTileColumns, concatOdd(abOdd, cdOdd));
}

}  // namespace

size_t panelFloats(int terms, int columns) {
  const size_t panels = (static_cast<size_t>(columns) + kTileColumns - 1) / kTileColumns;
  return panels * kTileColumns * static_cast<size_t>(terms);
}

void packPanels(const float* from, size_t step, int terms, int columns, float* packed) {
  const size_t panel = panelFloats(terms, kTileColumns);
  for (; columns >= kTileColumns; columns -= kTileColumns) {
    for (int term = 0; term < terms; ++term) {
      const float* const pixel = from + static_cast<size_t>(term) * step;
      float* const to = packed + term * kTileColumns;
      store(to, load(pixel));
      store(to + 4, load(pixel + 4));
    }
    from += kTileColumns;
    packed += panel;
  }
  if (columns > 0) packColumns(from, step, terms, columns, packed);
}

void packTransposed(const float* from, size_t step, int terms, int columns, float* packed) {
  const size_t panel = panelFloats(terms, kTileColumns);
  for (; columns >= kTileColumns; columns -= kTileColumns) {
    const int whole = terms / 4 * 4;
    for (int term = 0; term < whole; term += 4) {
      float* const to = packed + term * kTileColumns;
      transposeFour(from + term, step, to);
      transposeFour(from + 4 * step + term, step, to + 4);
    }
    packColumnsTransposed(from + whole, step, terms - whole, kTileColumns, packed + whole * kTileColumns);
    from += kTileColumns * step;
    packed += panel;
  }
  if (columns > 0) packColumnsTransposed(from, step, terms, columns, packed);
}

void packGroups(const float* from, size_t step, int count, int rows, float* packed, int pitch) {
  for (; rows >= kTileRows; rows -= kTileRows) {
    for (int term = 0; term < count; ++term) {
      store(packed + term * kTileRows, load(from + static_cast<size_t>(term) * step));
    }
    from += kTileRows;
    packed += static_cast<size_t>(pitch) * kTileRows;
  }
  if (rows == 0) return;
  for (int term = 0; term < count; ++term) {
    for (int row = 0; row < rows; ++row) packed[term * kTileRows + row] = from[static_cast<size_t>(term) * step + row];
  }
}

}  // namespace depthwise
