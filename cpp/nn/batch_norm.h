#pragma once

#include <cstddef>

#include "depthwise/memory.h"

namespace depthwise {

/// What a batch normalization is told, one value a channel: y = (x − mean) / √(variance + epsilon) · scale + offset.
struct BatchNorm {
  const float* mean;
  const float* variance;
  const float* scale;  ///< null: 1
  float epsilon;
  const float* offset = nullptr;  ///< null: 0; the gradient does not need it
};

/// y of x, each `pixels × channels` floats. y may be x.
Status batchNorm(const BatchNorm& norm, const float* x, size_t pixels, size_t channels, float* y);

/// The gradients of Σ y·dy for y = batchNorm(…). dx has the shape of x, the others one value a channel.
struct BatchNormGradients {
  float* dx;
  float* dMean;
  float* dVariance;
  float* dScale;
  float* dOffset;
};

/// From x and dy, each `pixels × channels` floats. Nothing that is written may overlap what is read.
///
/// With r = 1 / √(variance + epsilon), dOffset = Σ dy, dScale = r·Σ dy·(x − mean), dMean = −scale·r·dOffset,
/// dVariance = −½·scale·r²·dScale and dx = scale·r·dy: one pass over x and dy. The FusedBatchNorm gradient of tfjs-core
/// makes some fifteen, each with a tensor of its own.
Status batchNormGradient(const BatchNorm& norm, const float* x, const float* dy, size_t pixels, size_t channels,
                         const BatchNormGradients& to);

}  // namespace depthwise
