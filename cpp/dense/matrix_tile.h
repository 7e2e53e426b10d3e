#pragma once

#include <cstddef>
#include <span>

#include "simd/f32x4.h"

/// The innermost loops of a matrix product: output[row][column] (+)= Σ_term left[row][term] · right[term][column]. The
/// rows of the left operand are adjacent; pixel_tile.h contains the loops for adjacent terms.
///
/// multiplyPanel computes a panel: any number of rows, at most kTileColumns columns. multiplyTile computes a tile of a
/// panel: at most kTileRows rows, with all sums in registers.
namespace depthwise {

/// A tile has 4 × 8 sums in 8 vector registers. Two vectors of the right operand and one of the left operand make 11 of
/// V8's 15 registers.
constexpr int kTileRows = 4, kTileColumns = 8;

/// Rows are adjacent.
struct LeftOperand {
  const float* data;
  ptrdiff_t stride;       ///< floats from a term to the next
  ptrdiff_t groupStride;  ///< floats from a group of kTileRows rows to the next
};

/// At most kTileColumns columns, which are adjacent. Whole vectors are read: the memory after the last column must be
/// readable up to a multiple of four floats.
struct RightOperand {
  const float* data;
  ptrdiff_t stride;  ///< floats from a term to the next
};

/// `count` terms at a constant stride in both operands. The offsets of the first term are in floats.
struct TermSegment {
  ptrdiff_t left, right;
  int count;
};

using TermSegments = std::span<const TermSegment>;

struct OutputPanel {
  float* data;
  ptrdiff_t rowStride;
  int rows;         ///< any number
  int columns;      ///< at most kTileColumns
  bool accumulate;  ///< add to the output; if false, overwrite it
};

/// Writes the first columns of a tile of sums. It is not inlined, because inlined code takes registers from the tile.
[[gnu::noinline]] inline void writePartialTile(const float* sums, int rows, int sumsStride, const OutputPanel& panel,
                                               float* output) {
  for (int row = 0; row < rows; ++row) {
    for (int column = 0; column < panel.columns; ++column) {
      output[column] = panel.accumulate ? output[column] + sums[column] : sums[column];
    }
    sums += sumsStride;
    output += panel.rowStride;
  }
}

template <int Rows, int Vectors>
using TileRegisters = f32x4[Rows][Vectors];

/// Adds a term: the products of `left(row)`, a float, with 4·Vectors columns.
///
/// Each term of a sum waits for the term before it. A fused multiply-add takes 4 cycles, and CPUs start two per cycle;
/// an addition takes fewer cycles on some CPUs. With few sums the latency decides: on an AMD EPYC, 3 rows of 2 vectors
/// are 15 % faster with separate multiplications and additions.
template <int Rows, int Vectors, bool Fuses = (Rows * Vectors >= 8), class Left>
DEPTHWISE_INLINE void addTerm(Left&& left, const float* right, TileRegisters<Rows, Vectors>& sums) {
  f32x4 columns[Vectors];
  unroll<Vectors>([&](auto v) { columns[v] = load(right + 4 * v); });
  keepLoadsApart();
  unroll<Rows>([&](auto row) {
    const f32x4 value = splat(left(row));
    unroll<Vectors>([&](auto v) {
      sums[row][v] = Fuses ? multiplyAdd(value, columns[v], sums[row][v]) : add(sums[row][v], mul(value, columns[v]));
    });
  });
}

/// Adds up to `Terms` terms, but not more than `terms`, and counts `terms` down. Returns whether it added `Terms`
/// terms.
///
/// V8 checks for interrupts in each turn of a loop: with two terms in a turn, the filter gradients of a training step
/// of MobileNetV1 take 0.96 times as long as with one, with four terms 0.95 times. Without the branches after each
/// term, four terms take 1.17 times as long, because V8 loads all terms first, which takes too many registers.
template <int Terms, class AddNext>
DEPTHWISE_INLINE bool addTerms(int& terms, const AddNext& addNext) {
  addNext();
  --terms;
  if constexpr (Terms == 1) {
    return true;
  } else {
    return terms != 0 && addTerms<Terms - 1>(terms, addNext);
  }
}

/// Computes `Rows` rows and 4·Vectors columns, and writes them to `output`, which is in the panel.
template <int Rows, int Vectors>
DEPTHWISE_INLINE void multiplyTile(const float* left, ptrdiff_t leftStride, const RightOperand& right,
                                   const TermSegments& segments, const OutputPanel& panel, float* output) {
  const ptrdiff_t rightStride = right.stride;
  TileRegisters<Rows, Vectors> sums;
  unroll<Rows>([&](auto row) { unroll<Vectors>([&](auto v) { sums[row][v] = splat(0); }); });
  for (const TermSegment& segment : segments) {
    const float* a = left + segment.left;
    const float* b = right.data + segment.right;
    const auto addNext = [&] {
      addTerm<Rows, Vectors>([&](auto row) { return a[row]; }, b, sums);
      a += leftStride;
      b += rightStride;
    };
    constexpr int kTerms = Rows * Vectors >= 8 ? 2 : 1;  // other tiles are rare, so their code is short
    for (int terms = segment.count; terms > 0 && addTerms<kTerms>(terms, addNext);) {
    }
  }
  if (panel.columns == 4 * Vectors) {
    unroll<Rows>([&](auto row) {
      unroll<Vectors>([&](auto v) {
        float* const to = output + row * panel.rowStride + 4 * v;
        store(to, panel.accumulate ? add(load(to), sums[row][v]) : sums[row][v]);
      });
    });
  } else {
    float stored[Rows][4 * Vectors];
    unroll<Rows>([&](auto row) { unroll<Vectors>([&](auto v) { store(stored[row] + 4 * v, sums[row][v]); }); });
    writePartialTile(stored[0], Rows, 4 * Vectors, panel, output);
  }
}

template <int Vectors>
[[gnu::noinline]] void multiplyRows(LeftOperand left, const RightOperand& right, const TermSegments& segments,
                                    const OutputPanel& panel) {
  int rows = panel.rows;
  float* output = panel.data;
  for (; rows >= kTileRows; rows -= kTileRows) {
    multiplyTile<kTileRows, Vectors>(left.data, left.stride, right, segments, panel, output);
    left.data += left.groupStride;
    output += kTileRows * panel.rowStride;
  }
  // The first layer of a network often has three input channels.
  if constexpr (Vectors == 2) {
    if (rows == 3) return multiplyTile<3, Vectors>(left.data, left.stride, right, segments, panel, output);
  }
  for (; rows > 0; --rows) {
    multiplyTile<1, Vectors>(left.data++, left.stride, right, segments, panel, output);
    output += panel.rowStride;
  }
}

/// Computes all rows and columns of a panel. The terms of all segments are summed before the sum is added to the
/// output.
inline void multiplyPanel(const LeftOperand& left, const RightOperand& right, const TermSegments& segments,
                          const OutputPanel& panel) {
  if (panel.columns > 4) {
    multiplyRows<2>(left, right, segments, panel);
  } else {
    multiplyRows<1>(left, right, segments, panel);
  }
}

}  // namespace depthwise
