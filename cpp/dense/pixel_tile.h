#pragma once

#include <cstddef>

#include "dense/matrix_tile.h"
#include "nn/activation.h"
#include "simd/f32x4.h"

/// The innermost loop of correlations and matrix products: output channels of pixels that may be anywhere in the image,
/// with bias and limits.
///
/// Unlike the loops of matrix_tile.h, this loop takes rows at any address whose terms are adjacent, and it overwrites
/// the output.
namespace depthwise {

/// Pixels that have the same taps inside the image. The arrays are filled up to a multiple of kTileRows with copies of
/// the last pixel. One or two pixels that remain are a tile of two, which takes 0.6 times as long; a tile of one pixel
/// would take as long as that, because each sum waits for its last addition.
struct PixelList {
  const ptrdiff_t *x, *y;  ///< floats from the start of a tensor to the first input of a pixel, and to its output
  int count;
};

/// Output channels that are computed together, at most kTileColumns.
struct ChannelPanel {
  const float* filter;   ///< packed: kTileColumns floats for each term
  const float* bias;     ///< kTileColumns floats, or null
  const Limits* limits;  ///< of the output, or null
  int count;
};

/// Adds the terms from `Term` up to, not including, `Terms`, but not more than `terms`. Returns whether it added all.
template <int Rows, int Vectors, int Terms, int Term = 0>
DEPTHWISE_INLINE bool addTerms(const float* const (&rows)[Rows], const float* right, int terms,
                               TileRegisters<Rows, Vectors>& sums) {
  // All pixels are rounded in the same way, whatever the number of rows of their tiles is.
  constexpr bool kFuses = Vectors == 2;
  addTerm<Rows, Vectors, kFuses>([&](auto row) { return rows[row][Term]; }, right + Term * kTileColumns, sums);
  if constexpr (Term + 1 == Terms) {
    return true;
  } else {
    return terms > Term + 1 && addTerms<Rows, Vectors, Terms, Term + 1>(rows, right, terms, sums);
  }
}

/// Adds the terms of rows whose terms are adjacent. The rows may be anywhere.
///
/// Each row has an address of its own, and V8 checks for interrupts in each turn of a loop, so the loop adds several
/// terms per turn. It can end after each term: without these branches, V8 loads all terms first, which takes too many
/// registers. 16 and 24 terms take 0.95 times as long as four terms per turn, and four 0.9 times as long as one.
template <int Rows, int Vectors>
DEPTHWISE_INLINE void addAdjacentTerms(const float* (&rows)[Rows], const float* right, int terms,
                                       TileRegisters<Rows, Vectors>& sums) {
  constexpr int kTerms = Rows * Vectors == 8 ? 16 : 2;  // other tiles are rare, so their code is short
  for (; terms > 0; terms -= kTerms) {
    if (!addTerms<Rows, Vectors, kTerms>(rows, right, terms, sums)) break;
    unroll<Rows>([&](auto row) { rows[row] += kTerms; });
    right += kTerms * kTileColumns;
  }
}

[[gnu::noinline]] inline void writeChannels(const float* sums, int count, float* y) {
  for (int channel = 0; channel < count; ++channel) y[channel] = sums[channel];
}

template <int Rows, int Vectors>
DEPTHWISE_INLINE void computeTile(const float* x, const ptrdiff_t* xOffsets, const TermSegments& segments,
                                  const ChannelPanel& panel, float* y, const ptrdiff_t* yOffsets) {
  TileRegisters<Rows, Vectors> sums;
  unroll<Rows>([&](auto row) { unroll<Vectors>([&](auto v) { sums[row][v] = splat(0); }); });
  for (const TermSegment& segment : segments) {
    const float* rows[Rows];
    unroll<Rows>([&](auto row) { rows[row] = x + segment.left + xOffsets[row]; });
    addAdjacentTerms<Rows, Vectors>(rows, panel.filter + segment.right, segment.count, sums);
  }
  if (panel.bias) {
    unroll<Vectors>([&](auto v) {
      const f32x4 bias = load(panel.bias + 4 * v);
      unroll<Rows>([&](auto row) { sums[row][v] = add(sums[row][v], bias); });
    });
  }
  if (panel.limits) {
    const f32x4 low = load(panel.limits->low), high = load(panel.limits->high);
    unroll<Rows>([&](auto row) { unroll<Vectors>([&](auto v) { sums[row][v] = min(max(sums[row][v], low), high); }); });
  }
  if (panel.count == 4 * Vectors) {
    unroll<Rows>([&](auto row) {
      float* const to = y + yOffsets[row];
      unroll<Vectors>([&](auto v) { store(to + 4 * v, sums[row][v]); });
    });
  } else {
    unroll<Rows>([&](auto row) {
      float stored[4 * Vectors];
      unroll<Vectors>([&](auto v) { store(stored + 4 * v, sums[row][v]); });
      writeChannels(stored, panel.count, y + yOffsets[row]);
    });
  }
}

template <int Vectors>
[[gnu::noinline]] void computeTiles(const float* x, const PixelList& pixels, const TermSegments& segments,
                                    const ChannelPanel& panel, float* y) {
  int pixel = 0;
  for (; pixel + 2 < pixels.count; pixel += kTileRows) {
    computeTile<kTileRows, Vectors>(x, pixels.x + pixel, segments, panel, y, pixels.y + pixel);
  }
  if (pixel < pixels.count) computeTile<2, Vectors>(x, pixels.x + pixel, segments, panel, y, pixels.y + pixel);
}

/// Computes the channels of a panel for all pixels of a list. The segments are relative to the first input of a pixel.
inline void computeTiles(const float* x, const PixelList& pixels, const TermSegments& segments,
                         const ChannelPanel& panel, float* y) {
  if (panel.count > 4) {
    computeTiles<2>(x, pixels, segments, panel, y);
  } else {
    computeTiles<1>(x, pixels, segments, panel, y);
  }
}

}  // namespace depthwise
