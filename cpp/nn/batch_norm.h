#pragma once

#include <limits>

#include "depthwise/memory.h"

/// Batch normalization of a tensor: with given statistics, and in training with the statistics of the tensor.
namespace depthwise {

/// The tensor as [outer, channels, inner], with one value of each parameter per channel. If the channels are the last
/// axis, outer is the number of pixels and inner is 1. If they are the second axis, outer is the batch. With parameters
/// of the shape of the tensor, each element is a channel.
struct BatchNormShape {
  int outer, channels, inner;
};

/// The parameters of y = (x − mean) / √(variance + epsilon) · scale + offset, one value per channel, and the limits of
/// y. The limits are an activation after the normalization: relu for 0 and infinity, relu6 for 0 and 6.
struct BatchNorm {
  const float* mean;
  const float* variance;
  const float* scale;  ///< null: 1
  float epsilon;
  const float* offset = nullptr;  ///< null: 0; batchNormGradient does not read it
  float low = -std::numeric_limits<float>::infinity(), high = std::numeric_limits<float>::infinity();
};

/// Computes y = (x − mean) / √(variance + epsilon) · scale + offset, within the limits. A NaN stays a NaN.
///
/// Each size may be 0. y may be x. A value that is not finite affects its channel only.
Status batchNorm(const BatchNorm& norm, const BatchNormShape& shape, const float* x, float* y);

/// Computes the factors of the filter and the bias with which a convolution computes batchNorm(convolution + bias):
///
///     factors = scale / √(variance + epsilon)
///     newBias = offset + (bias − mean)·factors
///
/// `bias` may be null: 0. The limits are not used. Where a factor is infinite, the folded convolution adds infinities
/// of both signs, so its result is NaN instead of ±∞.
void foldBatchNorm(const BatchNorm& norm, const float* bias, int channels, float* factors, float* newBias);

/// The results of batchNormGradient. dx has the shape of x; each other result has one value per channel.
struct BatchNormGradients {
  float* dx;
  float* dMean;
  float* dVariance;
  float* dScale;
  float* dOffset;
};

/// Computes the gradients of Σ y·dy with respect to x and all parameters of batchNorm without limits:
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

/// Computes the mean and the variance of each channel of x, a tensor [pixels, channels], in one pass. The variance is
/// the mean of the squared distances from the mean (without Bessel's correction). Without values, both are NaN. `mean`
/// and `variance` must not overlap x.
///
/// Values far from 0 and close together do not lose the digits of the variance.
Status batchMoments(int pixels, int channels, const float* x, float* mean, float* variance);

/// Computes moved = averages − (averages − values)·decay in float32, as tfjs does. `moved` may be `averages`.
void moveAverages(const float* averages, const float* values, int size, float decay, float* moved);

/// The results of batchNormTrainingGradient. dx has the shape of x. dScale and dOffset have one value per channel, and
/// may be null.
struct BatchNormTrainingGradients {
  float* dx;
  float* dScale;
  float* dOffset;
};

/// Computes the gradients of Σ y·dy for y = batchNorm(x), where x is a tensor [pixels, channels], and mean and variance
/// are those of x (batchMoments):
///
///     r = 1 / √(variance + epsilon)
///     dy' = dy where low < y before the limits ≤ high, otherwise 0
///     dOffset = Σ dy'
///     dScale = r·Σ dy'·(x − mean)
///     dx = scale·r·(dy' − dOffset/pixels − (x − mean)·r·dScale/pixels)
///
/// At a limit the gradient is that of relu and clipping in tfjs. A value that is not finite affects its channel only.
/// Without pixels, dScale and dOffset are NaN, as the mean is.
/// Outputs must not overlap inputs. The first pass reads x and dy and computes the sums and dx = scale·r·dy'; the
/// second one reads x and completes dx.
Status batchNormTrainingGradient(const BatchNorm& norm, int pixels, int channels, const float* x, const float* dy,
                                 const BatchNormTrainingGradients& gradients);

}  // namespace depthwise
