#include "nn/unary.h"

#include <algorithm>
#include <array>
#include <bit>
#include <catch2/catch.hpp>
#include <cmath>
#include <functional>
#include <limits>

#include "support/compare.h"
#include "support/guarded_tensor.h"
#include "support/random.h"

namespace depthwise {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity(), kNaN = std::numeric_limits<float>::quiet_NaN(),
                kSmallest = std::numeric_limits<float>::denorm_min(), kLargest = std::numeric_limits<float>::max();
constexpr std::array kSpecial{kNaN, -kInfinity, -kLargest, -1e30f, -1.0f, -1e-30f, -kSmallest, -0.0f,
                              0.0f, kSmallest,  1e-30f,    1.0f,   2.5f,  1e30f,   kLargest,   kInfinity};

struct Function {
  const char* name;
  std::function<void(const float*, int, float*)> compute;
  double (*definition)(double x);
  double maxError;  ///< units in the last place
};

Function functionOf(UnaryOp op, const char* name, double (*definition)(double), double maxError) {
  return {name, [op](const float* x, int size, float* y) { unary(op, x, size, y); }, definition, maxError};
}

const Function kFunctions[] = {
    functionOf(
        UnaryOp::kExp, "exp", [](double x) { return std::exp(x); }, 2),
    functionOf(
        UnaryOp::kTanh, "tanh", [](double x) { return std::tanh(x); }, 5),
    functionOf(
        UnaryOp::kErf, "erf", [](double x) { return std::erf(x); }, 5),
    functionOf(
        UnaryOp::kSquareRoot, "square root", [](double x) { return std::sqrt(x); }, 0.5),
    functionOf(
        UnaryOp::kReciprocalSquareRoot, "1/√", [](double x) { return 1 / std::sqrt(x); }, 1.5)};

/// Returns the distance of a float from an exact result, in units of the last place of the exact result.
double unitsInTheLastPlace(float got, double exact) {
  const float rounded = static_cast<float>(exact);
  if (std::isnan(rounded)) return std::isnan(got) ? 0 : kInfinity;
  if (std::isinf(rounded) || std::isinf(got)) return got == rounded ? 0 : kInfinity;
  const double unit = std::max(std::ldexp(1.0, std::ilogb(exact == 0 ? 1e-45 : exact) - 23), double{kSmallest});
  return std::abs(got - exact) / unit;
}

/// Returns floats with all exponents and signs, and more of them from -16 to 16.
std::vector<float> manyFloats() {
  std::vector<float> values(kSpecial.begin(), kSpecial.end());
  for (uint64_t bits = 0; bits < uint64_t{1} << 32; bits += 40013) {
    values.push_back(std::bit_cast<float>(static_cast<uint32_t>(bits)));
  }
  for (int i = -40000; i <= 40000; ++i) values.push_back(static_cast<float>(i * 0.0004));
  return values;
}

TEST_CASE("Unary functions: the error of any float is a few units in the last place") {
  const std::vector<float> x = manyFloats();
  std::vector<float> y(x.size());
  for (const Function& function : kFunctions) {
    function.compute(x.data(), static_cast<int>(x.size()), y.data());
    double maxError = 0;
    float worst = 0;
    for (size_t i = 0; i < x.size(); ++i) {
      const double error = unitsInTheLastPlace(y[i], function.definition(x[i]));
      if (error > maxError) worst = x[i];
      maxError = std::max(maxError, error);
    }
    INFO(function.name << " of " << worst << " has an error of " << maxError);
    CHECK(maxError <= function.maxError);
  }
}

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
double distribution(double x) { return std::erfc(-x / std::sqrt(2.0)) / 2; }
double density(double x) { return std::exp(-x * x / 2) / std::sqrt(2 * std::acos(-1.0)); }

/// Returns 0 instead of −∞·0.
double vanishing(double x, double factor) { return factor == 0 ? 0 : x * factor; }

const Function kActivations[] = {
    functionOf(
        UnaryOp::kSwish, "swish", [](double x) { return vanishing(x, sigmoid(x)); }, 0),
    functionOf(
        UnaryOp::kGelu, "gelu", [](double x) { return vanishing(x, distribution(x)); }, 0)};

TEST_CASE("Swish and gelu: any float") {
  const std::vector<float> x = manyFloats();
  std::vector<float> y(x.size());
  for (const Function& function : kActivations) {
    const bool isSwish = &function == kActivations;
    function.compute(x.data(), static_cast<int>(x.size()), y.data());
    for (size_t i = 0; i < x.size(); ++i) {
      const double expected = function.definition(x[i]), size = std::abs(double{x[i]});
      INFO(function.name << " of " << x[i] << " is " << y[i] << ", not " << expected);
      if (std::isnan(expected) || expected == kInfinity) {
        REQUIRE((std::isnan(expected) ? std::isnan(y[i]) : y[i] == kInfinity));
      } else {
        const double tolerance = isSwish ? (3e-7 + 8e-8 * std::min(size, 88.0)) * std::abs(expected) + 1e-36
                                         : 3e-7 * (x[i] < 0 ? std::min(size, 5.4) : size) + 1e-40;
        REQUIRE(std::abs(y[i] - expected) <= tolerance);
      }
    }
  }
}

TEST_CASE("Tanh and erf: odd, never above 1, and 1 at large numbers") {
  for (const UnaryOp op : {UnaryOp::kTanh, UnaryOp::kErf}) {
    std::vector<float> x, y(4), negative(4);
    for (float value = 3; value < 11; value = std::nextafter(value * 1.00001f, kInfinity)) x.push_back(value);
    x.insert(x.end(), {1e10f, kLargest, kInfinity});
    y.resize(x.size());
    unary(op, x.data(), static_cast<int>(x.size()), y.data());
    CHECK(*std::max_element(y.begin(), y.end()) == 1);
    for (size_t i = 0; i < x.size(); ++i) REQUIRE((x[i] < 9.2f || y[i] == 1));
    negative.resize(x.size());
    for (float& value : x) value = -value;
    unary(op, x.data(), static_cast<int>(x.size()), negative.data());
    for (size_t i = 0; i < x.size(); ++i) REQUIRE(negative[i] == -y[i]);
  }
}

/// Returns the power of Math.pow in JavaScript, which differs from that of C for a NaN exponent and ±1^±∞ only.
double definedPower(double x, double exponent) { return std::pow(x, exponent); }

constexpr double kExponents[] = {-3, -2, -1.5, -1, -0.5, 0.5, 1, 2, 3, 4};

TEST_CASE("Powers: as Math.pow, also of negative numbers, zeros, infinities and NaN") {
  const std::vector<float> x = manyFloats();
  std::vector<float> y(x.size());
  for (const double exponent : kExponents) {
    power(x.data(), static_cast<int>(x.size()), exponent, y.data());
    double maxError = 0;
    for (size_t i = 0; i < x.size(); ++i) {
      const double expected = definedPower(x[i], exponent);
      const double error = unitsInTheLastPlace(y[i], expected);
      const bool hasSign = std::signbit(y[i]) == std::signbit(expected) || (y[i] != 0 && !std::isinf(y[i]));
      maxError = std::max(maxError, error);
      if (error <= 5 && hasSign) continue;
      FAIL(x[i] << " to the power of " << exponent << " is " << y[i] << ", not " << expected);
    }
    CHECK(maxError <= 5);
  }
}

/// Calls `compute(x, size, y)` for all sizes up to 20, with guards, into another tensor and in place.
template <class Compute, class Expect>
void checkSizes(Random& random, const Compute& compute, const Expect& expect) {
  for (int size = 0; size <= 20; ++size) {
    GuardedTensor x(size, random.within(0, 15)), y(size, random.within(0, 15));
    std::vector<float> expected(x.size());
    for (size_t i = 0; i < x.size(); ++i) {
      x[i] = random.oneOf(kSpecial);
      expected[i] = expect(x[i]);
    }
    compute(x.data(), size, y.data());
    CHECK(valueDifference(y.values(), expected) == "");
    compute(x.data(), size, x.data());
    CHECK(valueDifference(x.values(), expected) == "");
    CHECK(x.guardsAreIntact());
    CHECK(y.guardsAreIntact());
  }
}

TEST_CASE("Unary functions: any size, in place, and the same result at any position") {
  Random random(1);
  for (const Function& function : kFunctions) {
    INFO(function.name);
    checkSizes(random, function.compute, [&](float x) {
      const float four[4] = {x, x, x, x};
      float y[4];
      function.compute(four, 4, y);
      return y[3];
    });
  }
  for (const Function& function : kActivations) {
    INFO(function.name);
    checkSizes(random, function.compute, [&](float x) {
      float y;
      function.compute(&x, 1, &y);
      return y;
    });
  }
  for (const double exponent : kExponents) {
    INFO("exponent " << exponent);
    checkSizes(
        random, [&](const float* x, int size, float* y) { power(x, size, exponent, y); },
        [&](float x) {
          float y;
          power(&x, 1, exponent, &y);
          return y;
        });
  }
  for (const float slope : {0.2f, 0.0f, -1.0f, 3.0f}) {
    INFO("leaky relu with slope " << slope);
    checkSizes(
        random, [&](const float* x, int size, float* y) { leakyRelu(x, size, slope, y); },
        [&](float x) { return x > 0 ? x : x * slope; });
  }
}

/// Checks a gradient `compute(xOrY, dy, size, dx)` against `expect(xOrY, dy)` for values of `draw()`. The slope may
/// have an error of `slopeError`, in addition to a relative error.
template <class Compute, class Draw, class Expect>
void checkGradient(const Compute& compute, const Draw& draw, const Expect& expect, double slopeError = 0) {
  Random random(2);
  for (int size = 0; size <= 40; ++size) {
    GuardedTensor x(size, random.within(0, 15)), dy(size, random.within(0, 15)), dx(size, random.within(0, 15));
    for (float& value : x.values()) value = draw(random);
    for (float& value : dy.values()) value = 2 * random.unit() - 1;
    compute(x.data(), dy.data(), size, dx.data());
    for (size_t i = 0; i < x.size(); ++i) {
      INFO("at " << x[i] << ", dy " << dy[i] << ": " << dx[i]);
      const double expected = expect(x[i], dy[i]);
      if (std::isnan(expected)) {
        REQUIRE(std::isnan(dx[i]));
      } else {
        REQUIRE(std::abs(dx[i] - expected) <= 4 * 0x1p-23 * std::abs(expected) + slopeError * std::abs(dy[i]) + 1e-40);
      }
    }
    const std::vector<float> separate(dx.values().begin(), dx.values().end());
    compute(x.data(), dy.data(), size, dy.data());
    CHECK(valueDifference(dy.values(), separate) == "");
    for (const GuardedTensor* tensor : {&x, &dy, &dx}) CHECK(tensor->guardsAreIntact());
  }
}

TEST_CASE("Gradients of functions: the definitions") {
  const auto compute = [](UnaryGradient op) {
    return [op](const float* x, const float* dy, int size, float* dx) { unaryGradient(op, x, dy, size, dx); };
  };
  const auto between = [](float low, float high) {
    return [=](Random& random) { return random.oneIn(20) ? kNaN : low + (high - low) * random.unit(); };
  };
  checkGradient(compute(UnaryGradient::kSigmoid), between(0, 1), [](double y, double dy) { return dy * y * (1 - y); });
  checkGradient(compute(UnaryGradient::kTanh), between(-1, 1), [](double y, double dy) { return dy * (1 - y * y); });
  checkGradient(compute(UnaryGradient::kElu), between(-1, 3),
                [](double y, double dy) { return y >= 0 ? dy : dy * (y + 1); });
  checkGradient(compute(UnaryGradient::kErf), between(-3, 3), [](double x, double dy) {
    const float square = static_cast<float>(x) * static_cast<float>(x);  // its rounding grows in the exponential
    return std::isnan(x) ? x : dy * 2 / std::sqrt(std::acos(-1.0)) * std::exp(-double{square});
  });
  for (const float limit : {1e-5f, 3.0f, 20.0f, 100.0f, kInfinity}) {
    const auto draw = [&](Random& random) {
      return limit < kInfinity ? between(-limit, limit)(random) : random.oneOf(kSpecial);
    };
    const auto swishSlope = [](double x, double dy) {
      return dy * (sigmoid(x) + vanishing(x, sigmoid(x) * sigmoid(-x)));
    };
    const auto geluSlope = [](double x, double dy) { return dy * (distribution(x) + vanishing(x, density(x))); };
    const auto swishFromXAndY = [](const float* x, const float* dy, int size, float* dx) {
      GuardedTensor y(size, 3);
      unary(UnaryOp::kSwish, x, size, y.data());
      swishGradient(x, y.data(), dy, size, dx);
      CHECK(y.guardsAreIntact());
    };
    checkGradient(swishFromXAndY, draw, swishSlope, 8e-7);
    checkGradient(compute(UnaryGradient::kGelu), draw, geluSlope, 4e-7);
  }
}

TEST_CASE("Gradient of relu, relu6 and leaky relu: the slope at kinks, infinities and NaN") {
  for (const auto& limits : {std::pair{0.0f, kInfinity}, {0.0f, 6.0f}, {0.2f, kInfinity}}) {
    const float slope = limits.first, max = limits.second;
    const auto compute = [&](const float* x, const float* dy, int size, float* dx) {
      reluGradient(x, dy, size, slope, max, dx);
    };
    constexpr std::array kValues{kNaN, -kInfinity, -1.0f, -0.0f, 0.0f, kSmallest, 5.9f, 6.0f, 6.001f, kInfinity};
    checkGradient(
        compute, [&](Random& random) { return random.oneOf(kValues); },
        [&](double x, double dy) {
          return std::isnan(x) ? x : dy * (x > max ? 0 : x > 0 ? 1 : double{slope});
        });
  }
}

}  // namespace
}  // namespace depthwise
