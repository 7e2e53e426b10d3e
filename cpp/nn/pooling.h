#pragma once

#include "depthwise/geometry.h"

namespace depthwise {

/// dx, the gradient of Σ y·dy where y is the maximum of each window of x: dy goes to the first position, row by row,
/// of the largest value. Windows that share it add up. A NaN is never the largest, and a window that has nothing above
/// -∞ (all NaN, or all padding) passes nothing on: as tfjs's cpu has it. dx may not overlap x or dy.
void maxPoolGradient(const PoolGeometry& geometry, const float* x, const float* dy, float* dx);

}  // namespace depthwise
