#include "layer/constraints.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include "support/random.h"

namespace depthwise {
namespace {

using Kind = Constraint::Kind;
using Dimensions = std::vector<int64_t>;
using Axes = std::vector<int>;

Constraint constraint(Kind kind, const Axes& axes = {0}) {
  Constraint constraint{.kind = kind, .axisCount = int32_t(axes.size())};
  std::copy(axes.begin(), axes.end(), constraint.axes.begin());
  return constraint;
}

/// Returns the constrained weights as the documentation of Keras and tfjs defines them, from the index of each weight.
std::vector<double> expected(const Constraint& c, const Dimensions& shape, const std::vector<float>& weights) {
  const size_t rank = shape.size();
  std::vector<bool> summed(rank);
  for (int i = 0; i < c.axisCount; ++i)
    summed[size_t(c.axes[size_t(i)] < 0 ? c.axes[size_t(i)] + int(rank) : c.axes[size_t(i)])] = true;
  // Weights with a common norm have the same index along the other axes.
  const auto groupOf = [&](size_t i) {
    std::vector<size_t> group;
    for (size_t axis = rank; axis-- > 0; i /= static_cast<size_t>(shape[axis])) {
      if (!summed[axis]) group.push_back(i % static_cast<size_t>(shape[axis]));
    }
    return group;
  };
  std::vector<double> result;
  for (size_t i = 0; i < weights.size(); ++i) {
    double squares = 0;
    for (size_t k = 0; k < weights.size(); ++k) {
      if (groupOf(k) == groupOf(i)) squares += double{weights[k]} * weights[k];
    }
    const double norm = std::sqrt(squares), w = weights[i];
    switch (c.kind) {
      case Kind::kMaxNorm:
        result.push_back(w * std::min(norm, c.maxValue) / (1e-7 + norm));
        break;
      case Kind::kMinMaxNorm:
        result.push_back(w * (c.rate * std::clamp(norm, c.minValue, c.maxValue) + (1 - c.rate) * norm) / (1e-7 + norm));
        break;
      case Kind::kNonNeg:
        result.push_back(std::max(w, 0.0));
        break;
      case Kind::kUnitNorm:
        result.push_back(w / (1e-7 + norm));
        break;
      case Kind::kNone:
        result.push_back(w);
        break;
    }
  }
  return result;
}

void compare(const Constraint& c, const Dimensions& shape, std::vector<float> weights) {
  const std::vector<double> want = expected(c, shape, weights);
  applyConstraint(c, shape, weights.data());
  double worst = 0;
  for (size_t i = 0; i < weights.size(); ++i) {
    worst = std::max(worst, std::abs(weights[i] - want[i]) / std::max(std::abs(want[i]), 1e-30));
  }
  CHECK(worst < 1e-7);
}

std::vector<float> randomWeights(const Dimensions& shape, Random& random) {
  size_t count = 1;
  for (const int64_t size : shape) count *= static_cast<size_t>(size);
  std::vector<float> weights(count);
  for (float& weight : weights) weight = 2 * random.unit() - 1;
  return weights;
}

TEST_CASE("Constraint: every set of axes, in any order and counted from either end") {
  Random random(1);
  const Dimensions shape{3, 2, 4, 5};
  for (int set = 1; set < 16; ++set) {
    Axes axes, backwards;
    for (int axis = 0; axis < 4; ++axis) {
      if (set >> axis & 1) axes.push_back(axis), backwards.insert(backwards.begin(), axis - 4);
    }
    for (const Kind kind : {Kind::kMaxNorm, Kind::kMinMaxNorm, Kind::kUnitNorm}) {
      for (const Axes& list : {axes, backwards}) {
        INFO("kind " << static_cast<int>(kind) << ", set " << set << ", first axis " << list[0]);
        Constraint c = constraint(kind, list);
        c.maxValue = 1.1;
        compare(c, shape, randomWeights(shape, random));
      }
    }
  }
}

TEST_CASE("Constraint: tensors of every rank up to 4") {
  Random random(2);
  for (const Dimensions& shape : {Dimensions{7}, {3, 4}, {2, 3, 4}, {3, 3, 2, 2}, {1}, {1, 1, 1, 1}}) {
    const int rank = int(shape.size());
    for (const Kind kind : {Kind::kMaxNorm, Kind::kMinMaxNorm, Kind::kUnitNorm, Kind::kNonNeg, Kind::kNone}) {
      for (int axis = -rank; axis < rank; ++axis) {
        INFO("rank " << rank << ", axis " << axis);
        Constraint c = constraint(kind, {axis});
        c.maxValue = 0.7;
        compare(c, shape, randomWeights(shape, random));
      }
    }
  }
}

TEST_CASE("Constraint: kMinMaxNorm stretches, shrinks, and does so in part with a rate below 1") {
  Random random(3);
  const Dimensions shape{4, 6};
  for (const double rate : {0.0, 0.25, 1.0}) {
    for (const auto& [low, high] : {std::pair{0.0, 0.5}, {2.0, 3.0}, {1.0, 1.0}, {0.9, 1.3}}) {
      INFO("rate " << rate << ", from " << low << " to " << high);
      Constraint c = constraint(Kind::kMinMaxNorm);
      c.minValue = low;
      c.maxValue = high;
      c.rate = rate;
      compare(c, shape, randomWeights(shape, random));
    }
  }
}

TEST_CASE("Constraint: kNonNeg keeps positive numbers and NaN") {
  std::vector<float> weights{-1, 0, 2, std::nanf(""), -INFINITY, INFINITY};
  applyConstraint(constraint(Kind::kNonNeg), Dimensions{6}, weights.data());
  CHECK(std::vector<float>(weights.begin(), weights.begin() + 3) == std::vector<float>{0, 0, 2});
  CHECK(std::isnan(weights[3]));
  CHECK(weights[4] == 0);
  CHECK(weights[5] == INFINITY);
}

TEST_CASE("Constraint: zeros remain zeros, and norms of large weights do not overflow") {
  std::vector<float> weights{0, 3e38f, 0, 3e38f};
  applyConstraint(constraint(Kind::kUnitNorm), Dimensions{2, 2}, weights.data());
  CHECK(weights[0] == 0);
  CHECK(weights[1] == Approx(std::sqrt(0.5)));
  CHECK(weights[2] == 0);
  CHECK(weights[3] == Approx(std::sqrt(0.5)));
}

TEST_CASE("Constraint: a NaN affects the weights with a common norm only") {
  for (const Kind kind : {Kind::kMaxNorm, Kind::kMinMaxNorm, Kind::kUnitNorm}) {
    std::vector<float> weights{std::nanf(""), 1, 1, 1};
    applyConstraint(constraint(kind), Dimensions{2, 2}, weights.data());
    CHECK(std::isnan(weights[0]));
    CHECK(std::isfinite(weights[1]));
    CHECK(std::isnan(weights[2]));
    CHECK(std::isfinite(weights[3]));
  }
}

}  // namespace
}  // namespace depthwise
