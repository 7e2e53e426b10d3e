#pragma once

#include <algorithm>
#include <cstddef>

#include "simd/f32x4.h"

/// The product of a vector and a matrix. Each element of the matrix is used once, so its elements are read in the order
/// in which they are in memory, and nothing is packed.
namespace depthwise {

/// Adds `Terms` rows of a matrix, each multiplied by its element of x, to y.
template <int Terms>
DEPTHWISE_INLINE void addRows(const float* x, const float* matrix, ptrdiff_t stride, int columns, float* y) {
  f32x4 factors[Terms];
  unroll<Terms>([&](auto term) { factors[term] = splat(x[term]); });
  int column = 0;
  for (; column + 4 <= columns; column += 4) {
    f32x4 sum = load(y + column);
    unroll<Terms>([&](auto term) { sum = multiplyAdd(factors[term], load(matrix + term * stride + column), sum); });
    store(y + column, sum);
  }
  for (; column < columns; ++column) {
    unroll<Terms>([&](auto term) { y[column] += x[term] * matrix[term * stride + column]; });
  }
}

/// Computes y[column] = Σ_term x[term] · matrix[term][column].
[[gnu::noinline]] inline void multiplyByMatrix(const float* x, const float* matrix, int terms, int columns, float* y) {
  constexpr int kTerms = 4;
  std::fill_n(y, columns, 0.0f);
  int term = 0;
  for (; term + kTerms <= terms; term += kTerms) {
    addRows<kTerms>(x + term, matrix + ptrdiff_t{term} * columns, columns, columns, y);
  }
  for (; term < terms; ++term) addRows<1>(x + term, matrix + ptrdiff_t{term} * columns, columns, columns, y);
}

/// Computes y[row] = Σ_term x[term] · matrix[row][term] for `Rows` rows.
template <int Rows>
DEPTHWISE_INLINE void multiplyRows(const float* x, const float* matrix, int terms, float* y) {
  f32x4 sums[Rows];
  unroll<Rows>([&](auto row) { sums[row] = splat(0); });
  int term = 0;
  for (; term + 4 <= terms; term += 4) {
    const f32x4 value = load(x + term);
    unroll<Rows>(
        [&](auto row) { sums[row] = multiplyAdd(value, load(matrix + row * ptrdiff_t{terms} + term), sums[row]); });
  }
  unroll<Rows>([&](auto row) {
    float parts[4];
    store(parts, sums[row]);
    float sum = (parts[0] + parts[1]) + (parts[2] + parts[3]);
    for (int i = term; i < terms; ++i) sum += x[i] * matrix[row * ptrdiff_t{terms} + i];
    y[row] = sum;
  });
}

/// Computes y[row] = Σ_term x[term] · matrix[row][term].
[[gnu::noinline]] inline void multiplyByTransposedMatrix(const float* x, const float* matrix, int terms, int rows,
                                                         float* y) {
  constexpr int kRows = 4;
  int row = 0;
  for (; row + kRows <= rows; row += kRows) multiplyRows<kRows>(x, matrix + ptrdiff_t{row} * terms, terms, y + row);
  for (; row < rows; ++row) multiplyRows<1>(x, matrix + ptrdiff_t{row} * terms, terms, y + row);
}

}  // namespace depthwise
