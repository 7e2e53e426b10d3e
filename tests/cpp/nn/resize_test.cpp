#include "nn/resize.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "support/allocation_failures.h"
#include "support/compare.h"
#include "support/guarded_tensor.h"
#include "support/random.h"

namespace depthwise {
namespace {

constexpr std::array kInterpolations{Interpolation::kNearest, Interpolation::kBilinear};
constexpr std::array kGrids{PixelGrid::kCorner, PixelGrid::kAlignCorners, PixelGrid::kHalfPixel};

/// The weight of input k in output i, in float64. Positions are rational numbers, so they are computed from integers.
double weight(Interpolation interpolation, PixelGrid grid, int in, int out, int i, int k) {
  const bool corners = grid == PixelGrid::kAlignCorners && out > 1;
  const int numerator = corners ? in - 1 : in, denominator = corners ? out - 1 : out;
  if (interpolation == Interpolation::kNearest) {
    // The position is twice / (2·denominator).
    const int twice = (grid == PixelGrid::kHalfPixel ? 2 * i + 1 : 2 * i) * numerator;
    const int pixel =
        grid == PixelGrid::kAlignCorners ? (twice + denominator) / (2 * denominator) : twice / (2 * denominator);
    return std::min(pixel, in - 1) == k ? 1 : 0;
  }
  const double half = grid == PixelGrid::kHalfPixel ? 0.5 : 0;
  const double position = std::clamp((i + half) * numerator / denominator - half, 0.0, in - 1.0);
  return std::max(0.0, 1 - std::abs(position - k));
}

/// The adjoint of the definition: each output adds its dy, weighted, to the inputs that it reads.
std::vector<double> expectedGradient(const ResizeShape& s, Interpolation interpolation, PixelGrid grid,
                                     std::span<const float> dy) {
  std::vector<double> dx;
  for (int n = 0; n < s.batch; ++n) {
    for (int row = 0; row < s.inHeight; ++row) {
      for (int column = 0; column < s.inWidth; ++column) {
        for (int c = 0; c < s.channels; ++c) {
          double sum = 0;
          for (int i = 0; i < s.outHeight; ++i) {
            const double rowWeight = weight(interpolation, grid, s.inHeight, s.outHeight, i, row);
            if (rowWeight == 0) continue;
            for (int j = 0; j < s.outWidth; ++j) {
              const size_t at = static_cast<size_t>(((n * s.outHeight + i) * s.outWidth + j) * s.channels + c);
              sum += rowWeight * weight(interpolation, grid, s.inWidth, s.outWidth, j, column) * dy[at];
            }
          }
          dx.push_back(sum);
        }
      }
    }
  }
  return dx;
}

struct Problem {
  Problem(const ResizeShape& shape, Random& random, int shift = 0)
      : s(shape),
        dy(int64_t{s.batch} * s.outHeight * s.outWidth * s.channels, shift),
        dx(int64_t{s.batch} * s.inHeight * s.inWidth * s.channels, shift + 1) {
    for (float& value : dy.values()) value = static_cast<float>(random.within(-9, 9));
  }

  /// Returns the largest error.
  double error(Interpolation interpolation, PixelGrid grid) {
    REQUIRE(resizeGradient(s, interpolation, grid, dy.data(), dx.data()));
    CHECK(dy.guardsAreIntact());
    CHECK(dx.guardsAreIntact());
    const std::vector<double> expected = expectedGradient(s, interpolation, grid, dy.values());
    double largest = 0;
    for (size_t i = 0; i < expected.size(); ++i) {
      const double difference = std::abs(dx[i] - expected[i]);
      if (!(difference <= largest)) largest = difference;
    }
    return largest;
  }

  ResizeShape s;
  GuardedTensor dy, dx;
};

TEST_CASE("Resize gradient: the adjoint of the definition, for any sizes and batches") {
  Random random(1);
  for (int round = 0; round < 400; ++round) {
    const ResizeShape shape{random.within(1, 3), random.within(1, 9),  random.within(1, 9),
                            random.within(0, 9), random.within(0, 20), random.within(1, 6)};
    INFO(shape.inHeight << "x" << shape.inWidth << " to " << shape.outHeight << "x" << shape.outWidth << ", "
                        << shape.channels << " channels, batch " << shape.batch);
    for (const PixelGrid grid : kGrids) {
      INFO("grid " << int(grid));
      Problem p(shape, random, random.within(0, 15));
      CHECK(p.error(Interpolation::kNearest, grid) == 0);
      CHECK(p.error(Interpolation::kBilinear, grid) <= 1e-4);
    }
  }
}

TEST_CASE("Resize gradient: keeps the sum of dy, because the weights of an output add up to 1") {
  Random random(2);
  for (const Interpolation interpolation : kInterpolations) {
    for (const PixelGrid grid : kGrids) {
      Problem p({2, 7, 5, 64, 64, 3}, random);
      CHECK(p.error(interpolation, grid) <= 1e-3);
      double dySum = 0, dxSum = 0;
      for (const float value : p.dy.values()) dySum += value;
      for (const float value : p.dx.values()) dxSum += value;
      CHECK(dxSum == Approx(dySum).epsilon(1e-4).margin(1e-2));
    }
  }
}

TEST_CASE("Resize gradient: few roundings when many outputs read one input") {
  Random random(3);
  Problem p({1, 1, 1, 1000, 1000, 1}, random);
  for (float& value : p.dy.values()) value = 0.1f;
  for (const Interpolation interpolation : kInterpolations) {
    REQUIRE(resizeGradient(p.s, interpolation, PixelGrid::kHalfPixel, p.dy.data(), p.dx.data()));
    CHECK(p.dx[0] == Approx(1e6 * double{0.1f}).epsilon(1e-4));
  }
}

TEST_CASE("Resize gradient: a value that is not finite affects only the inputs that its output reads") {
  Random random(4);
  Problem p({1, 1, 4, 1, 4, 1}, random);
  p.dy[1] = std::numeric_limits<float>::infinity();
  for (const Interpolation interpolation : kInterpolations) {
    for (const PixelGrid grid : kGrids) {
      REQUIRE(resizeGradient(p.s, interpolation, grid, p.dy.data(), p.dx.data()));
      for (size_t i = 0; i < 4; ++i) CHECK(p.dx[i] == p.dy[i]);  // the sizes are equal
    }
  }
}

TEST_CASE("Resize gradient: empty images") {
  Random random(5);
  for (const ResizeShape& shape :
       {ResizeShape{0, 3, 3, 5, 5, 2}, {1, 0, 3, 0, 5, 2}, {1, 3, 0, 5, 0, 2}, {1, 3, 3, 5, 5, 0}}) {
    Problem p(shape, random);
    for (const Interpolation interpolation : kInterpolations) CHECK(p.error(interpolation, PixelGrid::kCorner) == 0);
  }
}

TEST_CASE("Resize gradient: a failed allocation leaves dx unwritten") {
  Random random(6);
  Problem p({1, 3, 5, 6, 10, 2}, random);
  CHECK(failEachAllocation({p.dx.values()}, [&] {
          return bool(resizeGradient(p.s, Interpolation::kBilinear, PixelGrid::kCorner, p.dy.data(), p.dx.data()));
        }) == 2);
}

}  // namespace
}  // namespace depthwise
