#include "nn/pooling.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <numeric>

#include "support/allocation_failures.h"
#include "support/compare.h"
#include "support/convolution.h"
#include "support/guarded_tensor.h"
#include "support/random.h"
#include "support/small_axes.h"

namespace depthwise {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity(), kNaN = std::numeric_limits<float>::quiet_NaN();

/// The algorithm of tfjs's cpu backend: all taps of each window, row by row; the position moves only to a larger value.
std::vector<float> expectedGradient(const PoolGeometry& g, const float* x, const float* dy) {
  std::vector<float> dx(static_cast<size_t>(elementCount(g.xShape())));
  for (int64_t n = 0; n < g.batch; ++n) {
    for (int64_t row = 0; row < g.height.out; ++row) {
      for (int64_t column = 0; column < g.width.out; ++column) {
        for (int64_t c = 0; c < g.channels; ++c, ++dy) {
          int64_t position = -1;
          double max = -std::numeric_limits<double>::infinity();
          for (int64_t p = 0; p < g.height.taps; ++p) {
            for (int64_t q = 0; q < g.width.taps; ++q) {
              const int64_t i = row * g.height.stride + p * g.height.dilation - g.height.padBefore;
              const int64_t j = column * g.width.stride + q * g.width.dilation - g.width.padBefore;
              if (i < 0 || i >= g.height.in || j < 0 || j >= g.width.in) continue;
              const int64_t at = ((n * g.height.in + i) * g.width.in + j) * g.channels + c;
              if (x[at] > max) {
                max = x[at];
                position = at;
              }
            }
          }
          if (position >= 0) dx[static_cast<size_t>(position)] += *dy;
        }
      }
    }
  }
  return dx;
}

struct Problem {
  Problem(const PoolGeometry& geometry, int shift)
      : g(geometry), x(g.xShape(), shift), dy(g.yShape(), shift + 1), dx(g.xShape(), shift + 2) {}

  /// Fills x with integers from `low` to `high`, and dy with small integers: some values are equal, and sums are exact.
  void fill(Random& random, int low, int high) {
    for (float& value : x.values()) value = static_cast<float>(random.within(low, high));
    for (float& value : dy.values()) value = static_cast<float>(random.within(-9, 9));
  }
  /// Returns the first wrong element, or "".
  std::string wrong() {
    allocatesNothing([&] { maxPoolGradient(g, x.data(), dy.data(), dx.data()); });
    for (const GuardedTensor* tensor : {&x, &dy, &dx}) {
      if (!tensor->guardsAreIntact()) return "a guard was written over";
    }
    return valueDifference(dx.values(), expectedGradient(g, x.data(), dy.data()));
  }

  PoolGeometry g;
  GuardedTensor x, dy, dx;
};

PoolGeometry poolOf(const Convolution& convolution) {
  const ConvParams& p = convolution.params();
  const Result<PoolGeometry> g = makePoolGeometry({.x = p.x,
                                                   .filterSize = {p.filter[0], p.filter[1]},
                                                   .strides = p.strides,
                                                   .dilations = p.dilations,
                                                   .padding = p.padding,
                                                   .rounding = p.rounding});
  INFO(convolution.description());
  if (!g) FAIL("error code " << int(g.error().code));
  return *g;
}

TEST_CASE("Max pooling gradient: any window, stride, dilation and padding") {
  Random random(1);
  const std::vector<Axis> axes = smallAxes();
  for (int i = 0; i < 20000; ++i) {
    const PoolGeometry g{random.within(1, 2), random.within(1, 9), random.oneOf(axes), random.oneOf(axes)};
    INFO("height: " << description(g.height) << ", width: " << description(g.width) << ", " << g.channels
                    << " channels");
    Problem p(g, random.within(0, 15));
    p.fill(random, -3, 3);
    REQUIRE(p.wrong() == "");
  }
}

TEST_CASE("Max pooling gradient: any number of channels and images") {
  Random random(2);
  for (int channels = 1; channels <= 70; ++channels) {
    for (const int batch : {0, 1, 3}) {
      INFO(channels << " channels, batch " << batch);
      Problem p(poolOf(Convolution({batch, 7, 6, channels}, {3, 2}).strides(2).same()), channels % 16);
      p.fill(random, -100, 100);
      CHECK(p.wrong() == "");
    }
  }
}

TEST_CASE("Max pooling gradient: windows without a positive value") {
  // tfjs's wasm backend starts with the smallest positive number, and computes a gradient of 0 here.
  Random random(3);
  for (const int high : {0, -1}) {
    Problem p(poolOf(Convolution({2, 9, 9, 5}, {3, 3}).strides(2).same()), 0);
    p.fill(random, -9, high);
    CHECK(p.wrong() == "");
    CHECK(std::accumulate(p.dx.values().begin(), p.dx.values().end(), 0.0) ==
          std::accumulate(p.dy.values().begin(), p.dy.values().end(), 0.0));
  }
}

TEST_CASE("Max pooling gradient: the first of equal values gets the gradient, and -0 equals 0") {
  Problem p(poolOf(Convolution({1, 2, 3, 1}, {2, 3})), 0);
  p.dy[0] = 5;
  const auto gradientOf = [&](std::vector<float> x) {
    std::copy(x.begin(), x.end(), p.x.data());
    CHECK(p.wrong() == "");
    return std::vector<float>(p.dx.values().begin(), p.dx.values().end());
  };
  CHECK(gradientOf({0, 1, 0, 1, 1, 1}) == std::vector<float>{0, 5, 0, 0, 0, 0});
  CHECK(gradientOf({-1, -1, -1, 1, -1, 1}) == std::vector<float>{0, 0, 0, 5, 0, 0});
  CHECK(gradientOf({-0.0f, 0, 0, 0, 0, 0}) == std::vector<float>{5, 0, 0, 0, 0, 0});
}

TEST_CASE("Max pooling gradient: a NaN is never the maximum, and only NaN and -infinity have no maximum") {
  Problem p(poolOf(Convolution({1, 1, 4, 1}, {1, 4})), 0);
  p.dy[0] = 5;
  const auto gradientOf = [&](std::vector<float> x) {
    std::copy(x.begin(), x.end(), p.x.data());
    CHECK(p.wrong() == "");
    return std::vector<float>(p.dx.values().begin(), p.dx.values().end());
  };
  CHECK(gradientOf({kNaN, -2, kNaN, -3}) == std::vector<float>{0, 5, 0, 0});
  CHECK(gradientOf({kNaN, kNaN, kInfinity, kInfinity}) == std::vector<float>{0, 0, 5, 0});
  CHECK(gradientOf({-kInfinity, -kInfinity, -1e38f, kNaN}) == std::vector<float>{0, 0, 5, 0});
  CHECK(gradientOf({-kInfinity, -kInfinity, -kInfinity, -kInfinity}) == std::vector<float>(4, 0));
  CHECK(gradientOf({kNaN, kNaN, kNaN, kNaN}) == std::vector<float>(4, 0));

  Random random(4);
  constexpr std::array specials{kNaN, kInfinity, -kInfinity};
  for (int i = 0; i < 300; ++i) {
    Problem many(poolOf(Convolution({1, 8, 8, random.within(1, 9)}, {3, 3}).strides(2).pad(2)), 0);
    many.fill(random, -2, 2);
    for (GuardedTensor* tensor : {&many.x, &many.dy}) {
      for (float& value : tensor->values()) value = random.oneIn(4) ? random.oneOf(specials) : value;
    }
    REQUIRE(many.wrong() == "");
  }
}

TEST_CASE("Max pooling gradient: windows in the padding, and long strides and dilations") {
  Random random(5);
  constexpr int64_t kLong = 1 << 29;
  for (const Convolution& convolution :
       {Convolution({1, 3, 3, 2}, {2, 2}).strides(2).pad(4), Convolution({1, 5, 5, 3}, {2, 2}).strides(7).pad(3),
        Convolution({1, 5, 5, 3}, {3, 3}).strides(4).pad(0).rounding(Rounding::kCeil),
        Convolution({1, 5, 5, 1}, {3, 3}).strides(kLong).pad(0).rounding(Rounding::kCeil),
        Convolution({1, 5, 5, 5}, {2, 2}).dilations(kLong).same(), Convolution({1, 2, 2, 5}, {1000, 1000}).same(),
        Convolution({1, 30, 30, 4}, {30, 30})}) {
    INFO(convolution.description());
    Problem p(poolOf(convolution), 0);
    p.fill(random, -9, 9);
    CHECK(p.wrong() == "");
  }
}

TEST_CASE("Max pooling gradient: equals finite differences of the maxima") {
  // The values are far apart, so that small changes do not move a maximum: Σ y·dy is linear, and its slope exact.
  Random random(6);
  Problem p(poolOf(Convolution({1, 6, 7, 3}, {3, 3}).strides(1, 2).same()), 0);
  p.fill(random, 0, 0);
  std::vector<int> order(p.x.size());
  std::iota(order.begin(), order.end(), -60);
  for (size_t i = order.size() - 1; i > 0; --i) std::swap(order[i], order[size_t(random.within(0, int(i)))]);
  for (size_t i = 0; i < order.size(); ++i) p.x[i] = static_cast<float>(order[i]);
  CHECK(p.wrong() == "");
  const auto weighted = [&] {
    double sum = 0;
    size_t at = 0;
    for (int row = 0; row < p.g.height.out; ++row) {
      for (int column = 0; column < p.g.width.out; ++column) {
        for (int c = 0; c < 3; ++c, ++at) {
          double max = -1e9;
          for (int i = 0; i < 6; ++i) {
            for (int j = 0; j < 7; ++j) {
              const int tapRow = i - row + p.g.height.padBefore, tapColumn = j - 2 * column + p.g.width.padBefore;
              if (tapRow < 0 || tapRow > 2 || tapColumn < 0 || tapColumn > 2) continue;
              max = std::max(max, double{p.x[size_t((i * 7 + j) * 3 + c)]});
            }
          }
          sum += max * p.dy[at];
        }
      }
    }
    return sum;
  };
  const double before = weighted();
  for (size_t i = 0; i < p.x.size(); ++i) {
    p.x[i] += 0.5f;
    CHECK((weighted() - before) / 0.5 == p.dx[i]);
    p.x[i] -= 0.5f;
  }
}

}  // namespace
}  // namespace depthwise
