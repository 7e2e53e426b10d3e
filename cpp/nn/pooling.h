#pragma once

#include "depthwise/geometry.h"

/// Pooling over windows of an NHWC tensor, each channel on its own: forward and gradients. x and dx are [batch,
/// inHeight, inWidth, channels], y and dy are [batch, outHeight, outWidth, channels]. Nothing is allocated. A result
/// must not overlap an operand. An empty batch writes nothing.
///
/// A window contains only the inputs inside the image: padding is no input. With explicit padding or a size that is
/// rounded up, a window may contain no input.
///
/// The maximum of a window is the first of its largest inputs, row by row. -0 equals 0. A NaN is the maximum only if
/// the window contains nothing else. TensorFlow.js's cpu backend ignores a NaN too.
namespace depthwise {

/// Computes y, the maximum of each window; -∞ for a window without inputs.
void maxPool(const PoolGeometry& geometry, const float* x, float* y);

/// Computes dx, the gradient of Σ y·dy, where y = maxPool(x):
///
///     dx[n, r, s, c] = Σ dy[n, i, j, c]
///
/// over all windows (i, j) whose maximum is at (r, s). A window without inputs, or whose maximum is a NaN, adds
/// nothing.
void maxPoolGradient(const PoolGeometry& geometry, const float* x, const float* dy, float* dx);

/// Computes ddy, the gradient of Σ dx·ddx with respect to dy, where dx = maxPoolGradient(x, dy):
///
///     ddy[n, i, j, c] = ddx at the maximum of window (i, j)
///
/// ddy is 0 where the window adds nothing to dx. ddx has the shape of x, ddy that of y.
void maxPoolGradientGradient(const PoolGeometry& geometry, const float* x, const float* ddx, float* ddy);

/// Computes y, the mean of each window: the sum of its inputs divided by their number, which is smaller at the border
/// of the image. The mean of a window without inputs is 0. Many inputs are summed in blocks, so that a sum of 2^15
/// terms has less than a hundred float32 roundings.
void averagePool(const PoolGeometry& geometry, const float* x, float* y);

/// Computes dx, the gradient of Σ y·dy, where y = averagePool(x):
///
///     dx[n, r, s, c] = Σ dy[n, i, j, c] / (number of inputs of window (i, j))
///
/// over all windows (i, j) that contain (r, s). The gradient with respect to dy is averagePool(ddx).
void averagePoolGradient(const PoolGeometry& geometry, const float* dy, float* dx);

}  // namespace depthwise
