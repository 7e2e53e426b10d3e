#include <catch2/catch.hpp>
#include <limits>

#include "depthwise/convolution.h"
#include "support/grids.h"
#include "support/passes.h"

namespace depthwise {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity(), kNaN = std::numeric_limits<float>::quiet_NaN();

TEST_CASE("special values: NaN and infinities give the results of the definition in every pass") {
  Random random(1);
  const auto grids = {grids::filters(), grids::roundings(), grids::channels(), grids::smallImages()};
  for (const std::vector<Convolution>& grid : grids) {
    for (const Convolution& convolution : grid) {
      INFO(convolution.description());
      CHECK(wrongPasses(Problem(geometryOf(convolution), random, Values::kSpecials, random.within(0, 15))) == "");
    }
  }
}

TEST_CASE("special values: padding contributes nothing, not 0 times infinity") {
  for (const float special : {kInfinity, kNaN}) {
    for (int64_t channels = 1; channels <= 6; ++channels) {
      // Only the centre of the filter meets the one pixel; the eight taps around it meet padding.
      const Geometry g = geometryOf(Convolution({1, 1, 1, channels}, {3, 3, channels, 1}).same());
      Random random(1);
      Problem problem(g, random, Values::kIntegers);
      std::fill(problem.filter.values().begin(), problem.filter.values().end(), special);
      for (size_t c = 0; c < static_cast<size_t>(channels); ++c) {
        problem.filter[4 * static_cast<size_t>(channels) + c] = 2;
      }
      CHECK(wrongForward(problem) == "");
      CHECK(wrongInputGradient(problem) == "");
      GuardedTensor y(g.yShape(), 0);
      REQUIRE(forward(g, problem.x.data(), problem.filter.data(), {}, y.data()));
      for (size_t c = 0; c < static_cast<size_t>(channels); ++c) CHECK(y[c] == 2 * problem.x[c]);
    }
  }
}

TEST_CASE("special values: a NaN stays in its channel") {
  for (const bool nchw : {false, true}) {
    for (int64_t channels = 1; channels <= 9; ++channels) {
      Convolution convolution = Convolution({1, 5, 5, channels}, {3, 3, channels, 2}).same();
      if (nchw) convolution.nchw();
      Random random(2);
      Problem problem(geometryOf(convolution), random, Values::kIntegers);
      const size_t pixels = 25, count = static_cast<size_t>(channels);
      for (size_t i = 0; i < pixels; ++i) problem.x[nchw ? (count - 1) * pixels + i : i * count + count - 1] = kNaN;
      CHECK(wrongPasses(problem) == "");
    }
  }
}

}  // namespace
}  // namespace depthwise
