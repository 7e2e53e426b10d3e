#include <catch2/catch.hpp>
#include <limits>

#include "depthwise/convolution.h"
#include "support/compare.h"
#include "support/grids.h"
#include "support/passes.h"

namespace depthwise {
namespace {

/// forward with an epilogue must give the bits of forward alone and then the epilogue, pixel by pixel.
std::string wrongEpilogue(const Geometry& g, const Epilogue& epilogue, const Problem& p) {
  GuardedTensor sums(g.yShape(), 1), y(g.yShape(), 2);
  if (!forward(g, p.x.data(), p.filter.data(), {}, sums.data())) return "out of memory";
  if (!forward(g, p.x.data(), p.filter.data(), epilogue, y.data())) return "out of memory";
  const size_t channels = static_cast<size_t>(g.outChannels());
  const size_t step =
      g.layout == Layout::kNhwc ? 1 : static_cast<size_t>(g.height.out) * static_cast<size_t>(g.width.out);
  const size_t pixels = channels == 0 ? 0 : y.size() / channels;
  std::vector<float> pixel(channels);
  for (size_t i = 0; i < pixels; ++i) {
    const size_t first = step == 1 ? i * channels : i / step * step * channels + i % step;
    for (size_t c = 0; c < channels; ++c) pixel[c] = sums[first + c * step];
    applyEpilogue(epilogue, pixel.data(), channels, 1, g.outChannels());
    for (size_t c = 0; c < channels; ++c) sums[first + c * step] = pixel[c];
  }
  return y.guardsAreIntact() ? bitDifference(y.values(), sums.values()) : "a guard was written over";
}

void checkGrid(const std::vector<Convolution>& grid, size_t every) {
  Random random(1);
  for (size_t i = 0; i < grid.size(); i += every) {
    INFO(grid[i].description());
    const Geometry g = geometryOf(grid[i]);
    const Problem problem(g, random, Values::kFractions, random.within(0, 15));
    GuardedTensor bias(g.outChannels(), 3), slopes(g.outChannels(), 5);
    fill(bias, random, Values::kFractions);
    fill(slopes, random, Values::kFractions);
    for (const Activation activation : {Activation::kLinear, Activation::kRelu, Activation::kRelu6, Activation::kElu,
                                        Activation::kLeakyRelu, Activation::kPrelu, Activation::kSigmoid}) {
      INFO("activation " << static_cast<int>(activation));
      CHECK(wrongEpilogue(g, {bias.data(), activation, 0.1f, slopes.data()}, problem) == "");
      CHECK(wrongEpilogue(g, {nullptr, activation, 0.1f, slopes.data()}, problem) == "");
    }
    CHECK((bias.guardsAreIntact() && slopes.guardsAreIntact()));
  }
}

TEST_CASE("fused epilogue: applies once to every output, for any number of channels, in both layouts") {
  checkGrid(grids::channels(), 1);
}

TEST_CASE("fused epilogue: applies where no tap reaches, and once in every tile") {
  checkGrid(grids::roundings(), 5);
  checkGrid(grids::smallImages(), 3);
  checkGrid(grids::wideImages(), 9);
  checkGrid(grids::manyChannels(), 3);
}

// Channels of NCHW are computed a few at a time, and a channel with such a weight is computed without the microkernel.
TEST_CASE(
    "fused epilogue: applies once to NCHW channels with infinite or NaN weights, and to the channels next to them") {
  for (const float special : {std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()}) {
    for (const size_t channel : {0, 3, 8, 10}) {
      const Geometry g = geometryOf(Convolution({2, 6, 7, 11}, {3, 3, 11, 1}).same().nchw());
      Random random(2);
      Problem problem(g, random, Values::kFractions);
      problem.filter[4 * 11 + channel] = special;
      CHECK(wrongForward(problem) == "");
      GuardedTensor bias(g.outChannels(), 3);
      fill(bias, random, Values::kFractions);
      for (const Activation activation : {Activation::kLinear, Activation::kRelu6, Activation::kElu}) {
        CHECK(wrongEpilogue(g, {bias.data(), activation}, problem) == "");
      }
    }
  }
}

TEST_CASE("fused epilogue: adds a bias") {
  const Geometry g = geometryOf(Convolution({1, 1, 2, 2}, {1, 1, 2, 2}));
  const float x[] = {1, 2, 3, 4}, filter[] = {1, 10, 100, 1000}, bias[] = {0.25f, 0.5f, 0.75f, 1};
  float y[8];
  REQUIRE(forward(g, x, filter, {bias}, y));
  CHECK(std::vector<float>(y, y + 8) == std::vector<float>{1.25f, 10.5f, 200.75f, 2001, 3.25f, 30.5f, 400.75f, 4001});
}

}  // namespace
}  // namespace depthwise
