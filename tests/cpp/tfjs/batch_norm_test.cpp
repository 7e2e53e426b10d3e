#include "nn/batch_norm.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "channel_problem.h"

namespace depthwise {
namespace {

TEST_CASE("batch norm: all sizes, with and without scale and offset, in place too") {
  Random random(1);
  for (const size_t channels : kChannelCounts) {
    for (const size_t pixels : kPixelCounts) {
      const bool hasScale = random.within(0, 1) == 1, hasOffset = random.within(0, 1) == 1;
      INFO(pixels << " pixels, " << channels << " channels, scale " << hasScale << ", offset " << hasOffset);
      GuardedTensor x(int64_t(pixels * channels), 1), y(int64_t(pixels * channels), 2);
      const int64_t count = static_cast<int64_t>(channels);
      GuardedTensor mean(count), variance(count, 1), scale(count, 2), offset(count, 3);
      for (GuardedTensor* tensor : {&x, &mean, &scale, &offset}) fillFractions(*tensor, random, -0.5f);
      fillFractions(variance, random, 0.1f);
      const BatchNorm norm{mean.data(), variance.data(), hasScale ? scale.data() : nullptr, 0.001f,
                           hasOffset ? offset.data() : nullptr};
      REQUIRE(batchNorm(norm, x.data(), pixels, channels, y.data()));
      CHECK(y.guardsAreIntact());
      for (size_t i = 0; i < x.size(); ++i) {
        const size_t c = i % channels;
        const double r = 1 / std::sqrt(double{variance[c]} + norm.epsilon);
        const double expected = (double{x[i]} - mean[c]) * r * (hasScale ? scale[c] : 1) + (hasOffset ? offset[c] : 0);
        REQUIRE(std::abs(y[i] - expected) <= 5 * 0x1p-24 * 8);
      }
      REQUIRE(batchNorm(norm, x.data(), pixels, channels, x.data()));
      for (size_t i = 0; i < x.size(); ++i) REQUIRE(x[i] == y[i]);
    }
  }
}

}  // namespace
}  // namespace depthwise
