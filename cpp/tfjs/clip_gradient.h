#pragma once

#include <cstddef>

namespace depthwise {

/// The gradient of y = min(max(x, low), high): dx = dy where low ≤ x ≤ high, else 0, also where x is NaN. That of
/// tfjs-core's ClipByValue, which relu6 is in tfjs-layers. dx may be x or dy.
void clipGradient(const float* x, const float* dy, size_t size, float low, float high, float* dx);

/// The gradient of y = max(x, 0): dx = dy where x > 0, 0 where x ≤ 0, and NaN where x is, as tfjs's step is. Unlike
/// tfjs's dy·step(x), an infinite or NaN dy gives 0 where x ≤ 0. dx may be x or dy.
void reluGradient(const float* x, const float* dy, size_t size, float* dx);

}  // namespace depthwise
