#include "dense/dense.h"

#include <catch2/catch.hpp>
#include <limits>
#include <numeric>

#include "support/compare.h"
#include "dense_oracle.h"
#include "dense_passes.h"

namespace depthwise {
namespace {

TEST_CASE("conv2d input gradient: filters of any size, stride, dilation and padding") {
  checkDense(wrongDenseInputGradient, dense_grids::filters(), 1);
}

TEST_CASE("conv2d input gradient: channels of any number") {
  checkDense(wrongDenseInputGradient, dense_grids::channels(), 2);
}

TEST_CASE("conv2d input gradient: batches, and images of any size") {
  checkDense(wrongDenseInputGradient, dense_grids::pixels(), 3);
}

TEST_CASE("conv2d input gradient: more filter than image, and long steps") {
  checkDense(wrongDenseInputGradient, dense_grids::extremes(), 4);
}

TEST_CASE("conv2d input gradient: is the adjoint of forward") {
  // ⟨dy, conv(x)⟩ = ⟨dx, x⟩, exactly, because the tensors hold small integers.
  Random random(5);
  for (const auto& grid : {dense_grids::filters(), dense_grids::channels(), dense_grids::pixels()}) {
    for (size_t i = 0; i < grid.size(); i += 5) {
      INFO(grid[i].description());
      const DenseProblem p(denseGeometryOf(grid[i]), random, Values::kIntegers);
      GuardedTensor dx(p.geometry.xShape(), 0);
      REQUIRE(conv2dInputGradient(p.geometry, p.dy.data(), p.filter.data(), dx.data()));
      const oracle::Sums y = oracle::denseForward(p.geometry, p.x.values(), p.filter.values());
      CHECK(std::inner_product(dx.values().begin(), dx.values().end(), p.x.data(), 0.0) ==
            std::inner_product(y.values.begin(), y.values.end(), p.dy.data(), 0.0));
    }
  }
}

TEST_CASE("conv2d input gradient: what the padding read contributes nothing, not 0 times infinity") {
  for (const float special : {std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()}) {
    for (double channels : {1, 3, 4, 9, 64}) {
      // Only the centre of the filter meets the one pixel; the eight taps around it meet padding.
      const Convolution convolution = Convolution({1, 1, 1, channels}, {3, 3, channels, channels}).same();
      Random random(6);
      DenseProblem p(denseGeometryOf(convolution), random, Values::kIntegers);
      const size_t tap = static_cast<size_t>(channels * channels);
      for (size_t i = 0; i < p.filter.size(); ++i) {
        if (i / tap != 4) p.filter[i] = special;
      }
      CHECK(wrongDenseInputGradient(p) == "");
    }
  }
}

TEST_CASE("conv2d input gradient: the same bits each time") {
  Random random(8);
  for (const Convolution& convolution :
       {Convolution({3, 20, 21, 52}, {2, 1, 52, 300}).same(), Convolution({2, 9, 9, 3}, {3, 3, 3, 8}).strides(2)}) {
    const DenseProblem p(denseGeometryOf(convolution), random, Values::kFractions);
    GuardedTensor once(p.geometry.xShape(), 0), again(p.geometry.xShape(), 5);
    REQUIRE(conv2dInputGradient(p.geometry, p.dy.data(), p.filter.data(), once.data()));
    REQUIRE(conv2dInputGradient(p.geometry, p.dy.data(), p.filter.data(), again.data()));
    CHECK(bitDifference(once.values(), again.values()) == "");
  }
}

TEST_CASE("conv2d input gradient: no images need no memory, however large they were") {
  const DenseGeometry g = denseGeometryOf(Convolution({0, 1 << 30, 1 << 30, 4}, {1, 1, 4, 2}));
  CHECK(conv2dInputGradient(g, nullptr, nullptr, nullptr));
}

}  // namespace
}  // namespace depthwise
