#pragma once

#include <cstddef>

#include "depthwise/activation.h"

/// Activations: in the epilogue of a convolution, as curves, their gradients, and softmax.
///
/// To add an elementwise activation, add its number to depthwise/activation.h, its formulas to activation_curves.cpp
/// and its name to js/layer-config.js. A vector version in activation.cpp is optional.
namespace depthwise {

/// The limits of an activation that only clamps, one copy for each lane of a vector.
struct Limits {
  float low[4], high[4];
};

/// Returns the limits of linear, relu and relu6, and null for the other activations. Clamping keeps a NaN.
const Limits* limitsOf(Activation activation);

/// Applies an epilogue in place to the first `channels` floats of each of `pixels` pixels, `pixelStride` floats apart.
///
/// A NaN stays a NaN, and ±∞ give the limit of the activation.
void applyEpilogue(const Epilogue& epilogue, float* pixel, ptrdiff_t pixelStride, int pixels, int channels);

/// An activation of one number and its derivative, in float64. Rounded to float32, the results have an error of at most
/// one unit in the last place.
///
/// A NaN gives NaN, and ±∞ give the limit. At a kink the slope is the one-sided slope that tfjs uses.
struct Curve {
  double (*value)(double x);
  double (*slope)(double x);
};

/// Returns the curve of an elementwise activation, or null pointers if comparisons and products are enough: linear,
/// relu, relu6, leakyrelu and prelu. Softmax has no curve either.
Curve curveOf(Activation activation);

/// Computes the gradient of an activation: dz from z = sum + bias, y = activation(z) and dy.
///
///     dz = f′(z)·dy            elementwise activations; reads z
///     dz = y·(dy − Σ y·dy)     softmax; reads y
///     dz = dy − e^y·Σ dy       log-softmax; reads y
///
/// All tensors are [pixels, channels]; softmax is along the channels. The epilogue gives the activation and its slopes;
/// its bias is not read. Linear reads neither z nor y. A tensor that is not read may be null. dz may be dy.
///
/// Elementwise activations use z because f′ computed from y loses digits where f is flat. At kinks the slope is that of
/// tfjs: relu 0 at 0, relu6 0 at 0 and 6 (as in tfjs-layers and TensorFlow; the Relu6 kernel of tfjs-core uses 1 at 6),
/// leakyrelu and prelu the slope below zero. For the remaining functions see activation_curves.cpp. A NaN in z or dy
/// gives NaN.
void activationGradient(const Epilogue& epilogue, const float* z, const float* y, const float* dy, float* dz,
                        int pixels, int channels);

// Softmax. Values are [rows, length] without gaps; a row is the last axis of a tensor, as in tfjs and Keras, so for
// channelsFirst it is the width. Sums are float64. A row that contains a NaN or +∞, or nothing but −∞, gives NaN where
// the result depends on these values; other rows are unaffected.

/// Computes y = e^z / Σ e^z of each row, in place.
void softmax(float* values, int rows, int length);

/// Computes y = z − ln Σ e^z of each row, in place.
void logSoftmax(float* values, int rows, int length);

/// Computes dz = y·(dy − Σ y·dy) of each row. dz may be dy.
void softmaxGradient(const float* y, const float* dy, float* dz, int rows, int length);

/// Computes dz = dy − e^y·Σ dy of each row. dz may be dy.
void logSoftmaxGradient(const float* y, const float* dy, float* dz, int rows, int length);

}  // namespace depthwise
