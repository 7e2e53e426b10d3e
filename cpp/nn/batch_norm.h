#pragma once

#include "depthwise/memory.h"

/// Batch normalization of a tensor with given statistics. The statistics themselves (mean and variance per channel) are
/// sums of reductions.h; other normalizations go here.
namespace depthwise {

/// The tensor as [outer, channels, inner], with one value of each parameter per channel. If the channels are the last
/// axis, outer is the number of pixels and inner is 1. If they are the second axis, outer is the batch. With parameters
/// of the shape of the tensor, each element is a channel.
struct BatchNormShape {
  int outer, channels, inner;
};

/// The parameters of y = (x − mean) / √(variance + epsilon) · scale + offset, one value per channel.
struct BatchNorm {
  const float* mean;
  const float* variance;
  const float* scale;  ///< null: 1
  float epsilon;
  const float* offset = nullptr;  ///< null: 0; the gradient does not read it
};

/// Computes y = (x − mean) / √(variance + epsilon) · scale + offset.
///
/// Each size may be 0. y may be x. A value that is not finite affects its channel only.
Status batchNorm(const BatchNorm& norm, const BatchNormShape& shape, const float* x, float* y);

/// The results of batchNormGradient. dx has the shape of x; each other result has one value per channel.
struct BatchNormGradients {
  float* dx;
  float* dMean;
  float* dVariance;
  float* dScale;
  float* dOffset;
};

/// Computes the gradients of Σ y·dy with respect to x and all parameters of batchNorm:
///
///     r = 1 / √(variance + epsilon)
///     dx = scale·r·dy
///     dOffset = Σ dy
///     dScale = r·Σ dy·(x − mean)
///     dMean = −scale·r·dOffset
///     dVariance = −½·scale·r²·dScale
///
/// Sums are over outer and inner; empty sums are 0. A value that is not finite affects its channel only. Outputs must
/// not overlap inputs.
///
/// This is one pass over x and dy. The FusedBatchNorm gradient of tfjs-core makes about fifteen passes, each with a new
/// tensor.
Status batchNormGradient(const BatchNorm& norm, const BatchNormShape& shape, const float* x, const float* dy,
                         const BatchNormGradients& gradients);

}  // namespace depthwise
