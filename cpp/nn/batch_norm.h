#pragma once

#include "depthwise/memory.h"

/// Batch normalization of a tensor [pixels, channels] with given statistics. The statistics themselves (mean and
/// variance per channel) are sums of reductions.h; other normalizations go here.
namespace depthwise {

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
/// x and y are [pixels, channels]; either may be 0. y may be x. A value that is not finite affects its channel only.
Status batchNorm(const BatchNorm& norm, const float* x, int pixels, int channels, float* y);

/// The results of batchNormGradient. dx is [pixels, channels]; each other result has one value per channel.
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
/// Sums are over the pixels. x and dy are [pixels, channels]; without pixels the sums are 0. A value that is not finite
/// affects its channel only. Outputs must not overlap inputs.
///
/// This is one pass over x and dy. The FusedBatchNorm gradient of tfjs-core makes about fifteen passes, each with a new
/// tensor.
Status batchNormGradient(const BatchNorm& norm, const float* x, const float* dy, int pixels, int channels,
                         const BatchNormGradients& gradients);

}  // namespace depthwise
