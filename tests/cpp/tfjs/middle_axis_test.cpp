#include "nn/reductions.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "channel_problem.h"

namespace depthwise {
namespace {

/// Σ over the middle, in float64, and the sum of the magnitudes.
struct Expected {
  double sum = 0, magnitude = 0;

  Expected(std::span<const float> x, const MiddleAxis& axis, size_t outer, size_t inner) {
    for (size_t m = 0; m < axis.middle; ++m) {
      const double value = x[(outer * axis.middle + m) * axis.inner + inner];
      sum += value;
      magnitude += std::abs(value);
    }
  }
};

TEST_CASE("middle axis: sums of all sizes") {
  Random random(1);
  for (const size_t inner : kChannelCounts) {
    for (const size_t middle : kPixelCounts) {
      const MiddleAxis axis{static_cast<size_t>(random.within(0, 3)), middle, inner};
      const double factor = random.oneOf(std::array{1.0, 0.25});
      INFO(axis.outer << "×" << middle << "×" << inner << " times " << factor);
      GuardedTensor x(int64_t(axis.outer * middle * inner), 1), sums(int64_t(axis.outer * inner), 2);
      fillFractions(x, random, -0.5f);
      REQUIRE(sumMiddle(axis, x.data(), factor, sums.data()));
      CHECK(x.guardsAreIntact());
      CHECK(sums.guardsAreIntact());
      for (size_t i = 0; i < sums.size(); ++i) {
        const Expected expected(x.values(), axis, i / inner, i % inner);
        REQUIRE(std::abs(sums[i] - factor * expected.sum) <= 21 * 0x1p-24 * factor * expected.magnitude);
      }
    }
  }
}

TEST_CASE("middle axis: a long sum stays exact, and infinities and NaN go where they belong") {
  constexpr size_t kMiddle = 800000;
  GuardedTensor x(2 * kMiddle), sums(2);
  for (size_t i = 0; i < x.size(); ++i) x.values()[i] = i % 2 == 0 ? 0.1f : 1.0f;
  REQUIRE(sumMiddle({1, kMiddle, 2}, x.data(), 1, sums.data()));
  CHECK(std::abs(sums[0] / (kMiddle * double{0.1f}) - 1) < 1e-6);
  CHECK(sums[1] == kMiddle);
  x.values()[2000] = std::numeric_limits<float>::infinity();
  x.values()[2001] = std::numeric_limits<float>::quiet_NaN();
  REQUIRE(sumMiddle({1, kMiddle, 2}, x.data(), 1, sums.data()));
  CHECK(sums[0] == std::numeric_limits<float>::infinity());
  CHECK(std::isnan(sums[1]));
}

TEST_CASE("middle axis: spreading gives every position its value") {
  Random random(2);
  for (const size_t inner : kChannelCounts) {
    for (const size_t middle : kPixelCounts) {
      const MiddleAxis axis{static_cast<size_t>(random.within(0, 3)), middle, inner};
      INFO(axis.outer << "×" << middle << "×" << inner);
      GuardedTensor values(int64_t(axis.outer * inner), 3), x(int64_t(axis.outer * middle * inner), 2);
      fillIntegers(values, random);
      spreadMiddle(axis, values.data(), 0.5, x.data());
      CHECK(x.guardsAreIntact());
      for (size_t i = 0; i < x.size(); ++i) {
        REQUIRE(x[i] == 0.5f * values[i / inner / middle * inner + i % inner]);
      }
    }
  }
}

}  // namespace
}  // namespace depthwise
