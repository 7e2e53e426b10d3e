#pragma once

#include <algorithm>
#include <cstddef>

#include "dense/dense.h"
#include "simd/f32x4.h"

/// The product of a few vectors and a matrix. Nothing is packed: the elements of the matrix are read in the order in
/// which they are in memory, because packing them would take longer than the product.
namespace depthwise {

/// Columns per range: 8 KB of y, which stay in the first-level cache until all terms are added.
constexpr int kMaxVectorColumns = 2048;

/// Adds `Terms` rows of a matrix to y, each multiplied by an element of x.
template <int Terms>
DEPTHWISE_INLINE void addMatrixRows(const float* x, const float* matrix, ptrdiff_t stride, int columns, float* y) {
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

/// Adds Σ_term x[vector][term] · matrix[term][column] to y[vector][column]. The rows of the matrix are `stride` floats
/// apart.
[[gnu::noinline]] inline void addVectorProducts(const float* x, int vectors, const float* matrix, ptrdiff_t stride,
                                                int terms, int columns, float* y) {
  constexpr int kTerms = 4;
  forEachRange(columns, kMaxVectorColumns, [&](IndexRange range) {
    const float* rows = matrix + range.first;
    int term = 0;
    for (; term + kTerms <= terms; term += kTerms, rows += kTerms * stride) {
      for (ptrdiff_t i = 0; i < vectors; ++i) {
        addMatrixRows<kTerms>(x + i * terms + term, rows, stride, range.count, y + i * columns + range.first);
      }
    }
    for (; term < terms; ++term, rows += stride) {
      for (ptrdiff_t i = 0; i < vectors; ++i) {
        addMatrixRows<1>(x + i * terms + term, rows, stride, range.count, y + i * columns + range.first);
      }
    }
  });
}

/// Computes y[row] = Σ_term x[term] · matrix[row][term] for `Rows` rows.
template <int Rows>
DEPTHWISE_INLINE void multiplyMatrixRows(const float* x, const float* matrix, int terms, float* y) {
  const ptrdiff_t stride = terms;
  f32x4 sums[Rows];
  unroll<Rows>([&](auto row) { sums[row] = splat(0); });
  int term = 0;
  for (; term + 4 <= terms; term += 4) {
    const f32x4 value = load(x + term);
    unroll<Rows>([&](auto row) { sums[row] = multiplyAdd(value, load(matrix + row * stride + term), sums[row]); });
  }
  unroll<Rows>([&](auto row) {
    float parts[4];
    store(parts, sums[row]);
    float sum = (parts[0] + parts[1]) + (parts[2] + parts[3]);
    for (int i = term; i < terms; ++i) sum += x[i] * matrix[row * stride + i];
    y[row] = sum;
  });
}

/// Computes y[vector][row] = Σ_term x[vector][term] · matrix[row][term].
[[gnu::noinline]] inline void multiplyByTransposedMatrix(const float* x, int vectors, const float* matrix, int terms,
                                                         int rows, float* y) {
  constexpr int kRows = 4;
  const ptrdiff_t stride = terms;
  int row = 0;
  for (; row + kRows <= rows; row += kRows) {
    for (ptrdiff_t i = 0; i < vectors; ++i) {
      multiplyMatrixRows<kRows>(x + i * stride, matrix + row * stride, terms, y + i * rows + row);
    }
  }
  for (; row < rows; ++row) {
    for (ptrdiff_t i = 0; i < vectors; ++i) {
      multiplyMatrixRows<1>(x + i * stride, matrix + row * stride, terms, y + i * rows + row);
    }
  }
}

}  // namespace depthwise
