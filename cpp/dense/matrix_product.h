#pragma once

#include "depthwise/activation.h"
#include "depthwise/memory.h"

namespace depthwise {

/// The sizes of `batch` matrix products y = a·b, which are adjacent in memory: y is [rows, columns], a is [rows, terms]
/// and b is [terms, columns].
struct MatrixProduct {
  int batch, rows, terms, columns;
  bool transposeA = false, transposeB = false;  ///< a is [terms, rows] in memory, b is [columns, terms]
  bool repeatA = false, repeatB = false;        ///< all products have the same a, or the same b
};

/// Computes y = activation(a·b + bias) for each product. Bias and prelu slopes have one value for each column.
///
/// If `terms` is 0, the sums are 0. `y` must not overlap the inputs.
Status matrixProduct(const MatrixProduct& product, const float* a, const float* b, const Epilogue& epilogue, float* y);

}  // namespace depthwise
