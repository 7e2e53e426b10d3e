#include "nn/activation.h"

#include <catch2/catch.hpp>
#include <limits>

#include "curves.h"

namespace depthwise {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

constexpr int kPoints = 4001;
/// Points from -20 to 20; none is a kink.
double point(int i) { return -20 + 0.00999 * i; }

TEST_CASE("Activation curves: values equal the definitions, also where they are small") {
  for (const Activation activation : kCurves) {
    double maxError = 0;
    for (int i = 0; i < kPoints; ++i) {
      const double x = point(i);
      const double want = static_cast<double>(defined<long double>(activation, x));
      const double difference = std::abs(curveOf(activation).value(x) - want);
      if (difference > 0) maxError = std::max(maxError, difference / std::abs(want));
    }
    INFO("activation " << static_cast<int>(activation));
    CHECK(maxError < 5e-9);
  }
}

TEST_CASE("Activation curves: slopes equal finite differences of the definitions, also where they are small") {
  for (const Activation activation : kCurves) {
    double maxError = 0;
    for (int i = 0; i < kPoints; ++i) {
      const long double x = point(i), step = 1e-6L;
      const long double up = defined(activation, x + step), down = defined(activation, x - step);
      const double want = static_cast<double>((up - down) / (2 * step));
      const double difference = std::abs(curveOf(activation).slope(point(i)) - want);
      // At the minimum of a curve the slope is tiny compared with the value.
      const double allowed = std::abs(want) + 0.1 * static_cast<double>(std::abs(up));
      if (difference > 0) maxError = std::max(maxError, difference / allowed);
    }
    INFO("activation " << static_cast<int>(activation));
    CHECK(maxError < 2e-8);
  }
}

struct LimitCase {
  Activation activation;
  double value, slope;            ///< as x → −∞
  double valueAbove, slopeAbove;  ///< as x → ∞; an infinite value approaches slopeAbove·x
};

TEST_CASE("Activation curves: very large numbers and infinities give the limit, not NaN") {
  const double scale = 1.0507009873554804934, alpha = 1.6732632423543772848;
  for (const LimitCase& limits : {LimitCase{Activation::kElu, -1, 0, kInfinity, 1},
                                  {Activation::kGelu, 0, 0, kInfinity, 1},
                                  {Activation::kGeluNew, 0, 0, kInfinity, 1},
                                  {Activation::kHardSigmoid, 0, 0, 1, 0},
                                  {Activation::kMish, 0, 0, kInfinity, 1},
                                  {Activation::kSelu, -scale * alpha, 0, kInfinity, scale},
                                  {Activation::kSigmoid, 0, 0, 1, 0},
                                  {Activation::kSoftplus, 0, 0, kInfinity, 1},
                                  {Activation::kSoftsign, -1, 0, 1, 0},
                                  {Activation::kSwish, 0, 0, kInfinity, 1},
                                  {Activation::kTanh, -1, 0, 1, 0}}) {
    const Curve curve = curveOf(limits.activation);
    for (const double far : {1e4, 1e20, 3e38, kInfinity}) {
      INFO("activation " << static_cast<int>(limits.activation) << " at ±" << far);
      // Softsign is still 1e-4 from its limit at 1e4.
      CHECK(curve.value(-far) == Approx(limits.value).margin(2e-4));
      CHECK(curve.slope(-far) == Approx(limits.slope).margin(2e-8));
      CHECK(curve.value(far) ==
            Approx(limits.valueAbove == kInfinity ? far * limits.slopeAbove : limits.valueAbove).epsilon(2e-4));
      CHECK(curve.slope(far) == Approx(limits.slopeAbove).margin(2e-8));
    }
  }
}

TEST_CASE("Activation curves: a NaN gives a NaN value and a NaN slope") {
  const double nan = std::nan("");
  for (const Activation activation : kCurves) {
    INFO("activation " << static_cast<int>(activation));
    CHECK(std::isnan(curveOf(activation).value(nan)));
    CHECK(std::isnan(curveOf(activation).slope(nan)));
  }
}

TEST_CASE("Activation curves: slopes at kinks equal those of tfjs") {
  CHECK(curveOf(Activation::kElu).slope(0) == 1);
  CHECK(curveOf(Activation::kSelu).slope(0) == Approx(1.0507009873554804934 * 1.6732632423543772848).epsilon(1e-15));
  CHECK(curveOf(Activation::kHardSigmoid).slope(2.5) == 0.2);
  CHECK(curveOf(Activation::kHardSigmoid).slope(-2.5) == 0.2);
  CHECK(curveOf(Activation::kHardSigmoid).slope(2.500001) == 0);
  CHECK(curveOf(Activation::kHardSigmoid).slope(-2.500001) == 0);
  CHECK(curveOf(Activation::kSoftsign).slope(0) == 1);
}

TEST_CASE("Activation curves: piecewise linear activations and softmax have no curve") {
  for (const Activation activation :
       {Activation::kLinear, Activation::kRelu, Activation::kRelu6, Activation::kLeakyRelu, Activation::kPrelu,
        Activation::kSoftmax, Activation::kLogSoftmax}) {
    CHECK(curveOf(activation).value == nullptr);
    CHECK(curveOf(activation).slope == nullptr);
  }
}

}  // namespace
}  // namespace depthwise
