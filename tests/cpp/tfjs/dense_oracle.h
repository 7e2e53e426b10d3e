#pragma once

#include <span>

#include "support/oracle.h"
#include "geometry.h"

/// As oracle.h, of a dense convolution in NHWC.
namespace depthwise::oracle {

Sums denseForward(const DenseGeometry& geometry, std::span<const float> x, std::span<const float> filter);
Sums denseInputGradient(const DenseGeometry& geometry, std::span<const float> dy, std::span<const float> filter);
Sums denseFilterGradient(const DenseGeometry& geometry, std::span<const float> x, std::span<const float> dy);

}  // namespace depthwise::oracle
