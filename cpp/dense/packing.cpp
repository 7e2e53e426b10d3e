#include "dense/packing.h"

#include <algorithm>

#include "dense/matrix_tile.h"
#include "simd/f32x4.h"

namespace depthwise {
namespace {

/// Terms that are packed for all panels in turn. More rows of a tensor might collide in the first-level cache.
constexpr int kPackedTerms = 8;

/// Packs a panel of fewer than kTileColumns columns.
void packPartialPanel(const float* from, ptrdiff_t stride, int terms, int columns, float* packed) {
  const int rest = columns % 4;
  const float* const last = from + (columns - rest);
  for (ptrdiff_t term = 0; term < terms; ++term) {
    const f32x4 part = rest == 0 ? splat(0) : loadN(last + term * stride, rest);
    store(packed, columns < 4 ? part : load(from + term * stride));
    store(packed + 4, columns < 4 ? splat(0) : part);
    packed += kTileColumns;
  }
}

/// Packs a panel of at most kTileColumns columns, one element at a time.
void packPartialPanelTransposed(const float* from, ptrdiff_t stride, int terms, int columns, float* packed) {
  if (columns < kTileColumns) std::fill_n(packed, packedSize(terms, kTileColumns), 0.0f);
  for (int column = 0; column < columns; ++column) {
    const float* const fromColumn = from + column * stride;
    for (ptrdiff_t term = 0; term < terms; ++term) packed[term * kTileColumns + column] = fromColumn[term];
  }
}

}  // namespace

int64_t packedFloats(int terms, int columns) {
  const int panels = (columns + kTileColumns - 1) / kTileColumns;
  return int64_t{panels} * kTileColumns * terms;
}

ptrdiff_t packedSize(int terms, int columns) { return static_cast<ptrdiff_t>(packedFloats(terms, columns)); }

void packRight(const float* from, ptrdiff_t stride, int terms, int columns, float* packed) {
  const ptrdiff_t panelSize = packedSize(terms, kTileColumns);
  const int wholePanels = columns / kTileColumns;
  for (int first = 0; first < terms; first += kPackedTerms) {
    const int end = std::min(first + kPackedTerms, terms);
    for (int panel = 0; panel < wholePanels; ++panel) {
      const float* row = from + first * stride + panel * kTileColumns;
      float* to = packed + panel * panelSize + first * kTileColumns;
      for (int term = first; term < end; ++term) {
        store(to, load(row));
        store(to + 4, load(row + 4));
        row += stride;
        to += kTileColumns;
      }
    }
  }
  const int rest = columns % kTileColumns;
  if (rest > 0) {
    packPartialPanel(from + wholePanels * kTileColumns, stride, terms, rest, packed + wholePanels * panelSize);
  }
}

void packRightTransposed(const float* from, ptrdiff_t stride, int terms, int columns, float* packed,
                         ptrdiff_t panelSize) {
  for (; columns >= kTileColumns; columns -= kTileColumns) {
    const int wholeTerms = terms / 4 * 4;
    for (int term = 0; term < wholeTerms; term += 4) {
      float* const to = packed + term * kTileColumns;
      transpose4x4(from + term, stride, to, kTileColumns);
      transpose4x4(from + 4 * stride + term, stride, to + 4, kTileColumns);
    }
    packPartialPanelTransposed(from + wholeTerms, stride, terms - wholeTerms, kTileColumns,
                               packed + wholeTerms * kTileColumns);
    from += kTileColumns * stride;
    packed += panelSize;
  }
  if (columns > 0) packPartialPanelTransposed(from, stride, terms, columns, packed);
}

void packLeft(const float* from, ptrdiff_t stride, int terms, int rows, float* packed, ptrdiff_t groupStride) {
  for (; rows >= kTileRows; rows -= kTileRows) {
    for (int term = 0; term < terms; ++term) store(packed + term * kTileRows, load(from + term * stride));
    from += kTileRows;
    packed += groupStride;
  }
  if (rows == 0) return;
  for (int term = 0; term < terms; ++term) {
    for (int row = 0; row < rows; ++row) packed[term * kTileRows + row] = from[term * stride + row];
  }
}

}  // namespace depthwise
