#include "nn/clip.h"

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
                kLeast = std::numeric_limits<float>::denorm_min();
constexpr std::array kValues{kNaN, -kInfinity, -1.5f, -1.0f, -kLeast, -0.0f, 0.0f,     kLeast,
                             0.5f, 1.0f,       5.9f,  6.0f,  6.1f,    1e30f, kInfinity};

template <class Kernel, class Expected>
void check(Kernel&& kernel, Expected&& expected, uint32_t seed) {
  Random random(seed);
  for (const int size : {0, 1, 2, 3, 4, 5, 7, 8, 9, 16, 31, 100}) {
    for (int round = 0; round < 10; ++round) {
      GuardedTensor x(size, random.within(0, 15)), dy(size, random.within(0, 15)), dx(size, random.within(0, 15)),
          wanted(size);
      for (size_t i = 0; i < x.size(); ++i) {
        x[i] = random.oneOf(kValues);
        dy[i] = random.oneOf(kValues);
        wanted[i] = expected(x[i], dy[i]);
      }
      kernel(x.data(), dy.data(), x.size(), dx.data());
      for (const GuardedTensor* tensor : {&x, &dy, &dx}) CHECK(tensor->guardsAreIntact());
      CHECK(valueDifference(dx.values(), wanted.values()) == "");
      // In place of either.
      GuardedTensor overX(size, 1), overDy(size, 2);
      std::copy(x.values().begin(), x.values().end(), overX.data());
      std::copy(dy.values().begin(), dy.values().end(), overDy.data());
      kernel(overX.data(), dy.data(), x.size(), overX.data());
      kernel(x.data(), overDy.data(), x.size(), overDy.data());
      CHECK(valueDifference(overX.values(), wanted.values()) == "");
      CHECK(valueDifference(overDy.values(), wanted.values()) == "");
    }
  }
}

TEST_CASE("clip gradient: dy where x is within the bounds or on them, else 0") {
  uint32_t seed = 1;
  for (const auto& limits : {std::pair{0.0f, 6.0f},
                             {-1.0f, 1.0f},
                             {-kInfinity, 0.5f},
                             {0.5f, kInfinity},
                             {1.0f, 1.0f},
                             {6.0f, 0.0f},
                             {kNaN, 6.0f}}) {
    INFO(limits.first << " to " << limits.second);
    check([low = limits.first, high = limits.second](const float* x, const float* dy, size_t size,
                                                     float* dx) { clipGradient(x, dy, size, low, high, dx); },
          [low = limits.first, high = limits.second](float x, float dy) { return x >= low && x <= high ? dy : 0; },
          seed++);
  }
}

}  // namespace
}  // namespace depthwise
