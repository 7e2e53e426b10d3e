#pragma once

#include "depthwise/geometry.h"

/// Pooling over windows of an NHWC tensor, each channel on its own. Further poolings go here (the forward pass of max
/// pooling, average pooling), because they use the clipped windows of pooling.cpp too.
namespace depthwise {

/// Computes dx, the gradient of Σ y·dy, where y is the maximum of each window of x:
///
///     dx[n, r, s, c] = Σ dy[n, i, j, c]
///
/// over all windows (i, j) whose maximum is at (r, s). x and dx are [batch, inHeight, inWidth, channels], dy is
/// [batch, outHeight, outWidth, channels].
///
/// If several elements of a window are the maximum, the first gets the gradient, row by row; -0 equals 0. A NaN is
/// never the maximum. A window without a value above -∞ (only NaN, −∞ or padding) contributes nothing. This is what
/// tfjs's cpu backend does. An empty batch writes nothing. dx must not overlap x or dy.
void maxPoolGradient(const PoolGeometry& geometry, const float* x, const float* dy, float* dx);

}  // namespace depthwise
