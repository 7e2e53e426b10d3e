#pragma once

#include <cstddef>
#include <cstdint>

#include "simd/f32x4.h"

/// The innermost part of a matrix product: target[row][column] += Σ_term left[row][term] · right[term][column].
namespace depthwise {

/// Sums that stay in registers while their terms go by: 8 vectors, beside 2 of the right operand and one of the left
/// that make 11 of V8's 15 registers.
constexpr int kTileRows = 4, kTileColumns = 8;

/// How the left operand lies in memory: which of its two indices are neighbours.
enum class LeftOrder { kRowsAdjacent, kTermsAdjacent };

struct LeftOperand {
  const float* first;
  size_t step;       ///< floats from one term to the next where rows are adjacent, else from one row to the next
  size_t groupStep;  ///< from kTileRows rows to the next ones
};

/// At most kTileColumns columns, which are adjacent. As many floats as a whole number of vectors must be readable.
struct RightOperand {
  const float* first;
  size_t step;  ///< floats from one term to the next
};

/// Terms that follow each other evenly in both operands, from these places (in floats) on.
struct TermRun {
  size_t left, right;
  int32_t count;
};

struct TermRuns {
  const TermRun* first;
  int count;
};

struct ProductTarget {
  float* first;
  size_t rowStep;
  int rows;     ///< any number
  int columns;  ///< at most kTileColumns
  bool add;     ///< to what is there; otherwise it need not have been written yet
};

/// Adds the target's columns of each row of sums, or stores them. Apart, because it would take registers from the tile.
[[gnu::noinline]] inline void putPart(const float* lanes, int rows, int lanesARow, const ProductTarget& target,
                                      float* to) {
  for (int row = 0; row < rows; ++row) {
    for (int column = 0; column < target.columns; ++column) {
      to[column] = target.add ? to[column] + lanes[column] : lanes[column];
    }
    lanes += lanesARow;
    to += target.rowStep;
  }
}

template <LeftOrder Order, int Rows, int Vectors>
DEPTHWISE_INLINE void multiplyTile(const float* left, size_t leftStep, const RightOperand& rightOperand,
                                   const TermRuns& runs, const ProductTarget& target, float* to) {
  constexpr bool kRowsAdjacent = Order == LeftOrder::kRowsAdjacent;
  // Each term of a sum waits for the one before. A fused multiply-add takes 4 cycles, of which CPUs begin two at once,
  // an addition on some of them less: 3 rows of 2 vectors are 15 % faster without it on an AMD EPYC.
  constexpr bool kKeepsUnitsBusy = Rows * Vectors >= 8;
  const size_t rightStep = rightOperand.step;
  f32x4 sums[Rows][Vectors];
  unroll<Rows>([&](auto row) { unroll<Vectors>([&](auto v) { sums[row][v] = splat(0); }); });
  for (const TermRun* run = runs.first; run != runs.first + runs.count; ++run) {
    const float* a = left + run->left;
    const float* b = rightOperand.first + run->right;
    for (int32_t term = 0; term < run->count; ++term) {
      f32x4 right[Vectors];
      unroll<Vectors>([&](auto v) { right[v] = load(b + 4 * v); });
      keepLoadsApart();
      unroll<Rows>([&](auto row) {
        const f32x4 value = splat(kRowsAdjacent ? a[row] : a[row * leftStep]);
        unroll<Vectors>([&](auto v) {
          sums[row][v] =
              kKeepsUnitsBusy ? multiplyAdd(value, right[v], sums[row][v]) : add(sums[row][v], mul(value, right[v]));
        });
      });
      a += kRowsAdjacent ? leftStep : 1;
      b += rightStep;
    }
  }
  if (target.columns == 4 * Vectors) {
    unroll<Rows>([&](auto row) {
      unroll<Vectors>([&](auto v) {
        float* const place = to + row * target.rowStep + 4 * v;
        store(place, target.add ? add(load(place), sums[row][v]) : sums[row][v]);
      });
    });
  } else {
    float lanes[Rows][4 * Vectors];
    unroll<Rows>([&](auto row) { unroll<Vectors>([&](auto v) { store(lanes[row] + 4 * v, sums[row][v]); }); });
    putPart(lanes[0], Rows, 4 * Vectors, target, to);
  }
}

template <LeftOrder Order, int Vectors>
[[gnu::noinline]] void multiplyVectors(LeftOperand left, const RightOperand& right, const TermRuns& runs,
                                       const ProductTarget& target) {
  int rows = target.rows;
  float* to = target.first;
  for (; rows >= kTileRows; rows -= kTileRows) {
    multiplyTile<Order, kTileRows, Vectors>(left.first, left.step, right, runs, target, to);
    left.first += left.groupStep;
    to += kTileRows * target.rowStep;
  }
  if (rows == 3) multiplyTile<Order, 3, Vectors>(left.first, left.step, right, runs, target, to);
  if (rows == 2) multiplyTile<Order, 2, Vectors>(left.first, left.step, right, runs, target, to);
  if (rows == 1) multiplyTile<Order, 1, Vectors>(left.first, left.step, right, runs, target, to);
}

/// Every row of the target, and its at most kTileColumns columns. The sum over all runs is made before it is added.
template <LeftOrder Order>
void multiplyPanel(const LeftOperand& left, const RightOperand& right, const TermRuns& runs,
                   const ProductTarget& target) {
  target.columns > 4 ? multiplyVectors<Order, 2>(left, right, runs, target)
                     : multiplyVectors<Order, 1>(left, right, runs, target);
}

}  // namespace depthwise
