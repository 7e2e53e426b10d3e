#include <catch2/catch.hpp>

#include <limits>

#include "support/accuracy.h"
#include "support/convolution.h"
#include "support/passes.h"

/// What only the loop nests of NCHW have: channels with weights that are not finite, sparse columns, float64 sums.
/// convolution_test.cpp tests all passes in both layouts.
namespace depthwise {
namespace {

TEST_CASE("NCHW: a channel with an infinite or NaN weight is right, and so are the channels next to it") {
  const float special = GENERATE(std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN());
  for (const size_t channel : {0, 3, 8, 10}) {
    const Geometry g = geometryOf(Convolution({2, 6, 7, 11}, {3, 3, 11, 1}).same().nchw());
    Random random(2);
    Problem problem(g, random, Values::kIntegers);
    problem.filter[4 * 11 + channel] = special;
    CHECK(wrongPasses(problem) == "");
  }
}

TEST_CASE("NCHW: infinite values give the results of the definition for rows of any width, stride and dilation") {
  Random random(5);
  for (int64_t width = 1; width <= 13; ++width) {
    for (const int64_t taps : {1, 2, 3, 5}) {
      for (const int64_t stride : {1, 2, 3}) {
        for (const int64_t dilation : {1, 2, 3}) {
          if (stride > 1 && dilation > 1) continue;
          const int64_t multiplier = random.within(1, 2);
          const Convolution convolution =
              Convolution({2, 2, width, 2}, {2, taps, 2, multiplier}).strides(stride).dilations(dilation).same().nchw();
          INFO(convolution.description());
          Problem problem(geometryOf(convolution), random, Values::kIntegers);
          for (GuardedTensor* tensor : {&problem.x, &problem.filter, &problem.dy}) {
            (*tensor)[static_cast<size_t>(random.within(0, static_cast<int>(tensor->size()) - 1))] =
                std::numeric_limits<float>::infinity();
          }
          CHECK(wrongPasses(problem) == "");
        }
      }
    }
  }
}

TEST_CASE("NCHW: an image of a single pixel is right for any number of channels") {
  Random random(3);
  for (int64_t channels = 1; channels <= 9; ++channels) {
    CHECK(wrong(wrongPasses, Convolution({3, 1, 1, channels}, {3, 3, channels, 2}).same().nchw(), random) == "");
    CHECK(wrong(wrongPasses, Convolution({3, 1, 1, channels}, {1, 1, channels, 1}).nchw(), random) == "");
  }
}

// To search the taps for one that meets an input would take stride · width steps here.
TEST_CASE("NCHW: a long stride with a long filter is planned without a search") {
  Random random(8);
  for (const int64_t dilation : {1, 3}) {
    const Convolution wide = Convolution({1, 1, 120000, 1}, {1, 30000, 1, 1}).strides(1, 30000).dilations(1, dilation);
    CHECK(wrong(wrongInputGradient, wide, random) == "");
  }
  const Convolution high = Convolution({1, 120000, 1, 1}, {30000, 1, 1, 1}).strides(30001, 1).dilations(2, 1);
  CHECK(wrong(wrongInputGradient, high, random) == "");
}

TEST_CASE("NCHW: the filter gradient of 800,000 positive terms has a relative error below 5e-6") {
  CHECK(filterGradientError(Convolution({8, 632, 632, 3}, {1, 1, 3, 1}).strides(2).nchw()) < 5e-6);
}

}  // namespace
}  // namespace depthwise
