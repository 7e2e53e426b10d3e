#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "dense/dense.h"
#include "dense_problem.h"
#include "nn/activation.h"
#include "support/allocation_failures.h"
#include "support/compare.h"

namespace depthwise {
namespace {

/// Compares the forward pass with the oracle. Integers must be exact; NaN and infinities must be where the oracle's
/// are.
void checkForward(const std::vector<Convolution>& grid, uint32_t seed) {
  forEachDenseProblem(grid, seed, [](const DenseProblem& p) { CHECK(wrongDenseForward(p) == ""); });
}

TEST_CASE("Dense forward: filters of any size, stride, dilation and padding") {
  checkForward(dense_grids::filters(), 1);
}

TEST_CASE("Dense forward: any number of channels") { checkForward(dense_grids::channels(), 2); }

TEST_CASE("Dense forward: any batch and image size") { checkForward(dense_grids::pixels(), 3); }

TEST_CASE("Dense forward: filters larger than the image, and long strides") {
  checkForward(dense_grids::extremes(), 4);
}

TEST_CASE("Dense forward: NCHW") { checkForward(dense_grids::nchw(), 10); }

TEST_CASE("Dense forward: random geometries") {
  Random random(5);
  for (int i = 0; i < 300; ++i) {
    const Convolution convolution = dense_grids::anyConvolution(random);
    INFO(convolution.description());
    const Values values = random.oneOf(std::array{Values::kIntegers, Values::kFractions, Values::kSpecials});
    CHECK(wrongDenseForward(DenseProblem(denseGeometryOf(convolution), random, values, random.within(0, 15))) == "");
  }
}

TEST_CASE("Dense forward: taps in the padding are skipped, not multiplied by zero") {
  for (const float special : {std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()}) {
    for (const int64_t channels : {1, 3, 4, 9, 64}) {
      // The image is one pixel: only the centre of the filter is inside.
      const Convolution convolution = Convolution({1, 1, 1, channels}, {3, 3, channels, channels}).same();
      Random random(6);
      DenseProblem p(denseGeometryOf(convolution), random, Values::kIntegers);
      const size_t tapSize = static_cast<size_t>(channels * channels);
      for (size_t i = 0; i < p.filter.size(); ++i) {
        if (i / tapSize != 4) p.filter[i] = special;
      }
      GuardedTensor y(p.geometry.yShape(), 0);
      REQUIRE(conv2dForward(p.geometry, p.x.data(), p.filter.data(), {}, y.data()));
      for (const float value : y.values()) CHECK(std::isfinite(value));
    }
  }
}

/// Returns how y with an epilogue differs from y without one to which the epilogue is applied afterwards, or "".
std::string wrongEpilogue(const DenseProblem& p, const Epilogue& epilogue) {
  const DenseGeometry& g = p.geometry;
  GuardedTensor y(g.yShape(), 1), expected(g.yShape(), 2);
  if (!conv2dForward(g, p.x.data(), p.filter.data(), epilogue, y.data())) return "out of memory";
  if (!conv2dForward(g, p.x.data(), p.filter.data(), {}, expected.data())) return "out of memory";
  const int64_t plane = int64_t{g.height.out} * g.width.out, channels = g.outChannels;
  std::vector<float> pixel(static_cast<size_t>(channels));
  for (int64_t n = 0; n < g.batch; ++n) {
    for (int64_t at = 0; at < plane; ++at) {
      const auto value = [&](int64_t channel) -> float& {
        const int64_t i =
            g.layout == Layout::kNhwc ? (n * plane + at) * channels + channel : (n * channels + channel) * plane + at;
        return expected[static_cast<size_t>(i)];
      };
      for (int64_t c = 0; c < channels; ++c) pixel[static_cast<size_t>(c)] = value(c);
      applyEpilogue(epilogue, pixel.data(), g.outChannels, 1, g.outChannels);
      for (int64_t c = 0; c < channels; ++c) value(c) = pixel[static_cast<size_t>(c)];
    }
  }
  if (!y.guardsAreIntact()) return "a guard was written over";
  return bitDifference(y.values(), expected.values());
}

TEST_CASE("Dense forward: each output gets the epilogue once") {
  Random random(7);
  for (const Convolution& convolution :
       {Convolution({2, 6, 7, 5}, {3, 3, 5, 9}).same(), Convolution({2, 6, 7, 5}, {1, 1, 5, 4}),
        Convolution({1, 2, 3, 2}, {3, 3, 2, 3}).pad(9), Convolution({2, 40, 41, 3}, {3, 3, 3, 8}).strides(2),
        Convolution({1, 3, 4, 300}, {2, 3, 300, 270}).same(), Convolution({1, 20, 21, 300}, {1, 1, 300, 20}),
        Convolution({2, 6, 7, 5}, {3, 3, 5, 9}).same().nchw(), Convolution({2, 1, 1, 5}, {1, 1, 5, 50}),
        Convolution({1, 3, 3, 5}, {3, 3, 5, 50}).same()}) {
    INFO(convolution.description());
    const DenseProblem p(denseGeometryOf(convolution), random, Values::kFractions);
    GuardedTensor bias(p.geometry.outChannels), slopes(p.geometry.outChannels);
    for (GuardedTensor* tensor : {&bias, &slopes}) fill(*tensor, random, Values::kFractions);
    for (const Activation activation : {Activation::kLinear, Activation::kRelu6, Activation::kLeakyRelu,
                                        Activation::kPrelu, Activation::kSigmoid, Activation::kSoftmax}) {
      INFO(int(activation));
      CHECK(wrongEpilogue(p, {bias.data(), activation, 0.1f, slopes.data()}) == "");
      CHECK(wrongEpilogue(p, {nullptr, activation, 0.1f, slopes.data()}) == "");
    }
  }
}

TEST_CASE("Dense forward: factors multiply the filter of each output channel, packed or not") {
  Random random(11);
  for (const Convolution& convolution :
       {Convolution({2, 6, 7, 5}, {3, 3, 5, 9}).same(), Convolution({1, 1, 2, 5}, {1, 1, 5, 13}),
        Convolution({1, 3, 4, 300}, {2, 3, 300, 270}).same(), Convolution({2, 6, 7, 5}, {3, 3, 5, 3}).same().nchw()}) {
    INFO(convolution.description());
    const DenseProblem p(denseGeometryOf(convolution), random, Values::kIntegers);
    const int channels = p.geometry.outChannels;
    GuardedTensor factors(channels, 3), scaled(p.geometry.filterShape(), 5);
    for (float& factor : factors.values()) factor = random.oneOf(std::array{-2.0f, -0.5f, 0.0f, 1.0f, 4.0f});
    for (size_t i = 0; i < scaled.size(); ++i) scaled[i] = p.filter[i] * factors[i % static_cast<size_t>(channels)];
    GuardedTensor bias(channels), y(p.geometry.yShape(), 1), expected(p.geometry.yShape(), 2);
    fill(bias, random, Values::kIntegers);
    const Epilogue epilogue{.bias = bias.data(), .activation = Activation::kRelu6};
    REQUIRE(conv2dForward(p.geometry, p.x.data(), p.filter.data(), epilogue, y.data(), factors.data()));
    REQUIRE(conv2dForward(p.geometry, p.x.data(), scaled.data(), epilogue, expected.data()));
    CHECK(valueDifference(y.values(), expected.values()) == "");
  }
}

TEST_CASE("Dense forward: equal inputs give equal bits, wherever the tensors are") {
  Random random(8);
  for (const Convolution& convolution :
       {Convolution({3, 20, 21, 52}, {2, 1, 52, 300}).same(), Convolution({2, 9, 9, 3}, {3, 3, 3, 8}).strides(2),
        Convolution({1, 14, 14, 260}, {1, 1, 260, 33})}) {
    const DenseProblem p(denseGeometryOf(convolution), random, Values::kFractions);
    GuardedTensor y(p.geometry.yShape(), 0), again(p.geometry.yShape(), 5);
    GuardedTensor x(p.geometry.xShape(), 7), filter(p.geometry.filterShape(), 1);
    std::copy(p.x.values().begin(), p.x.values().end(), x.values().begin());
    std::copy(p.filter.values().begin(), p.filter.values().end(), filter.values().begin());
    REQUIRE(conv2dForward(p.geometry, p.x.data(), p.filter.data(), {}, y.data()));
    REQUIRE(conv2dForward(p.geometry, x.data(), filter.data(), {}, again.data()));
    CHECK(bitDifference(y.values(), again.values()) == "");
  }
}

TEST_CASE("Dense forward: equal pixels get equal bits, wherever they are") {
  Random random(9);
  for (const int pixels : {4, 5, 6, 7, 129}) {
    INFO(pixels);
    const DenseProblem p(denseGeometryOf(Convolution({1, 1, pixels, 37}, {1, 1, 37, 13})), random, Values::kFractions);
    GuardedTensor x(p.geometry.xShape(), 0), y(p.geometry.yShape(), 0), first(p.geometry.yShape(), 0);
    const auto inputs = p.x.values().subspan(0, 37);
    for (int pixel = 0; pixel < pixels; ++pixel) {
      std::copy(inputs.begin(), inputs.end(), x.values().begin() + pixel * 37);
    }
    REQUIRE(conv2dForward(p.geometry, x.data(), p.filter.data(), {}, y.data()));
    for (int pixel = 0; pixel < pixels; ++pixel) {
      std::copy_n(y.values().begin(), 13, first.values().begin() + pixel * 13);
    }
    CHECK(bitDifference(y.values(), first.values()) == "");
  }
}

TEST_CASE("Dense forward: an empty batch needs no memory, whatever the image size") {
  const DenseGeometry g = denseGeometryOf(Convolution({0, 1 << 30, 1 << 30, 4}, {1, 1, 4, 2}));
  allocatesNothing([&] { CHECK(conv2dForward(g, nullptr, nullptr, {}, nullptr)); });
}

TEST_CASE("Dense forward: a failed allocation leaves y unwritten") {
  Random random(9);
  for (const Convolution& convolution :
       {Convolution({2, 6, 5, 7}, {3, 3, 7, 9}).same(), Convolution({2, 6, 5, 7}, {1, 1, 7, 9}),
        Convolution({1, 9, 9, 33}, {3, 3, 33, 4}).strides(2), Convolution({3, 60, 61, 52}, {1, 1, 52, 3}),
        Convolution({9, 120, 160, 6}, {1, 1, 6, 5}).nchw()}) {
    INFO(convolution.description());
    const DenseProblem p(denseGeometryOf(convolution), random, Values::kFractions);
    GuardedTensor bias(p.geometry.outChannels, 0, 1), y(p.geometry.yShape(), 1);
    CHECK(failEachAllocation({y.values()}, [&] {
            return bool(
                conv2dForward(p.geometry, p.x.data(), p.filter.data(), {bias.data(), Activation::kRelu}, y.data()));
          }) >= 1);
  }
}

}  // namespace
}  // namespace depthwise
