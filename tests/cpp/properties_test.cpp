#include <catch2/catch.hpp>

#include "compare.h"
#include "conv/passes.h"
#include "grids.h"
#include "passes.h"

namespace depthwise {
namespace {

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

TEST_CASE("properties: the gradients are the adjoints of forward") {
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

TEST_CASE("properties: every pass is linear") {
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

TEST_CASE("properties: a shifted image gives the shifted result, to the bit") {
  Random random(3);
  constexpr int kSize = 40;
  for (const int channels : {1, 4, 7}) {
    for (const int stride : {1, 2, 3}) {
      for (const int dilation : {1, 2, 3}) {
        for (const int taps : {2, 3, 5}) {
          Convolution convolution({1, kSize, kSize, double(channels)},
                                  {double(taps), double(taps), double(channels), 1});
          convolution.strides(stride).dilations(dilation);
          INFO(convolution.description());
          const Geometry g = geometryOf(convolution);
          const Problem p(g, random, Values::kFractions);
          // One output down and one to the right; what comes in at the top and left is noise.
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

TEST_CASE("properties: the same call gives the same bits, wherever its tensors are and whatever ran before") {
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
      // What another call leaves behind in freed memory must not matter.
      const Floats litter(100000, random.unit());
      REQUIRE(litter[0] < 1);
    }
  }
}

TEST_CASE("properties: images of a batch do not meet") {
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

}  // namespace
}  // namespace depthwise
