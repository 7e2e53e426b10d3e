#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <numeric>

#include "dense/dense.h"
#include "dense_oracle.h"
#include "dense_problem.h"
#include "support/allocation_failures.h"
#include "support/compare.h"

namespace depthwise {
namespace {

/// Compares both gradients with the oracle. Integers must be exact; NaN and infinities must be where the oracle's are.
void checkGradients(const std::vector<Convolution>& grid, uint32_t seed) {
  Random random(seed);
  for (const Convolution& convolution : grid) {
    INFO(convolution.description());
    for (const Values values : {Values::kIntegers, Values::kFractions, Values::kSpecials}) {
      const DenseProblem p(denseGeometryOf(convolution), random, values, random.within(0, 15));
      CHECK(wrongDenseInputGradient(p) == "");
      CHECK(wrongDenseFilterGradient(p) == "");
    }
  }
}

TEST_CASE("Dense gradients: filters of any size, stride, dilation and padding") {
  checkGradients(dense_grids::filters(), 1);
}

TEST_CASE("Dense gradients: any number of channels") { checkGradients(dense_grids::channels(), 2); }

TEST_CASE("Dense gradients: any batch and image size") { checkGradients(dense_grids::pixels(), 3); }

TEST_CASE("Dense gradients: filters larger than the image, and long strides") {
  checkGradients(dense_grids::extremes(), 4);
}

TEST_CASE("Dense gradients: NCHW") { checkGradients(dense_grids::nchw(), 10); }

TEST_CASE("Dense gradients: random geometries") {
  Random random(11);
  std::vector<Convolution> some;
  for (int i = 0; i < 150; ++i) some.push_back(dense_grids::anyConvolution(random));
  checkGradients(some, 12);
}

TEST_CASE("Dense gradients: they are adjoint to the forward pass") {
  // ⟨dy, conv(x)⟩ = ⟨dx, x⟩ = ⟨dfilter, filter⟩, exactly, because the tensors hold small integers.
  Random random(5);
  const auto product = [](const GuardedTensor& a, const auto& b) {
    return std::inner_product(a.values().begin(), a.values().end(), b.begin(), 0.0);
  };
  for (const auto& grid : {dense_grids::filters(), dense_grids::channels(), dense_grids::pixels()}) {
    for (size_t i = 0; i < grid.size(); i += 10) {
      INFO(grid[i].description());
      const DenseProblem p(denseGeometryOf(grid[i]), random, Values::kIntegers);
      GuardedTensor dx(p.geometry.xShape(), 0), dfilter(p.geometry.filterShape(), 0);
      REQUIRE(conv2dInputGradient(p.geometry, p.dy.data(), p.filter.data(), dx.data()));
      REQUIRE(conv2dFilterGradient(p.geometry, p.x.data(), p.dy.data(), dfilter.data()));
      const oracle::Sums y = oracle::denseForward(p.geometry, p.x.values(), p.filter.values());
      CHECK(product(dx, p.x.values()) == product(p.dy, y.values));
      CHECK(product(dfilter, p.filter.values()) == product(p.dy, y.values));
    }
  }
}

TEST_CASE("Dense gradients: taps in the padding are skipped, not multiplied by zero") {
  for (const float special : {std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()}) {
    for (int64_t channels : {1, 3, 4, 9, 64}) {
      // The image is one pixel: only the centre of the filter is inside.
      const Convolution convolution = Convolution({1, 1, 1, channels}, {3, 3, channels, channels}).same();
      Random random(6);
      DenseProblem p(denseGeometryOf(convolution), random, Values::kIntegers);
      const size_t tapSize = static_cast<size_t>(channels * channels);
      for (size_t i = 0; i < p.filter.size(); ++i) {
        if (i / tapSize != 4) p.filter[i] = special;
      }
      GuardedTensor dx(p.geometry.xShape(), 0), dfilter(p.geometry.filterShape(), 0);
      REQUIRE(conv2dInputGradient(p.geometry, p.dy.data(), p.filter.data(), dx.data()));
      for (const float value : dx.values()) CHECK(std::isfinite(value));
      std::fill(p.dy.values().begin(), p.dy.values().end(), special);
      REQUIRE(conv2dFilterGradient(p.geometry, p.x.data(), p.dy.data(), dfilter.data()));
      for (size_t i = 0; i < tapSize; ++i) CHECK(dfilter[i] == 0);
      CHECK_FALSE(std::isfinite(dfilter[4 * tapSize]));
    }
  }
}

/// Returns the largest relative error of a filter gradient whose products are all positive.
double errorOfFilterGradient(const Convolution& convolution) {
  const DenseGeometry g = denseGeometryOf(convolution);
  Random random(7);
  GuardedTensor x(g.xShape(), 0), dy(g.yShape(), 0), dfilter(g.filterShape(), 0);
  for (GuardedTensor* tensor : {&x, &dy}) {
    for (float& value : tensor->values()) value = random.unit();
  }
  REQUIRE(conv2dFilterGradient(g, x.data(), dy.data(), dfilter.data()));
  const oracle::Sums expected = oracle::denseFilterGradient(g, x.values(), dy.values());
  double max = 0;
  for (size_t i = 0; i < dfilter.size(); ++i) {
    max = std::max(max, std::abs(double{dfilter[i]} - expected.values[i]) / expected.values[i]);
  }
  return max;
}

TEST_CASE("Dense filter gradient: 800 000 positive terms have an error below 1e-6") {
  // A plain float32 sum of as many terms has an error of about 1e-3, a sum of blocks without groups 2e-6 to 4e-6.
  for (const Convolution& convolution :
       {Convolution({8, 316, 316, 4}, {1, 1, 4, 4}), Convolution({8, 316, 316, 4}, {1, 1, 4, 4}).nchw(),
        Convolution({8, 316, 316, 2}, {2, 3, 2, 2}).same(), Convolution({8, 632, 632, 1}, {1, 1, 1, 3}).strides(2),
        Convolution({16000, 7, 7, 5}, {1, 1, 5, 2})}) {
    INFO(convolution.description());
    CHECK(errorOfFilterGradient(convolution) < 1e-6);
  }
}

TEST_CASE("Dense gradients: equal inputs give equal bits, wherever the tensors are") {
  Random random(8);
  for (const Convolution& convolution :
       {Convolution({3, 20, 21, 52}, {2, 1, 52, 300}).same(), Convolution({3, 60, 61, 52}, {2, 1, 52, 3}).same(),
        Convolution({2, 9, 9, 3}, {3, 3, 3, 8}).strides(2)}) {
    const DenseProblem p(denseGeometryOf(convolution), random, Values::kFractions);
    GuardedTensor dx(p.geometry.xShape(), 0), dxAgain(p.geometry.xShape(), 5);
    GuardedTensor dfilter(p.geometry.filterShape(), 0), dfilterAgain(p.geometry.filterShape(), 5);
    for (GuardedTensor* to : {&dx, &dxAgain}) {
      REQUIRE(conv2dInputGradient(p.geometry, p.dy.data(), p.filter.data(), to->data()));
    }
    for (GuardedTensor* to : {&dfilter, &dfilterAgain}) {
      REQUIRE(conv2dFilterGradient(p.geometry, p.x.data(), p.dy.data(), to->data()));
    }
    CHECK(bitDifference(dx.values(), dxAgain.values()) == "");
    CHECK(bitDifference(dfilter.values(), dfilterAgain.values()) == "");
  }
}

TEST_CASE("Dense gradients: an empty batch needs no memory, whatever the image size") {
  const DenseGeometry g = denseGeometryOf(Convolution({0, 1 << 30, 1 << 30, 4}, {1, 1, 4, 2}));
  std::vector<float> dfilter(8, 1);
  allocatesNothing([&] {
    CHECK(conv2dInputGradient(g, nullptr, nullptr, nullptr));
    CHECK(conv2dFilterGradient(g, nullptr, nullptr, dfilter.data()));
  });
  CHECK(dfilter == std::vector<float>(8, 0));
}

TEST_CASE("Dense gradients: a failed allocation leaves the outputs unwritten") {
  Random random(1);
  for (const Convolution& convolution :
       {Convolution({2, 6, 5, 7}, {3, 3, 7, 9}).same(), Convolution({2, 6, 5, 7}, {1, 1, 7, 9}),
        Convolution({1, 9, 9, 33}, {3, 3, 33, 4}).strides(2), Convolution({3, 60, 61, 52}, {1, 1, 52, 3}),
        Convolution({9, 120, 160, 6}, {1, 1, 6, 5}).nchw()}) {
    INFO(convolution.description());
    const DenseGeometry g = denseGeometryOf(convolution);
    const DenseProblem p(g, random, Values::kFractions);
    GuardedTensor dx(g.xShape(), 1), dfilter(g.filterShape(), 2);
    CHECK(failEachAllocation({dx.values()}, [&] {
            return bool(conv2dInputGradient(g, p.dy.data(), p.filter.data(), dx.data()));
          }) >= 1);
    CHECK(failEachAllocation({dfilter.values()}, [&] {
            return bool(conv2dFilterGradient(g, p.x.data(), p.dy.data(), dfilter.data()));
          }) >= 1);
  }
}

}  // namespace
}  // namespace depthwise
