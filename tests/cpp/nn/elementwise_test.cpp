#include "nn/elementwise.h"

#include <array>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "support/compare.h"
#include "support/guarded_tensor.h"
#include "support/random.h"

namespace depthwise {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity(), kNaN = std::numeric_limits<float>::quiet_NaN(),
                kSmallest = std::numeric_limits<float>::denorm_min();
constexpr std::array kValues{kNaN, -kInfinity, -1.5f, -1.0f, -kSmallest, -0.0f, 0.0f,     kSmallest,
                             0.5f, 1.0f,       5.9f,  6.0f,  6.1f,       1e30f, kInfinity};

constexpr std::pair<float, float> kLimits[]{{0.0f, 6.0f}, {-1.0f, 1.0f}, {-kInfinity, 0.5f}, {0.5f, kInfinity},
                                            {1.0f, 1.0f}, {6.0f, 0.0f},  {kNaN, 6.0f}};

TEST_CASE("Clip gradient: dy where x is between or on the bounds, else 0") {
  Random random(1);
  for (const auto& [low, high] : kLimits) {
    for (const int size : {0, 1, 2, 3, 4, 5, 7, 8, 9, 16, 31, 100}) {
      for (int round = 0; round < 10; ++round) {
        INFO(low << " to " << high << ", " << size << " elements");
        GuardedTensor x(size, random.within(0, 15)), dy(size, random.within(0, 15)), dx(size, random.within(0, 15));
        std::vector<float> expected(x.size());
        for (size_t i = 0; i < x.size(); ++i) {
          x[i] = random.oneOf(kValues);
          dy[i] = random.oneOf(kValues);
          expected[i] = x[i] >= low && x[i] <= high ? dy[i] : 0;
        }
        clipGradient(x.data(), dy.data(), size, low, high, dx.data());
        CHECK(valueDifference(dx.values(), expected) == "");
        // In place of x, and in place of dy.
        std::copy(x.values().begin(), x.values().end(), dx.data());
        clipGradient(dx.data(), dy.data(), size, low, high, dx.data());
        CHECK(valueDifference(dx.values(), expected) == "");
        clipGradient(x.data(), dy.data(), size, low, high, dy.data());
        CHECK(valueDifference(dy.values(), expected) == "");
        for (const GuardedTensor* tensor : {&x, &dy, &dx}) CHECK(tensor->guardsAreIntact());
      }
    }
  }
}

TEST_CASE("Clip: limits, and NaN stays NaN") {
  Random random(3);
  for (const auto& [low, high] : kLimits) {
    if (!(low <= high)) continue;
    for (int size = 0; size <= 20; ++size) {
      INFO(low << " to " << high << ", " << size << " elements");
      GuardedTensor x(size, size % 16), y(size, 3);
      std::vector<float> expected(x.size());
      for (size_t i = 0; i < x.size(); ++i) {
        x[i] = random.oneOf(kValues);
        expected[i] = std::isnan(x[i]) ? kNaN : std::fmin(std::fmax(x[i], low), high);
      }
      clip(x.data(), size, low, high, y.data());
      CHECK(valueDifference(y.values(), expected) == "");
      clip(x.data(), size, low, high, x.data());
      CHECK(valueDifference(x.values(), expected) == "");
      for (const GuardedTensor* tensor : {&x, &y}) CHECK(tensor->guardsAreIntact());
    }
  }
}

TEST_CASE("Sign: of the smallest numbers too, and 0 for NaN") {
  const std::vector<float> expected{0, -1, -1, -1, -1, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1};
  std::vector<float> y(kValues.size());
  sign(kValues.data(), static_cast<int>(kValues.size()), y.data());
  CHECK(valueDifference(y, expected) == "");
  Random random(2);
  for (int size = 0; size <= 20; ++size) {
    GuardedTensor x(size, size % 16), result(size, 3);
    for (float& value : x.values()) value = random.oneOf(kValues);
    sign(x.data(), size, result.data());
    CHECK(x.guardsAreIntact());
    CHECK(result.guardsAreIntact());
    for (size_t i = 0; i < x.size(); ++i) CHECK(result[i] == float(x[i] > 0) - float(x[i] < 0));
  }
}

}  // namespace
}  // namespace depthwise
