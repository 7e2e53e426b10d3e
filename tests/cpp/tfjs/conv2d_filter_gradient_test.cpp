#include "dense/dense.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <numeric>

#include "support/compare.h"
#include "dense_oracle.h"
#include "dense_passes.h"

namespace depthwise {
namespace {

TEST_CASE("conv2d filter gradient: filters of any size, stride, dilation and padding") {
  checkDense(wrongDenseFilterGradient, dense_grids::filters(), 1);
}

TEST_CASE("conv2d filter gradient: channels of any number") {
  checkDense(wrongDenseFilterGradient, dense_grids::channels(), 2);
}

TEST_CASE("conv2d filter gradient: batches, and images of any size") {
  checkDense(wrongDenseFilterGradient, dense_grids::pixels(), 3);
}

TEST_CASE("conv2d filter gradient: more filter than image, and long steps") {
  checkDense(wrongDenseFilterGradient, dense_grids::extremes(), 4);
}

TEST_CASE("conv2d filter gradient: is the adjoint of forward") {
  // ⟨dy, conv(x)⟩ = ⟨dfilter, filter⟩, exactly, because the tensors hold small integers.
  Random random(5);
  for (const auto& grid : {dense_grids::filters(), dense_grids::channels(), dense_grids::pixels()}) {
    for (size_t i = 0; i < grid.size(); i += 5) {
      INFO(grid[i].description());
      const DenseProblem p(denseGeometryOf(grid[i]), random, Values::kIntegers);
      GuardedTensor dfilter(p.geometry.filterShape(), 0);
      REQUIRE(conv2dFilterGradient(p.geometry, p.x.data(), p.dy.data(), dfilter.data()));
      const oracle::Sums y = oracle::denseForward(p.geometry, p.x.values(), p.filter.values());
      CHECK(std::inner_product(dfilter.values().begin(), dfilter.values().end(), p.filter.data(), 0.0) ==
            std::inner_product(y.values.begin(), y.values.end(), p.dy.data(), 0.0));
    }
  }
}

TEST_CASE("conv2d filter gradient: what is padding contributes nothing, not 0 times infinity") {
  for (const float special : {std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()}) {
    for (double channels : {1, 3, 4, 9, 64}) {
      // Only the centre of the filter meets the one pixel; the eight taps around it meet padding.
      const Convolution convolution = Convolution({1, 1, 1, channels}, {3, 3, channels, channels}).same();
      Random random(6);
      DenseProblem p(denseGeometryOf(convolution), random, Values::kIntegers);
      std::fill(p.dy.values().begin(), p.dy.values().end(), special);
      CHECK(wrongDenseFilterGradient(p) == "");
      GuardedTensor dfilter(p.geometry.filterShape(), 0);
      REQUIRE(conv2dFilterGradient(p.geometry, p.x.data(), p.dy.data(), dfilter.data()));
      const size_t tap = static_cast<size_t>(channels * channels);
      for (size_t i = 0; i < tap; ++i) CHECK(dfilter[i] == 0);
      CHECK_FALSE(std::isfinite(dfilter[4 * tap]));
    }
  }
}

/// The largest relative error where every product is positive.
double errorOf(const Convolution& convolution) {
  const DenseGeometry g = denseGeometryOf(convolution);
  Random random(7);
  GuardedTensor x(g.xShape(), 0), dy(g.yShape(), 0), dfilter(g.filterShape(), 0);
  for (GuardedTensor* tensor : {&x, &dy}) {
    for (float& value : tensor->values()) value = random.unit();
  }
  REQUIRE(conv2dFilterGradient(g, x.data(), dy.data(), dfilter.data()));
  const oracle::Sums expected = oracle::denseFilterGradient(g, x.values(), dy.values());
  double largest = 0;
  for (size_t i = 0; i < dfilter.size(); ++i) {
    largest = std::max(largest, std::abs(double{dfilter[i]} - expected.values[i]) / expected.values[i]);
  }
  return largest;
}

TEST_CASE("conv2d filter gradient: 800 000 positive terms, off by less than 1e-6") {
  // 5e-6 is promised. A plain float32 sum of so many terms is off by about 1e-3, one of blocks alone by 2e-6 to 4e-6.
  for (const Convolution& convolution :
       {Convolution({8, 316, 316, 4}, {1, 1, 4, 4}), Convolution({8, 316, 316, 2}, {2, 3, 2, 2}).same(),
        Convolution({8, 632, 632, 1}, {1, 1, 1, 3}).strides(2), Convolution({16000, 7, 7, 5}, {1, 1, 5, 2})}) {
    INFO(convolution.description());
    CHECK(errorOf(convolution) < 1e-6);
  }
}

TEST_CASE("conv2d filter gradient: the same bits each time") {
  Random random(8);
  for (const Convolution& convolution :
       {Convolution({3, 60, 61, 52}, {2, 1, 52, 3}).same(), Convolution({2, 9, 9, 3}, {3, 3, 3, 8}).strides(2)}) {
    const DenseProblem p(denseGeometryOf(convolution), random, Values::kFractions);
    GuardedTensor once(p.geometry.filterShape(), 0), again(p.geometry.filterShape(), 5);
    REQUIRE(conv2dFilterGradient(p.geometry, p.x.data(), p.dy.data(), once.data()));
    REQUIRE(conv2dFilterGradient(p.geometry, p.x.data(), p.dy.data(), again.data()));
    CHECK(bitDifference(once.values(), again.values()) == "");
  }
}

TEST_CASE("conv2d filter gradient: no images need no memory, however large they were") {
  const DenseGeometry g = denseGeometryOf(Convolution({0, 1 << 30, 1 << 30, 4}, {1, 1, 4, 2}));
  std::vector<float> dfilter(8, 1);
  CHECK(conv2dFilterGradient(g, nullptr, nullptr, dfilter.data()));
  CHECK(dfilter == std::vector<float>(8, 0));
}

}  // namespace
}  // namespace depthwise
