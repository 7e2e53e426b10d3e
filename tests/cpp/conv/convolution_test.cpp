#include "depthwise/convolution.h"

#include <catch2/catch.hpp>

#include <cmath>

#include "support/compare.h"
#include "support/grids.h"
#include "support/passes.h"
#include "support/stored_cases.h"

namespace depthwise {
namespace {

TEST_CASE("convolution: every pass equals the stored results") {
  for (const StoredCase& c : readStoredCases()) {
    INFO(c.name);
    Random random(1);
    Problem problem(c.geometry, random, Values::kIntegers);
    std::copy(c.x.begin(), c.x.end(), problem.x.data());
    std::copy(c.filter.begin(), c.filter.end(), problem.filter.data());
    std::copy(c.dy.begin(), c.dy.end(), problem.dy.data());
    CHECK(wrongPasses(problem) == "");
  }
}

TEST_CASE("convolution: every pass is exact for filters of any size, stride, dilation and padding") {
  checkGrid(wrongPasses, grids::filters(), 1);
}

TEST_CASE("convolution: every pass is exact with numeric padding and its rounding modes") {
  checkGrid(wrongPasses, grids::roundings(), 2);
}

TEST_CASE("convolution: every pass is exact for any number of channels, with multipliers 1 to 5") {
  checkGrid(wrongPasses, grids::channels(), 3);
}

TEST_CASE("convolution: every pass is exact for batches of 0 to 4 images") {
  checkGrid(wrongPasses, grids::batches(), 4);
}

TEST_CASE("convolution: every pass is exact for images smaller than the filter") {
  checkGrid(wrongPasses, grids::smallImages(), 5);
}

TEST_CASE("convolution: every pass is exact for rows of several tiles") {
  checkGrid(wrongPasses, grids::wideImages(), 6);
}

TEST_CASE("convolution: every pass is exact with strides and dilations longer than the image") {
  checkGrid(wrongPasses, grids::longSteps(), 7);
}

using Floats = std::vector<float>;

Floats copyOf(const GuardedTensor& tensor) { return {tensor.values().begin(), tensor.values().end()}; }

Floats forwardOf(const Geometry& g, const float* x, const float* filter) {
  GuardedTensor y(g.yShape(), 0);
  REQUIRE(forward(g, x, filter, {}, y.data()));
  return copyOf(y);
}
Floats inputGradientOf(const Geometry& g, const float* dy, const float* filter) {
  GuardedTensor dx(g.xShape(), 0);
  REQUIRE(inputGradient(g, dy, filter, dx.data()));
  return copyOf(dx);
}
Floats filterGradientOf(const Geometry& g, const float* x, const float* dy) {
  GuardedTensor dfilter(g.filterShape(), 0);
  REQUIRE(filterGradient(g, x, dy, dfilter.data()));
  return copyOf(dfilter);
}

double dot(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += double{a[i]} * double{b[i]};
  return sum;
}

std::vector<Convolution> someConvolutions() {
  std::vector<Convolution> all;
  for (const auto& grid : {grids::filters(), grids::roundings(), grids::channels(), grids::batches()}) {
    for (size_t i = 0; i < grid.size(); i += 7) all.push_back(grid[i]);
  }
  return all;
}

TEST_CASE("convolution: the gradients are the adjoints of forward") {
  // ⟨dy, conv(x)⟩ = ⟨dx, x⟩ = ⟨dfilter, filter⟩, exactly, because the tensors hold small integers.
  Random random(1);
  for (const Convolution& convolution : someConvolutions()) {
    INFO(convolution.description());
    const Geometry g = geometryOf(convolution);
    const Problem p(g, random, Values::kIntegers);
    const double product = dot(p.dy.values(), forwardOf(g, p.x.data(), p.filter.data()));
    CHECK(dot(inputGradientOf(g, p.dy.data(), p.filter.data()), p.x.values()) == product);
    CHECK(dot(filterGradientOf(g, p.x.data(), p.dy.data()), p.filter.values()) == product);
  }
}

TEST_CASE("convolution: every pass is linear") {
  Random random(2);
  const auto combined = [](std::span<const float> a, std::span<const float> b) {
    Floats sum(a.size());
    for (size_t i = 0; i < sum.size(); ++i) sum[i] = 2 * a[i] - 3 * b[i];
    return sum;
  };
  for (const Convolution& convolution : someConvolutions()) {
    INFO(convolution.description());
    const Geometry g = geometryOf(convolution);
    const Problem p(g, random, Values::kIntegers), q(g, random, Values::kIntegers);
    const float* const filter = p.filter.data();
    CHECK(valueDifference(forwardOf(g, combined(p.x.values(), q.x.values()).data(), filter),
                          combined(forwardOf(g, p.x.data(), filter), forwardOf(g, q.x.data(), filter))) == "");
    CHECK(valueDifference(inputGradientOf(g, combined(p.dy.values(), q.dy.values()).data(), filter),
                          combined(inputGradientOf(g, p.dy.data(), filter), inputGradientOf(g, q.dy.data(), filter))) ==
          "");
    CHECK(valueDifference(filterGradientOf(g, combined(p.x.values(), q.x.values()).data(), p.dy.data()),
                          combined(filterGradientOf(g, p.x.data(), p.dy.data()),
                                   filterGradientOf(g, q.x.data(), p.dy.data()))) == "");
  }
}

TEST_CASE("convolution: a shifted image gives the shifted result with the same bits") {
  Random random(3);
  constexpr int kSize = 40;
  for (const int channels : {1, 4, 7}) {
    for (const int stride : {1, 2, 3}) {
      for (const int dilation : {1, 2, 3}) {
        for (const int taps : {2, 3, 5}) {
          Convolution convolution({1, kSize, kSize, channels}, {taps, taps, channels, 1});
          convolution.strides(stride).dilations(dilation);
          INFO(convolution.description());
          const Geometry g = geometryOf(convolution);
          const Problem p(g, random, Values::kFractions);
          // One output down and one to the right; the new pixels at the top and left are random.
          GuardedTensor shifted(g.xShape(), 0);
          fill(shifted, random, Values::kFractions);
          const auto at = [&](int size, int row, int column) {
            return static_cast<size_t>((row * size + column) * channels);
          };
          for (int row = stride; row < kSize; ++row) {
            std::copy(&p.x.data()[at(kSize, row - stride, 0)], &p.x.data()[at(kSize, row - stride, kSize - stride)],
                      &shifted.data()[at(kSize, row, stride)]);
          }
          const Floats y = forwardOf(g, p.x.data(), p.filter.data());
          const Floats moved = forwardOf(g, shifted.data(), p.filter.data());
          const int out = g.height.out;
          for (int row = 1; row < out; ++row) {
            const std::span<const float> before(&y[at(out, row - 1, 0)], at(1, 0, out - 1));
            const std::span<const float> after(&moved[at(out, row, 1)], at(1, 0, out - 1));
            CHECK(bitDifference(after, before) == "");
          }
        }
      }
    }
  }
}

TEST_CASE("convolution: the same call gives the same bits, for any tensor addresses and after any other call") {
  Random random(4);
  std::vector<Floats> first;
  const std::vector<Convolution> convolutions = someConvolutions();
  for (const bool again : {false, true}) {
    size_t next = 0;
    for (size_t i = 0; i < convolutions.size(); i += 3) {
      INFO(convolutions[i].description());
      const Geometry g = geometryOf(convolutions[i]);
      Random values(static_cast<uint32_t>(i));
      const Problem p(g, values, Values::kFractions, random.within(0, 15));
      const Floats results[] = {forwardOf(g, p.x.data(), p.filter.data()),
                                inputGradientOf(g, p.dy.data(), p.filter.data()),
                                filterGradientOf(g, p.x.data(), p.dy.data())};
      for (const Floats& result : results) {
        if (again) {
          CHECK(bitDifference(result, first[next++]) == "");
        } else {
          first.push_back(result);
        }
      }
      // Freed memory contains other values now.
      const Floats garbage(100000, random.unit());
      REQUIRE(garbage[0] < 1);
    }
  }
}

TEST_CASE("convolution: images of a batch are independent") {
  Random random(5);
  for (const Convolution& convolution : grids::batches()) {
    INFO(convolution.description());
    Geometry g = geometryOf(convolution);
    const Problem p(g, random, Values::kFractions);
    const Floats y = forwardOf(g, p.x.data(), p.filter.data());
    const Floats dx = inputGradientOf(g, p.dy.data(), p.filter.data());
    const int batch = std::exchange(g.batch, 1);
    for (int image = 0; image < batch; ++image) {
      const size_t xs = static_cast<size_t>(elementCount(g.xShape())),
                   ys = static_cast<size_t>(elementCount(g.yShape()));
      const size_t n = static_cast<size_t>(image);
      CHECK(bitDifference(forwardOf(g, p.x.data() + n * xs, p.filter.data()), {&y[n * ys], ys}) == "");
      CHECK(bitDifference(inputGradientOf(g, p.dy.data() + n * ys, p.filter.data()), {&dx[n * xs], xs}) == "");
    }
  }
}

TEST_CASE("convolution: the bias gradient sums each channel over all pixels, in both layouts") {
  Random random(1);
  for (const int channels : {1, 3, 15, 16, 17, 40}) {
    for (const int batch : {0, 1, 3}) {
      for (const bool nchw : {false, true}) {
        Convolution convolution({batch, 4, 5, channels}, {2, 1, channels, 1});
        if (nchw) convolution.nchw();
        INFO(convolution.description());
        const Geometry g = geometryOf(convolution);
        GuardedTensor dy(g.yShape(), 3), dbias(channels, 5);
        std::vector<float> sums(static_cast<size_t>(channels));
        for (size_t i = 0; i < dy.size(); ++i) {
          dy[i] = static_cast<float>(random.within(-9, 9));
          const size_t position = nchw ? i / 15 : i;
          sums[position % sums.size()] += dy[i];
        }
        biasGradient(g, dy.data(), dbias.data());
        CHECK(dbias.guardsAreIntact());
        CHECK(std::vector<float>(dbias.values().begin(), dbias.values().end()) == sums);
      }
    }
  }
}

TEST_CASE("convolution: the bias gradient of long sums is accurate, and a NaN stays in its channel") {
  const Geometry g = geometryOf(Convolution({1, 1000, 1000, 2}, {1, 1, 2, 1}));
  std::vector<float> dy(2000000, 0.1f), dbias(2);
  biasGradient(g, dy.data(), dbias.data());
  CHECK(dbias[0] == Approx(1e6 * double{0.1f}).epsilon(1e-7));
  CHECK(dbias[1] == dbias[0]);
  dy[1001] = std::nanf("");
  biasGradient(g, dy.data(), dbias.data());
  CHECK(std::isnan(dbias[1]));
  CHECK_FALSE(std::isnan(dbias[0]));
}

}  // namespace
}  // namespace depthwise
