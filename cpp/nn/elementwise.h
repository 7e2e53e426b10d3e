#pragma once

/// Ops that compute each output element from one element of each input, without channels. Activations are in
/// activation.h, the update steps of optimizers in optimizers.h.
namespace depthwise {

/// Computes y = min(max(x, low), high), where low ≤ high. y is NaN where x is NaN. y may be x.
void clip(const float* x, int size, float low, float high, float* y);

/// Computes the gradient of y = min(max(x, low), high): dx = dy where low ≤ x ≤ high, else 0.
///
/// All tensors have `size` elements. dx is 0 where x is NaN, and everywhere if a bound is NaN or low > high. This is
/// the gradient of tfjs-core's ClipByValue, which tfjs-layers uses for relu6. dx may be x or dy.
void clipGradient(const float* x, const float* dy, int size, float low, float high, float* dx);

/// Computes y = −1, 0 or 1 for x < 0, x = 0 and x > 0. y is 0 where x is NaN, as in tfjs's cpu backend. y may be x.
void sign(const float* x, int size, float* y);

}  // namespace depthwise
