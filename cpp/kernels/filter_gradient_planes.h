#pragma once

#include "../buffer.h"
#include "../geometry.h"

namespace depthwise {

/// The gradient of the filter (filter_gradient.h) where columns are the lanes: NCHW, or fewer than four channels.
Status filterGradientOfPlanes(const Geometry& g, const float* x, const float* dy, float* dfilter);

}  // namespace depthwise
