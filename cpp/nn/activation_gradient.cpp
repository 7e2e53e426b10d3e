#include <algorithm>
#include <cmath>

#include "nn/activation.h"

namespace depthwise {
namespace {

struct Gradient {
  const float* z;
  const float* dy;
  float* dz;
  size_t pixels;
  size_t lanes;

  void pass() const {
    if (dz != dy) std::copy_n(dy, pixels * lanes, dz);
  }

  /// slope(z, lane)
  template <class Slope>
  void times(Slope&& slope) const {
    for (size_t pixel = 0, i = 0; pixel < pixels; ++pixel) {
      for (size_t lane = 0; lane < lanes; ++lane, ++i) {
        dz[i] = static_cast<float>(dy[i] * slope(double{z[i]}, lane));
      }
    }
  }
};

/// 1 where that holds, else 0; of a NaN, NaN.
double step(double x, bool holds) { return std::isnan(x) ? x : holds; }

/// 1 above zero, else `below`; of a NaN, NaN.
double bend(double x, double below) { return std::isnan(x) ? x : x > 0 ? 1 : below; }

}  // namespace

void activationGradient(const Epilogue& epilogue, const float* z, const float* y, const float* dy, float* dz,
                        size_t pixels, int lanes) {
  const Gradient gradient{z, dy, dz, pixels, static_cast<size_t>(lanes)};
  switch (epilogue.activation) {
    case Activation::kLinear:
      return gradient.pass();
    case Activation::kRelu:
      return gradient.times([](double x, size_t) { return step(x, x > 0); });
    case Activation::kRelu6:
      return gradient.times([](double x, size_t) { return step(x, x > 0 && x < 6); });
    case Activation::kLeakyRelu:
      return gradient.times([&](double x, size_t) { return bend(x, epilogue.leakyreluAlpha); });
    case Activation::kPrelu:
      return gradient.times([&](double x, size_t lane) { return bend(x, epilogue.preluAlpha[lane]); });
    case Activation::kSoftmax:
      return softmaxGradient(y, dy, dz, pixels, lanes);
    case Activation::kLogSoftmax:
      return logSoftmaxGradient(y, dy, dz, pixels, lanes);
    default: {
      const Curve curve = curveOf(epilogue.activation);
      return gradient.times([&](double x, size_t) { return curve.slope(x); });
    }
  }
}

}  // namespace depthwise
