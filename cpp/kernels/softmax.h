#pragma once

#include <cstddef>

namespace depthwise {

/// The activations that are not elementwise, on `rows` rows of `length` floats without gaps: a row is the last axis of
/// a tensor, as in tfjs and Keras, so with channelsFirst it is the width. Sums are float64. A NaN or +∞ in a row, or −∞
/// throughout, makes NaN of what depends on it.

/// y = e^z / Σe^z, in place.
void softmax(float* values, size_t rows, int length);
/// y = z − ln Σe^z, in place.
void logSoftmax(float* values, size_t rows, int length);

/// dz = y (dy − Σ y·dy). dz may be dy.
void softmaxGradient(const float* y, const float* dy, float* dz, size_t rows, int length);
/// dz = dy − e^y·Σdy. dz may be dy.
void logSoftmaxGradient(const float* y, const float* dy, float* dz, size_t rows, int length);

}  // namespace depthwise
