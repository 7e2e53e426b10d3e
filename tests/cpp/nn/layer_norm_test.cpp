#include "nn/layer_norm.h"

#include <array>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <vector>

#include "channel_tensors.h"
#include "support/allocation_failures.h"
#include "support/compare.h"

namespace depthwise {
namespace {

/// Random inputs, and the results of the definition in float64.
struct Problem {
  Problem(int rowCount, int rowSize, Random& random, bool scaled, bool centered)
      : rows(rowCount),
        size(rowSize),
        hasScale(scaled),
        hasOffset(centered),
        x(int64_t{rows} * size, 1),
        dy(int64_t{rows} * size, 2),
        scale(size, 3),
        offset(size, 5) {
    for (GuardedTensor* tensor : {&x, &dy, &scale, &offset}) fillFractions(*tensor, random, -0.5f);
  }

  LayerNorm norm() const {
    return {rows, size, epsilon, hasScale ? scale.data() : nullptr, hasOffset ? offset.data() : nullptr};
  }

  size_t at(int row, int i) const { return static_cast<size_t>(row * size + i); }
  double scaleAt(int i) const { return hasScale ? scale[static_cast<size_t>(i)] : 1; }
  double offsetAt(int i) const { return hasOffset ? offset[static_cast<size_t>(i)] : 0; }

  /// Returns z = (x − mean)·r of all elements, and r of each row.
  std::pair<std::vector<double>, std::vector<double>> normalized() const {
    std::vector<double> z(x.size()), r(static_cast<size_t>(rows));
    for (int row = 0; row < rows; ++row) {
      double mean = 0, variance = 0;
      for (int i = 0; i < size; ++i) mean += double{x[at(row, i)]} / size;
      for (int i = 0; i < size; ++i) variance += std::pow(x[at(row, i)] - mean, 2) / size;
      r[static_cast<size_t>(row)] = 1 / std::sqrt(variance + epsilon);
      for (int i = 0; i < size; ++i) z[at(row, i)] = (x[at(row, i)] - mean) * r[static_cast<size_t>(row)];
    }
    return {z, r};
  }

  int rows, size;
  bool hasScale, hasOffset;
  float epsilon = 0.001f;
  GuardedTensor x, dy, scale, offset;
};

struct Gradients {
  explicit Gradients(const Problem& p)
      : dx(static_cast<int64_t>(p.x.size()), 2), dScale(p.size, 3), dOffset(p.size, 4) {
    REQUIRE(layerNormGradient(p.norm(), p.x.data(), p.dy.data(), {dx.data(), dScale.data(), dOffset.data()}));
    for (const GuardedTensor* tensor : {&dx, &dScale, &dOffset}) CHECK(tensor->guardsAreIntact());
  }

  GuardedTensor dx, dScale, dOffset;
};

constexpr std::array kSizes{1, 2, 3, 4, 5, 15, 16, 17, 20, 35, 64, 131, 1024, 1027, 5000};
constexpr std::array kRows{0, 1, 2, 7, 64, 150};

TEST_CASE("Layer norm: any size, with and without scale and offset") {
  Random random(1);
  for (const int size : kSizes) {
    for (const int rows : kRows) {
      INFO(rows << " rows of " << size);
      Problem p(rows, size, random, random.within(0, 1) == 1, random.within(0, 1) == 1);
      const auto [z, r] = p.normalized();
      GuardedTensor y(static_cast<int64_t>(p.x.size()), 3);
      layerNorm(p.norm(), p.x.data(), y.data());
      CHECK(y.guardsAreIntact());
      for (int row = 0; row < rows; ++row) {
        for (int i = 0; i < size; ++i) {
          const double expected = z[p.at(row, i)] * p.scaleAt(i) + p.offsetAt(i);
          REQUIRE(std::abs(y[p.at(row, i)] - expected) <= 4e-6);
        }
      }
    }
  }
}

TEST_CASE("Layer norm: gradients, for any size") {
  Random random(2);
  for (const int size : kSizes) {
    // Many rows give several chunks of sums.
    for (const int rows : {0, 1, 2, 7, 64, 150, size <= 20 ? 1101 : 151}) {
      INFO(rows << " rows of " << size);
      const Problem p(rows, size, random, random.within(0, 1) == 1, true);
      const Gradients got(p);
      const auto [z, r] = p.normalized();
      std::vector<double> dScale(static_cast<size_t>(size)), dOffset(dScale);
      for (int row = 0; row < rows; ++row) {
        double meanG = 0, meanGz = 0;
        for (int i = 0; i < size; ++i) {
          const double g = p.dy[p.at(row, i)] * p.scaleAt(i);
          meanG += g / size;
          meanGz += g * z[p.at(row, i)] / size;
          dScale[static_cast<size_t>(i)] += p.dy[p.at(row, i)] * z[p.at(row, i)];
          dOffset[static_cast<size_t>(i)] += p.dy[p.at(row, i)];
        }
        const double factor = r[static_cast<size_t>(row)];
        for (int i = 0; i < size; ++i) {
          const double g = p.dy[p.at(row, i)] * p.scaleAt(i);
          const double expected = factor * (g - meanG - z[p.at(row, i)] * meanGz);
          REQUIRE(std::abs(got.dx[p.at(row, i)] - expected) <= 3e-6 * (1 + factor));
        }
      }
      for (size_t i = 0; i < dScale.size(); ++i) {
        REQUIRE(std::abs(got.dScale[i] - dScale[i]) <= 1e-6 * (1 + rows));
        REQUIRE(std::abs(got.dOffset[i] - dOffset[i]) <= 1e-6 * (1 + rows));
      }
    }
  }
}

TEST_CASE("Layer norm: gradients equal finite differences") {
  Random random(3);
  Problem p(3, 7, random, true, true);
  const Gradients got(p);
  const auto weighted = [&] {
    const auto [z, r] = p.normalized();
    double sum = 0;
    for (int row = 0; row < p.rows; ++row) {
      for (int i = 0; i < p.size; ++i) {
        sum += p.dy[p.at(row, i)] * (z[p.at(row, i)] * p.scaleAt(i) + p.offsetAt(i));
      }
    }
    return sum;
  };
  const auto check = [&](GuardedTensor& of, const GuardedTensor& gradient) {
    for (size_t i = 0; i < of.size(); ++i) {
      const float before = of[i];
      of[i] = before + 0x1p-10f;
      const double above = weighted(), taken = double{of[i]} - before;
      of[i] = before - 0x1p-10f;
      const double below = weighted(), back = double{before} - of[i];
      of[i] = before;
      CHECK(gradient[i] == Approx((above - below) / (taken + back)).epsilon(1e-2).margin(1e-3));
    }
  };
  check(p.x, got.dx);
  check(p.scale, got.dScale);
  check(p.offset, got.dOffset);
}

TEST_CASE("Layer norm: rows far from 0 keep their digits, and a value that is not finite affects its row only") {
  Random random(4);
  Problem p(3, 100, random, true, true);
  for (size_t i = 0; i < 100; ++i) p.x[i] = 4096 + p.x[i];
  p.x[150] = std::numeric_limits<float>::infinity();
  const auto [z, r] = p.normalized();
  GuardedTensor y(300);
  layerNorm(p.norm(), p.x.data(), y.data());
  const Gradients got(p);
  for (int row = 0; row < 3; ++row) {
    for (int i = 0; i < 100; ++i) {
      CHECK(std::isnan(y[p.at(row, i)]) == (row == 1));
      CHECK(std::isnan(got.dx[p.at(row, i)]) == (row == 1));
      // The float32 mean has an error of 2⁻¹³.
      if (row == 0) CHECK(std::abs(y[p.at(row, i)] - (z[p.at(row, i)] * p.scaleAt(i) + p.offsetAt(i))) <= 1e-3);
    }
  }
}

TEST_CASE("Layer norm: a failed allocation leaves the gradients unwritten") {
  Random random(5);
  const Problem p(5, 20, random, true, true);
  GuardedTensor dx(100), dScale(20), dOffset(20);
  CHECK(failEachAllocation({dx.values(), dScale.values(), dOffset.values()}, [&] {
          return bool(layerNormGradient(p.norm(), p.x.data(), p.dy.data(), {dx.data(), dScale.data(), dOffset.data()}));
        }) == 4);
}

}  // namespace
}  // namespace depthwise
