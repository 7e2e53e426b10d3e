#include "dense/packing.h"

#include <algorithm>

#include "dense/matrix_tile.h"
#include "simd/f32x4.h"

namespace depthwise {
namespace {

/// Terms that are packed for all panels in turn. More rows of a tensor might collide in the first-level cache.
constexpr int kPackedTerms = 8;

/// The factors of a panel without factors: a product with 1 is exact, and packing waits for the memory.
constexpr float kOnes[kTileColumns] = {1, 1, 1, 1, 1, 1, 1, 1};

/// The distances of neighbours in an operand.
struct Strides {
  ptrdiff_t term, column;
};

/// Packs a panel of at most kTileColumns columns, one element at a time. Not inlined: the copies take 0.2 KB of the
/// wasm, gzipped.
[[gnu::noinline]] void packElements(const float* from, Strides strides, int terms, int columns, const float* factors,
                                    float* packed) {
  std::fill_n(packed, packedSize(terms, kTileColumns), 0.0f);
  for (int term = 0; term < terms; ++term) {
    for (int i = 0; i < columns; ++i) packed[i] = from[i * strides.column] * factors[i];
    from += strides.term;
    packed += kTileColumns;
  }
}

}  // namespace

int64_t packedFloats(int terms, int columns) {
  const int panels = (columns + kTileColumns - 1) / kTileColumns;
  return int64_t{panels} * kTileColumns * terms;
}

ptrdiff_t packedSize(int terms, int columns) { return static_cast<ptrdiff_t>(packedFloats(terms, columns)); }

void packRight(const float* from, ptrdiff_t stride, int terms, int columns, float* packed, const float* factors) {
  const ptrdiff_t panelSize = packedSize(terms, kTileColumns);
  const int wholePanels = columns / kTileColumns;
  for (int first = 0; first < terms; first += kPackedTerms) {
    const int end = std::min(first + kPackedTerms, terms);
    for (int panel = 0; panel < wholePanels; ++panel) {
      const float* row = from + first * stride + panel * kTileColumns;
      float* to = packed + panel * panelSize + first * kTileColumns;
      const float* const ofPanel = factors ? factors + panel * kTileColumns : kOnes;
      const f32x4 lower = load(ofPanel), upper = load(ofPanel + 4);
      for (int term = first; term < end; ++term) {
        store(to, mul(load(row), lower));
        store(to + 4, mul(load(row + 4), upper));
        row += stride;
        to += kTileColumns;
      }
    }
  }
  const int rest = columns % kTileColumns, first = columns - rest;
  if (rest > 0) {
    packElements(from + first, {stride, 1}, terms, rest, factors ? factors + first : kOnes,
                 packed + wholePanels * panelSize);
  }
}

void packRightTransposed(const float* from, ptrdiff_t stride, int terms, int columns, float* packed,
                         ptrdiff_t panelSize) {
  for (; columns >= kTileColumns; columns -= kTileColumns) {
    const int wholeTerms = terms / 4 * 4;
    for (int term = 0; term < wholeTerms; term += 4) {
      float* const to = packed + term * kTileColumns;
      for (int column = 0; column < kTileColumns; column += 4) {
        transpose4x4(from + column * stride + term, stride, to + column, kTileColumns);
      }
    }
    packElements(from + wholeTerms, {1, stride}, terms - wholeTerms, kTileColumns, kOnes,
                 packed + wholeTerms * kTileColumns);
    from += kTileColumns * stride;
    packed += panelSize;
  }
  if (columns > 0) packElements(from, {1, stride}, terms, columns, kOnes, packed);
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
