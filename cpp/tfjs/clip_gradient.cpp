#include "clip_gradient.h"

namespace depthwise {

// Compilers make vectors of these loops, because nothing in them is read or written under a condition.

void clipGradient(const float* x, const float* dy, size_t size, float low, float high, float* dx) {
  for (size_t i = 0; i < size; ++i) {
    const float gradient = dy[i];
    const bool inside = (x[i] >= low) & (x[i] <= high);
    dx[i] = inside ? gradient : 0;
  }
}

void reluGradient(const float* x, const float* dy, size_t size, float* dx) {
  for (size_t i = 0; i < size; ++i) {
    const float gradient = dy[i];
    const float below = x[i] <= 0 ? 0 : x[i];  // a NaN stays one
    dx[i] = x[i] > 0 ? gradient : below;
  }
}

}  // namespace depthwise
