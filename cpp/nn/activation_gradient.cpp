#include <algorithm>
#include <cmath>

#include "nn/activation.h"

namespace depthwise {
namespace {

/// The arguments of activationGradient, for elementwise activations.
struct ElementwiseGradient {
  const float* z;
  const float* dy;
  float* dz;
  int pixels, channels;

  void copy() const {
    if (dz != dy) std::copy_n(dy, ptrdiff_t{pixels} * channels, dz);
  }

  /// Computes dz = dy·slope(z, channel).
  template <class Slope>
  void multiply(Slope&& slope) const {
    ptrdiff_t i = 0;
    for (int pixel = 0; pixel < pixels; ++pixel) {
      for (int channel = 0; channel < channels; ++channel, ++i) {
        dz[i] = static_cast<float>(dy[i] * slope(double{z[i]}, channel));
      }
    }
  }
};

/// Returns 1 if `isInside`, else 0; NaN if x is NaN.
double stepSlope(double x, bool isInside) { return std::isnan(x) ? x : isInside; }

/// Returns 1 for x > 0, else `alpha`; NaN if x is NaN.
double leakySlope(double x, double alpha) { return std::isnan(x) ? x : x > 0 ? 1 : alpha; }

}  // namespace

void activationGradient(const Epilogue& epilogue, const float* z, const float* y, const float* dy, float* dz,
                        int pixels, int channels) {
  const ElementwiseGradient gradient{.z = z, .dy = dy, .dz = dz, .pixels = pixels, .channels = channels};
  switch (epilogue.activation) {
    case Activation::kLinear:
      return gradient.copy();
    case Activation::kRelu:
      return gradient.multiply([](double x, int) { return stepSlope(x, x > 0); });
    case Activation::kRelu6:
      return gradient.multiply([](double x, int) { return stepSlope(x, x > 0 && x < 6); });
    case Activation::kLeakyRelu:
      return gradient.multiply([&](double x, int) { return leakySlope(x, epilogue.leakyreluAlpha); });
    case Activation::kPrelu:
      return gradient.multiply([&](double x, int channel) { return leakySlope(x, epilogue.preluAlpha[channel]); });
    case Activation::kSoftmax:
      return softmaxGradient(y, dy, dz, pixels, channels);
    case Activation::kLogSoftmax:
      return logSoftmaxGradient(y, dy, dz, pixels, channels);
    default: {
      const Curve curve = curveOf(epilogue.activation);
      return gradient.multiply([&](double x, int) { return curve.slope(x); });
    }
  }
}

}  // namespace depthwise
