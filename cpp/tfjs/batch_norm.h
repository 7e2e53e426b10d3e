#pragma once

#include <cstddef>

#include "../buffer.h"

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

}  // namespace depthwise
