#pragma once

#include <cstddef>

#include "batch_norm.h"

namespace depthwise {

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
