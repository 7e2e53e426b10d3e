#include <catch2/catch.hpp>

#include "depthwise/convolution.h"
#include "support/passes.h"

/// What tfjs 4.22 gets wrong around depthwise convolution, each with the right answer.
namespace depthwise {
namespace {

std::vector<float> forwardOf(const Geometry& g, const std::vector<float>& x, const std::vector<float>& filter) {
  GuardedTensor y(g.yShape(), 0);
  REQUIRE(forward(g, x.data(), filter.data(), {}, y.data()));
  REQUIRE(y.guardsAreIntact());
  return {y.values().begin(), y.values().end()};
}

TEST_CASE("tfjs core, numeric pad: uses the filter's height and the vertical stride for both axes") {
  const Geometry pad0 = geometryOf(Convolution({1, 7, 7, 1}, {1, 3, 1, 1}).pad(0));
  CHECK(pad0.yShape() == Shape{1, 7, 5, 1});
  CHECK(pad0.yShape() == geometryOf(Convolution({1, 7, 7, 1}, {1, 3, 1, 1})).yShape());
  CHECK(geometryOf(Convolution({1, 7, 7, 1}, {3, 3, 1, 1}).strides(1, 2).pad(1)).yShape() == Shape{1, 7, 4, 1});
}

TEST_CASE("tfjs wasm, numeric pad: writes past the output when the filter is not square") {
  Random random(1);
  const Convolution c = Convolution({1, 16, 16, 4}, {5, 1, 4, 1}).pad(0);
  CHECK(geometryOf(c).yShape() == Shape{1, 12, 16, 4});
  for (const WrongPass pass : {wrongForward, wrongInputGradient, wrongFilterGradient})
    CHECK(wrong(pass, c, random) == "");
}

TEST_CASE("tfjs wasm, 'same' with a stride longer than the filter: wrong values") {
  const Geometry g = geometryOf(Convolution({1, 2, 2, 1}, {1, 2, 1, 1}).strides(2).same());
  CHECK(forwardOf(g, {1, 2, 3, 4}, {1, 1}) == std::vector<float>{3});  // 1 + 2; tfjs wasm says 0
  Random random(2);
  for (double taps = 1; taps <= 3; ++taps) {
    for (double stride = taps + 1; stride <= 5; ++stride) {
      for (double size = 1; size <= 9; ++size) {
        const Convolution c = Convolution({1, size, size + 1, 4}, {taps, taps, 4, 1}).strides(stride).same();
        INFO(c.description());
        CHECK(wrong(wrongForward, c, random) == "");
        CHECK(wrong(wrongInputGradient, c, random) == "");
        CHECK(wrong(wrongFilterGradient, c, random) == "");
      }
    }
  }
}

TEST_CASE("tfjs wasm, dimRoundingMode 'ceil': leaves the tail uninitialised") {
  const Geometry g = geometryOf(Convolution({1, 8, 8, 1}, {3, 3, 1, 1}).strides(2).pad(0).rounding("ceil"));
  CHECK(g.yShape() == Shape{1, 4, 4, 1});
  const std::vector<float> ones(64, 1), filter(9, 1);
  // Outputs of the last row and column reach one pixel past the end, where zeros are.
  CHECK(forwardOf(g, ones, filter) == std::vector<float>{9, 9, 9, 6, 9, 9, 9, 6, 9, 9, 9, 6, 6, 6, 6, 4});
}

TEST_CASE("tfjs core and cpu, NCHW: checked as NCHW and computed as NHWC") {
  Random random(3);
  const Convolution c = Convolution({1, 7, 7, 2}, {3, 3, 2, 1}).nchw();
  CHECK(geometryOf(c).xShape() == Shape{1, 2, 7, 7});
  CHECK(geometryOf(c).yShape() == Shape{1, 2, 5, 5});  // tfjs says [1,0,5,7]
  for (const WrongPass pass : {wrongForward, wrongInputGradient, wrongFilterGradient})
    CHECK(wrong(pass, c, random) == "");
}

TEST_CASE("tfjs cpu, gradients of a dilated convolution: silently not dilated") {
  Random random(4);
  const Convolution c = Convolution({1, 7, 7, 2}, {3, 3, 2, 1}).dilations(2);
  CHECK(geometryOf(c).yShape() == Shape{1, 3, 3, 2});
  CHECK(wrong(wrongInputGradient, c, random) == "");
  CHECK(wrong(wrongFilterGradient, c, random) == "");
}

TEST_CASE("tfjs core, 'valid' with a filter larger than the input: a negative shape and no error") {
  CHECK_FALSE(checkConvolution(Convolution({1, 2, 2, 1}, {5, 5, 1, 1}).arguments()));
}

TEST_CASE("tfjs wasm, stride 0, dilation 0 and negative pad: accepted") {
  CHECK_FALSE(checkConvolution(Convolution({1, 8, 8, 4}, {3, 3, 4, 1}).strides(0).arguments()));
  CHECK_FALSE(checkConvolution(Convolution({1, 8, 8, 4}, {3, 3, 4, 1}).dilations(0).arguments()));
  CHECK_FALSE(checkConvolution(Convolution({1, 8, 8, 4}, {3, 3, 4, 1}).pad(-1).arguments()));
  CHECK_FALSE(checkConvolution(Convolution({1, 8, 8, 4}, {3, 3, 4, 1}).pad(0, -1, 0, 0).arguments()));
}

TEST_CASE("tfjs wasm, fused: a bias of rank 4 throws") {
  const Geometry g = geometryOf(Convolution({1, 8, 8, 4}, {3, 3, 4, 1}));
  CHECK_FALSE(checkPerChannel("fusedDepthwiseConv2D", "bias", numberList({1, 1, 1, 4}), g));
}

}  // namespace
}  // namespace depthwise
