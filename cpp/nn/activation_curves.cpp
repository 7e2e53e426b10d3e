#include <cmath>
#include <numbers>

#include "nn/activation.h"
#include "nn/elementary.h"

namespace depthwise {
namespace {

/// Returns x·factor for a factor that is 0 for large x: 0 also if x is infinite.
double vanishing(double x, double factor) { return factor == 0 ? 0 : x * factor; }

/// Returns e^-|x|, which is at most 1: formulas with it do not overflow.
double decay(double x) { return elementary::exp(-std::abs(x)); }

/// 1 / (1 + e^-x)
struct Sigmoid {
  static double value(double x) {
    const double e = decay(x);
    return (x < 0 ? e : 1) / (1 + e);
  }
  static double slope(double x) {
    const double e = decay(x);
    return e / ((1 + e) * (1 + e));
  }
};

struct Tanh {
  static double value(double x) {
    const double e = elementary::expMinusOne(-2 * std::abs(x));
    return std::copysign(e / (2 + e), x);
  }
  /// 1 − tanh², without cancellation where tanh is near ±1.
  static double slope(double x) { return 4 * Sigmoid::slope(2 * x); }
};

/// x < 0: e^x − 1, else x
struct Elu {
  static double value(double x) { return x >= 0 ? x : elementary::expMinusOne(x); }
  static double slope(double x) { return x >= 0 ? 1 : elementary::exp(x); }
};

/// scale·(x < 0: α (e^x − 1), else x): G. Klambauer, T. Unterthiner, A. Mayr, S. Hochreiter, Self-Normalizing Neural
/// Networks, 2017, https://arxiv.org/abs/1706.02515.
struct Selu {
  static constexpr double kScale = 1.0507009873554804934193349852946;
  static constexpr double kScaleAlpha = 1.7580993408473768599402175208123;

  static double value(double x) { return x >= 0 ? kScale * x : kScaleAlpha * elementary::expMinusOne(x); }
  /// At 0, this is the slope on the left, kScaleAlpha.
  static double slope(double x) { return x > 0 ? kScale : kScaleAlpha * elementary::exp(x); }
};

/// x·Φ(x), where Φ is the normal distribution function. tfjs approximates Φ with an error of 1.5e-7; here large
/// negative x give correct digits too.
struct Gelu {
  static double distribution(double x) { return elementary::erfc(-x / std::numbers::sqrt2) / 2; }
  static double density(double x) {
    return elementary::exp(-x * x / 2) * std::numbers::inv_sqrtpi / std::numbers::sqrt2;
  }
  static double value(double x) { return vanishing(x, distribution(x)); }
  static double slope(double x) { return distribution(x) + vanishing(x, density(x)); }
};

/// x/2·(1 + tanh u) = x·sigmoid(2u) with u = √(2/π)·(x + 0.044715·x³): tfjs's 'gelu_new', Keras's approximate gelu.
struct GeluNew {
  static constexpr double kTwiceRoot = 2 * std::numbers::sqrt2 * std::numbers::inv_sqrtpi, kCubic = 0.044715;

  static double twiceU(double x) { return kTwiceRoot * x * (1 + kCubic * x * x); }
  static double value(double x) { return vanishing(x, Sigmoid::value(twiceU(x))); }
  static double slope(double x) {
    const double u2 = twiceU(x), u2Slope = kTwiceRoot * (1 + 3 * kCubic * x * x);
    return Sigmoid::value(u2) + vanishing(x * u2Slope, Sigmoid::slope(u2));
  }
};

/// min(max(0.2·x + 0.5, 0), 1), as in tfjs and Keras 2. Keras 3 uses the same name for relu6(x + 3) / 6.
struct HardSigmoid {
  static double value(double x) {
    const double line = 0.2 * x + 0.5;
    return line < 0 ? 0 : line > 1 ? 1 : line;
  }
  /// At ±2.5, this is the slope on the side of 0, 0.2.
  static double slope(double x) { return std::isnan(x) ? x : std::abs(x) <= 2.5 ? 0.2 : 0; }
};

/// x·tanh(softplus(x)): D. Misra, Mish: A Self Regularized Non-Monotonic Activation Function, 2019,
/// https://arxiv.org/abs/1908.08681. With n = e^x, tanh(softplus(x)) = n (n + 2) / (n (n + 2) + 2), which needs no tanh
/// and no logarithm. For x ≥ 0 numerator and denominator are divided by n².
struct Mish {
  static double denominator(double x, double e) { return x < 0 ? e * (e + 2) + 2 : 1 + 2 * e + 2 * e * e; }
  static double factor(double x) {
    const double e = decay(x);
    return (x < 0 ? e * (e + 2) : 1 + 2 * e) / denominator(x, e);
  }
  static double value(double x) { return vanishing(x, factor(x)); }
  static double slope(double x) {
    const double e = decay(x), ratio = (1 + e) / denominator(x, e);
    const double factorSlope = 4 * (x < 0 ? 1 : e * e) * ratio * ratio * Sigmoid::value(x);
    return factor(x) + vanishing(x, factorSlope);
  }
};

/// ln(1 + e^x)
struct Softplus {
  static double value(double x) { return (x > 0 ? x : 0) + elementary::logOnePlus(decay(x)); }
  static double slope(double x) { return Sigmoid::value(x); }
};

/// x / (1 + |x|)
struct Softsign {
  static double value(double x) { return std::isinf(x) ? std::copysign(1, x) : x / (1 + std::abs(x)); }
  static double slope(double x) { return 1 / ((1 + std::abs(x)) * (1 + std::abs(x))); }
};

/// x·sigmoid(x), also called SiLU
struct Swish {
  static double value(double x) { return vanishing(x, Sigmoid::value(x)); }
  static double slope(double x) { return Sigmoid::value(x) + vanishing(x, Sigmoid::slope(x)); }
};

template <class Formulas>
constexpr Curve kCurve{Formulas::value, Formulas::slope};

}  // namespace

Curve curveOf(Activation activation) {
  switch (activation) {
    case Activation::kElu:
      return kCurve<Elu>;
    case Activation::kGelu:
      return kCurve<Gelu>;
    case Activation::kGeluNew:
      return kCurve<GeluNew>;
    case Activation::kHardSigmoid:
      return kCurve<HardSigmoid>;
    case Activation::kMish:
      return kCurve<Mish>;
    case Activation::kSelu:
      return kCurve<Selu>;
    case Activation::kSigmoid:
      return kCurve<Sigmoid>;
    case Activation::kSoftplus:
      return kCurve<Softplus>;
    case Activation::kSoftsign:
      return kCurve<Softsign>;
    case Activation::kSwish:
      return kCurve<Swish>;
    case Activation::kTanh:
      return kCurve<Tanh>;
    default:
      return {nullptr, nullptr};
  }
}

}  // namespace depthwise
