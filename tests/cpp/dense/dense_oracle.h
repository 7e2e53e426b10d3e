#pragma once

#include <span>

#include "depthwise/geometry.h"
#include "support/oracle.h"

/// The definition of dense convolution, in float64 and in plain loops, as in oracle.h.
namespace depthwise::oracle {

Sums denseForward(const DenseGeometry& geometry, std::span<const float> x, std::span<const float> filter);
Sums denseInputGradient(const DenseGeometry& geometry, std::span<const float> dy, std::span<const float> filter);
Sums denseFilterGradient(const DenseGeometry& geometry, std::span<const float> x, std::span<const float> dy);

}  // namespace depthwise::oracle
