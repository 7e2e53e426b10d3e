#include "nn/elementwise.h"

namespace depthwise {

void clip(const float* x, int size, float low, float high, float* y) {
  for (int i = 0; i < size; ++i) {
    const float raised = x[i] < low ? low : x[i];  // the order of the operands keeps NaN
    y[i] = raised > high ? high : raised;
  }
}

void clipGradient(const float* x, const float* dy, int size, float low, float high, float* dx) {
  // Compilers vectorize this loop because no read and no write depends on a condition.
  for (int i = 0; i < size; ++i) {
    const float gradient = dy[i];
    const bool isInside = (x[i] >= low) & (x[i] <= high);
    dx[i] = isInside ? gradient : 0;
  }
}

void sign(const float* x, int size, float* y) {
  for (int i = 0; i < size; ++i) y[i] = static_cast<float>((x[i] > 0) - (x[i] < 0));
}

}  // namespace depthwise
