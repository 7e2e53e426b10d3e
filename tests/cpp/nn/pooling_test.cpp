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

/// The definitions, in float64.
namespace expected {

/// Calls visit(output, indices of the inputs of its window) for each output, in order.
template <class Visit>
void forEachWindow(const PoolGeometry& g, Visit&& visit) {
  std::vector<size_t> inputs;
  size_t output = 0;
  for (int64_t n = 0; n < g.batch; ++n) {
    for (int64_t row = 0; row < g.height.out; ++row) {
      for (int64_t column = 0; column < g.width.out; ++column) {
        for (int64_t c = 0; c < g.channels; ++c) {
          inputs.clear();
          for (int64_t p = 0; p < g.height.taps; ++p) {
            for (int64_t q = 0; q < g.width.taps; ++q) {
              const int64_t i = row * g.height.stride + p * g.height.dilation - g.height.padBefore;
              const int64_t j = column * g.width.stride + q * g.width.dilation - g.width.padBefore;
              if (i < 0 || i >= g.height.in || j < 0 || j >= g.width.in) continue;
              inputs.push_back(size_t(((n * g.height.in + i) * g.width.in + j) * g.channels + c));
            }
          }
          visit(output++, inputs);
        }
      }
    }
  }
}

constexpr size_t kNone = std::numeric_limits<size_t>::max();

/// Returns the first of the largest inputs that are not NaN, or kNone.
size_t positionOfMax(const GuardedTensor& x, const std::vector<size_t>& inputs) {
  size_t position = kNone;
  for (const size_t input : inputs) {
    if (!std::isnan(x[input]) && (position == kNone || x[input] > x[position])) position = input;
  }
  return position;
}

using Values = std::vector<float>;

Values zeros(const Shape& shape) { return Values(static_cast<size_t>(elementCount(shape))); }

Values maxPool(const PoolGeometry& g, const GuardedTensor& x) {
  Values y = zeros(g.yShape());
  forEachWindow(g, [&](size_t output, const std::vector<size_t>& inputs) {
    const size_t position = positionOfMax(x, inputs);
    y[output] = inputs.empty() ? -kInfinity : position == kNone ? kNaN : x[position];
  });
  return y;
}

Values maxPoolGradient(const PoolGeometry& g, const GuardedTensor& x, const GuardedTensor& dy) {
  Values dx = zeros(g.xShape());
  forEachWindow(g, [&](size_t output, const std::vector<size_t>& inputs) {
    const size_t position = positionOfMax(x, inputs);
    if (position != kNone) dx[position] += dy[output];
  });
  return dx;
}

Values maxPoolGradientGradient(const PoolGeometry& g, const GuardedTensor& x, const GuardedTensor& ddx) {
  Values ddy = zeros(g.yShape());
  forEachWindow(g, [&](size_t output, const std::vector<size_t>& inputs) {
    const size_t position = positionOfMax(x, inputs);
    if (position != kNone) ddy[output] = ddx[position];
  });
  return ddy;
}

Values averagePool(const PoolGeometry& g, const GuardedTensor& x) {
  Values y = zeros(g.yShape());
  forEachWindow(g, [&](size_t output, const std::vector<size_t>& inputs) {
    double sum = 0;
    for (const size_t input : inputs) sum += double{x[input]};
    if (!inputs.empty()) y[output] = float(sum / double(inputs.size()));
  });
  return y;
}

Values averagePoolGradient(const PoolGeometry& g, const GuardedTensor& dy) {
  std::vector<double> dx(static_cast<size_t>(elementCount(g.xShape())));
  forEachWindow(g, [&](size_t output, const std::vector<size_t>& inputs) {
    for (const size_t input : inputs) dx[input] += double{dy[output]} / double(inputs.size());
  });
  return Values(dx.begin(), dx.end());
}

}  // namespace expected

/// Every mean of dy is a whole number if dy is a multiple of this and a window has at most 5×5 inputs.
constexpr int kCommonMultiple = 3600;

struct Problem {
  Problem(const PoolGeometry& geometry, int shift)
      : g(geometry),
        x(g.xShape(), shift),
        ddx(g.xShape(), shift + 1),
        dy(g.yShape(), shift + 2),
        y(g.yShape(), shift + 3),
        dx(g.xShape(), shift + 4) {}

  /// Fills x with integers from `low` to `high`, so that some are equal, and dy and ddx with integers. Sums are exact.
  void fill(Random& random, int low, int high) {
    for (float& value : x.values()) value = static_cast<float>(random.within(low, high));
    for (float& value : ddx.values()) value = static_cast<float>(random.within(-99, 99));
    for (float& value : dy.values()) value = static_cast<float>(kCommonMultiple * random.within(-9, 9));
  }

  using Values = expected::Values;

  /// Runs a kernel that writes `result`, and returns the first wrong element, or "".
  template <class Run>
  std::string wrong(const char* name, GuardedTensor& result, const Values& right, Run&& run) {
    for (float& value : result.values()) value = kNaN;
    allocatesNothing(run);
    for (const GuardedTensor* tensor : {&x, &ddx, &dy, &y, &dx}) {
      if (!tensor->guardsAreIntact()) return std::string(name) + ": a guard was written over";
    }
    const std::string difference = valueDifference(result.values(), right);
    return difference.empty() ? "" : std::string(name) + ": " + difference;
  }

  std::string wrongMax() {
    return wrong("maxPool", y, expected::maxPool(g, x), [&] { maxPool(g, x.data(), y.data()); });
  }
  std::string wrongMaxGradient() {
    return wrong("maxPoolGradient", dx, expected::maxPoolGradient(g, x, dy),
                 [&] { maxPoolGradient(g, x.data(), dy.data(), dx.data()); });
  }
  std::string wrongMaxGradientGradient() {
    return wrong("maxPoolGradientGradient", y, expected::maxPoolGradientGradient(g, x, ddx),
                 [&] { maxPoolGradientGradient(g, x.data(), ddx.data(), y.data()); });
  }
  std::string wrongAverage() {
    return wrong("averagePool", y, expected::averagePool(g, x), [&] { averagePool(g, x.data(), y.data()); });
  }
  std::string wrongAverageGradient() {
    return wrong("averagePoolGradient", dx, expected::averagePoolGradient(g, dy),
                 [&] { averagePoolGradient(g, dy.data(), dx.data()); });
  }
  /// Runs all kernels.
  std::string wrong() {
    return wrongMax() + wrongMaxGradient() + wrongMaxGradientGradient() + wrongAverage() + wrongAverageGradient();
  }

  PoolGeometry g;
  GuardedTensor x, ddx, dy, y, dx;
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

TEST_CASE("Pooling: any window, stride, dilation and padding") {
  Random random(1);
  const std::vector<Axis> axes = smallAxes();
  for (int i = 0; i < 6000; ++i) {
    const PoolGeometry g{random.within(1, 2), random.within(1, 9), random.oneOf(axes), random.oneOf(axes)};
    INFO("height: " << description(g.height) << ", width: " << description(g.width) << ", " << g.channels
                    << " channels");
    Problem p(g, random.within(0, 15));
    p.fill(random, -3, 3);
    REQUIRE(p.wrong() == "");
  }
}

TEST_CASE("Pooling: any number of channels and images") {
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

TEST_CASE("Pooling: the padding modes and common windows") {
  Random random(3);
  for (const int taps : {1, 2, 3}) {
    for (const int stride : {1, 2, 3}) {
      for (const int size : {6, 7}) {
        for (Convolution convolution :
             {Convolution({2, size, size, 6}, {taps, taps}).same(),
              Convolution({2, size, size, 6}, {taps, taps}).valid(),
              Convolution({2, size, size, 6}, {taps, taps}).pad(1),
              Convolution({2, size, size, 6}, {taps, taps}).pad(0, 2, 3, 1),
              Convolution({2, size, size, 6}, {taps, taps}).pad(1).rounding(Rounding::kCeil),
              Convolution({2, size, size, 6}, {taps, taps}).pad(0).rounding(Rounding::kCeil),
              Convolution({2, size, size, 6}, {taps, taps}).pad(1).rounding(Rounding::kRound)}) {
          convolution.strides(stride);
          INFO(convolution.description());
          Problem p(poolOf(convolution), 0);
          p.fill(random, -100, 100);
          CHECK(p.wrong() == "");
        }
      }
    }
  }
}

/// Checks all kernels. A window may have so many inputs that their number divides a multiple of dy only if it is
/// rounded, so the gradient of the mean is compared with a tolerance.
void checkLarge(Convolution convolution, Random& random) {
  INFO(convolution.description());
  Problem p(poolOf(convolution), random.within(0, 15));
  p.fill(random, -9, 9);
  CHECK(p.wrongMax() + p.wrongMaxGradient() + p.wrongMaxGradientGradient() + p.wrongAverage() == "");
  averagePoolGradient(p.g, p.dy.data(), p.dx.data());
  const expected::Values right = expected::averagePoolGradient(p.g, p.dy);
  size_t wrong = 0;
  for (size_t i = 0; i < right.size(); ++i) wrong += p.dx[i] != Approx(right[i]).epsilon(1e-5).margin(1e-2);
  CHECK(wrong == 0);
}

TEST_CASE("Pooling: windows in the padding, and long strides and dilations") {
  Random random(5);
  constexpr int64_t kLong = 1 << 29;
  for (const Convolution& convolution :
       {Convolution({1, 3, 3, 2}, {2, 2}).strides(2).pad(4), Convolution({1, 5, 5, 3}, {2, 2}).strides(7).pad(3),
        Convolution({1, 5, 5, 3}, {3, 3}).strides(4).pad(0).rounding(Rounding::kCeil),
        Convolution({1, 5, 5, 1}, {3, 3}).strides(kLong).pad(0).rounding(Rounding::kCeil),
        Convolution({1, 5, 5, 5}, {2, 2}).dilations(kLong).same(), Convolution({1, 2, 2, 5}, {1000, 1000}).same()}) {
    checkLarge(convolution, random);
  }
}

TEST_CASE("Pooling: large windows") {
  Random random(8);
  for (const Convolution& convolution :
       {Convolution({1, 30, 30, 4}, {30, 30}), Convolution({1, 40, 9, 3}, {33, 5}).strides(3, 2).same(),
        Convolution({2, 7, 7, 1}, {7, 7}), Convolution({2, 9, 10, 2}, {6, 6}).strides(1).same(),
        Convolution({1, 1, 40, 5}, {1, 33}), Convolution({2, 40, 1, 6}, {33, 1}).strides(2),
        Convolution({1, 13, 14, 3}, {6, 7}).dilations(2), Convolution({1, 8, 9, 7}, {8, 9}).pad(3).strides(5)}) {
    checkLarge(convolution, random);
  }
  // More channels than are computed at a time, and rests of all sizes.
  for (const int channels : {252, 255, 256, 257, 260, 515}) {
    checkLarge(Convolution({2, 6, 7, channels}, {6, 6}), random);
  }
}

TEST_CASE("Pooling: a window without inputs") {
  Problem p(poolOf(Convolution({1, 1, 1, 5}, {1, 1}).pad(1)), 0);
  Random random(6);
  p.fill(random, 1, 9);
  CHECK(p.wrong() == "");
  maxPool(p.g, p.x.data(), p.y.data());
  CHECK(p.y[0] == -kInfinity);
  averagePool(p.g, p.x.data(), p.y.data());
  CHECK(p.y[0] == 0);
  // The gradients are those of the one window with an input.
  maxPoolGradient(p.g, p.x.data(), p.dy.data(), p.dx.data());
  for (size_t c = 0; c < 5; ++c) CHECK(p.dx[c] == p.dy[20 + c]);
}

TEST_CASE("Average pooling: divides by the number of inputs inside the image, in both directions") {
  Problem p(poolOf(Convolution({1, 1, 3, 1}, {1, 3}).same()), 0);
  for (const size_t i : {0, 1, 2}) {
    p.x[i] = float(1 + i);
    p.dy[i] = 1;
  }
  averagePool(p.g, p.x.data(), p.y.data());
  CHECK(valueDifference(p.y.values(), expected::Values{1.5f, 2, 2.5f}) == "");
  averagePoolGradient(p.g, p.dy.data(), p.dx.data());
  constexpr float kThird = 1.0f / 3;
  CHECK(valueDifference(p.dx.values(), expected::Values{0.5f + kThird, 0.5f + kThird + 0.5f, kThird + 0.5f}) == "");
}

TEST_CASE("Average pooling: the mean of many inputs is accurate") {
  // Summed one after the other, 2^14 terms of 0.1 have an error of about 1e-3.
  for (const Convolution& convolution :
       {Convolution({1, 128, 128, 5}, {128, 128}), Convolution({1, 1, 16384, 5}, {1, 16384}),
        Convolution({1, 16384, 1, 5}, {16384, 1}), Convolution({1, 6, 7, 5}, {6, 7})}) {
    INFO(convolution.description());
    Problem p(poolOf(convolution), 0);
    for (float& value : p.x.values()) value = 0.1f;
    averagePool(p.g, p.x.data(), p.y.data());
    for (const float value : p.y.values()) CHECK(std::abs(double{value} - double{0.1f}) < 3e-7);
  }
}

TEST_CASE("Pooling: gradients are adjoint") {
  Random random(7);
  const std::vector<Axis> axes = smallAxes();
  const auto dot = [](const GuardedTensor& a, const GuardedTensor& b) {
    return std::inner_product(a.values().begin(), a.values().end(), b.values().begin(), 0.0);
  };
  for (int i = 0; i < 500; ++i) {
    const PoolGeometry g{random.within(1, 2), random.within(1, 9), random.oneOf(axes), random.oneOf(axes)};
    INFO("height: " << description(g.height) << ", width: " << description(g.width));
    Problem p(g, 0);
    p.fill(random, -9, 9);
    // Σ y·dy = Σ x·dx for y = averagePool(x), which is linear.
    averagePool(g, p.x.data(), p.y.data());
    averagePoolGradient(g, p.dy.data(), p.dx.data());
    double size = 1;
    for (size_t k = 0; k < p.y.size(); ++k) size += std::abs(double{p.y[k]} * p.dy[k]);
    REQUIRE(std::abs(dot(p.y, p.dy) - dot(p.x, p.dx)) <= 1e-6 * size);
    // Σ dx·ddx = Σ dy·ddy for dx = maxPoolGradient(x, dy), which is linear in dy.
    maxPoolGradient(g, p.x.data(), p.dy.data(), p.dx.data());
    maxPoolGradientGradient(g, p.x.data(), p.ddx.data(), p.y.data());
    REQUIRE(dot(p.dx, p.ddx) == dot(p.dy, p.y));
  }
}

TEST_CASE("Max pooling: windows without a positive value") {
  // tfjs's wasm backend starts with the smallest positive number, and computes a gradient of 0 here.
  Random random(3);
  for (const int high : {0, -1}) {
    Problem p(poolOf(Convolution({2, 9, 9, 5}, {3, 3}).strides(2).same()), 0);
    p.fill(random, -9, high);
    CHECK(p.wrongMax() + p.wrongMaxGradient() == "");
    CHECK(std::accumulate(p.dx.values().begin(), p.dx.values().end(), 0.0) ==
          std::accumulate(p.dy.values().begin(), p.dy.values().end(), 0.0));
  }
}

/// One window of `inputs` and its gradient of 5.
struct OneWindow {
  explicit OneWindow(const std::vector<float>& inputs)
      : p(poolOf(Convolution({1, 1, int(inputs.size()), 1}, {1, int(inputs.size())})), 0) {
    std::copy(inputs.begin(), inputs.end(), p.x.data());
    p.dy[0] = 5;
    std::iota(p.ddx.values().begin(), p.ddx.values().end(), 1.0f);
    CHECK(p.wrongMaxGradientGradient() + p.wrongMaxGradient() + p.wrongMax() == "");
  }
  float max() const { return p.y[0]; }
  expected::Values dx() const { return {p.dx.values().begin(), p.dx.values().end()}; }

  Problem p;
};

TEST_CASE("Max pooling: the first of equal values is the maximum, and -0 equals 0") {
  CHECK(OneWindow({0, 1, 0, 1, 1, 1}).dx() == expected::Values{0, 5, 0, 0, 0, 0});
  CHECK(OneWindow({-1, -1, -1, 1, -1, 1}).dx() == expected::Values{0, 0, 0, 5, 0, 0});
  CHECK(OneWindow({-0.0f, 0, 0, 0, 0, 0}).dx() == expected::Values{5, 0, 0, 0, 0, 0});
  CHECK(std::signbit(OneWindow({-0.0f, 0}).max()));
}

TEST_CASE("Max pooling: a NaN is the maximum only without other values, and -infinity is a value") {
  CHECK(OneWindow({kNaN, -2, kNaN, -3}).dx() == expected::Values{0, 5, 0, 0});
  CHECK(OneWindow({kNaN, kNaN, kInfinity, kInfinity}).dx() == expected::Values{0, 0, 5, 0});
  CHECK(OneWindow({-kInfinity, -kInfinity, -1e38f, kNaN}).dx() == expected::Values{0, 0, 5, 0});
  CHECK(OneWindow({kNaN, -kInfinity, -kInfinity}).dx() == expected::Values{0, 5, 0});
  CHECK(OneWindow({-kInfinity, -kInfinity}).dx() == expected::Values{5, 0});
  CHECK(OneWindow({kNaN, kNaN, kNaN, kNaN}).dx() == expected::Values(4, 0));
  CHECK(std::isnan(OneWindow({kNaN, kNaN}).max()));
}

TEST_CASE("Pooling: NaN and infinity in any place") {
  Random random(4);
  constexpr std::array specials{kNaN, kInfinity, -kInfinity};
  for (const int taps : {2, 3, 4, 6}) {
    for (int i = 0; i < 100; ++i) {
      Problem p(poolOf(Convolution({1, 8, 8, random.within(1, 9)}, {taps, taps}).strides(2).pad(2)), 0);
      p.fill(random, -2, 2);
      for (GuardedTensor* tensor : {&p.x, &p.dy, &p.ddx}) {
        for (float& value : tensor->values()) value = random.oneIn(4) ? random.oneOf(specials) : value;
      }
      REQUIRE(p.wrong() == "");
    }
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
  maxPoolGradient(p.g, p.x.data(), p.dy.data(), p.dx.data());
  const auto weighted = [&] {
    maxPool(p.g, p.x.data(), p.y.data());
    return std::inner_product(p.y.values().begin(), p.y.values().end(), p.dy.values().begin(), 0.0);
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
