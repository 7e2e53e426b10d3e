#pragma once

#include "depthwise/memory.h"

/// Layer normalization: each row of a tensor is normalized with its own mean and variance.
namespace depthwise {

/// The parameters of y = (x − mean) / √(variance + epsilon) · scale + offset for a tensor [rows, size]: mean and
/// variance are those of a row, without Bessel's correction; scale and offset have `size` values.
struct LayerNorm {
  int rows, size;
  float epsilon;
  const float* scale;   ///< null: 1
  const float* offset;  ///< null: 0; the gradient does not read it
};

/// Computes y. y must not overlap x. A value that is not finite affects its row only.
void layerNorm(const LayerNorm& norm, const float* x, float* y);

/// The results of layerNormGradient. dx is [rows, size]. dScale and dOffset have `size` values, and may be null.
struct LayerNormGradients {
  float* dx;
  float* dScale;
  float* dOffset;
};

/// Computes the gradients of Σ y·dy, where mean and variance are functions of x:
///
///     r = 1 / √(variance + epsilon), z = (x − mean)·r, g = dy·scale
///     dx = r·(g − mean(g) − z·mean(g·z))
///     dScale = Σ dy·z, dOffset = Σ dy, over the rows
///
/// Outputs must not overlap inputs. The gradient computes mean and variance again: a row is in the cache, so this costs
/// less time than to store and to load them.
Status layerNormGradient(const LayerNorm& norm, const float* x, const float* dy, const LayerNormGradients& gradients);

}  // namespace depthwise
