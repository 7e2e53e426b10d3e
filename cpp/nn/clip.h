#pragma once

#include <cstddef>

namespace depthwise {

/// The gradient of y = min(max(x, low), high): dx = dy where low ≤ x ≤ high, else 0, also where x is NaN. That of
/// tfjs-core's ClipByValue, which relu6 is in tfjs-layers. dx may be x or dy.
void clipGradient(const float* x, const float* dy, size_t size, float low, float high, float* dx);

}  // namespace depthwise
