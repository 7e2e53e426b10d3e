#include "layer/constraints.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include "support/random.h"

namespace depthwise {
namespace {

using Kind = Constraint::Kind;
using Dimensions = std::vector<int32_t>;
using Axes = std::vector<double>;

Constraint constraint(Kind kind, const Axes& axes = {0}) {
  Constraint constraint{kind};
  constraint.axes.count = static_cast<int>(axes.size());
  for (size_t i = 0; i < axes.size() && i < NumberList::kKept; ++i) constraint.axes.values[i] = axes[i];
  return constraint;
}

/// The definition of Keras's and tfjs's documentation, from the index of each weight.
std::vector<double> expected(const Constraint& c, const Dimensions& shape, const std::vector<float>& weights) {
  const size_t rank = shape.size();
  std::vector<bool> summed(rank);
  for (int i = 0; i < c.axes.count; ++i) {
    summed[static_cast<size_t>(c.axes.values[i] + (c.axes.values[i] < 0 ? static_cast<double>(rank) : 0))] = true;
  }
  /// The weights with a norm in common have the same index but along the axes that are summed.
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
  for (const int32_t size : shape) count *= static_cast<size_t>(size);
  std::vector<float> weights(count);
  for (float& weight : weights) weight = 2 * random.unit() - 1;
  return weights;
}

TEST_CASE("constraints: every set of axes, in any order and counted from either end") {
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
        REQUIRE_FALSE(checkConstraint("biasConstraint", c, 4));
        compare(c, shape, randomWeights(shape, random));
      }
    }
  }
}

TEST_CASE("constraints: tensors of every rank up to 4") {
  Random random(2);
  for (const Dimensions& shape : {Dimensions{7}, {3, 4}, {2, 3, 4}, {3, 3, 2, 2}, {1}, {1, 1, 1, 1}}) {
    const int rank = static_cast<int>(shape.size());
    for (const Kind kind : {Kind::kMaxNorm, Kind::kMinMaxNorm, Kind::kUnitNorm, Kind::kNonNeg}) {
      for (int axis = -rank; axis < rank; ++axis) {
        INFO("rank " << rank << ", axis " << axis);
        Constraint c = constraint(kind, {double(axis)});
        c.maxValue = 0.7;
        REQUIRE_FALSE(checkConstraint("biasConstraint", c, rank));
        compare(c, shape, randomWeights(shape, random));
      }
    }
  }
}

TEST_CASE("constraints: minMaxNorm stretches, shrinks, and goes part of the way") {
  Random random(3);
  const Dimensions shape{4, 6};
  for (const double rate : {0.0, 0.25, 1.0}) {
    for (const auto& [low, high] : {std::pair{0.0, 0.5}, {2.0, 3.0}, {1.0, 1.0}, {0.9, 1.3}}) {
      INFO("rate " << rate << ", from " << low << " to " << high);
      Constraint c = constraint(Kind::kMinMaxNorm);
      c.minValue = low;
      c.maxValue = high;
      c.rate = rate;
      REQUIRE_FALSE(checkConstraint("biasConstraint", c, 2));
      compare(c, shape, randomWeights(shape, random));
    }
  }
}

TEST_CASE("constraints: nonNeg keeps what is not negative, NaN too") {
  std::vector<float> weights{-1, 0, 2, std::nanf(""), -INFINITY, INFINITY};
  applyConstraint(constraint(Kind::kNonNeg), Dimensions{6}, weights.data());
  CHECK(std::vector<float>(weights.begin(), weights.begin() + 3) == std::vector<float>{0, 0, 2});
  CHECK(std::isnan(weights[3]));
  CHECK(weights[4] == 0);
  CHECK(weights[5] == INFINITY);
}

TEST_CASE("constraints: zero weights stay zero, and norms of large ones do not overflow") {
  std::vector<float> weights{0, 3e38f, 0, 3e38f};
  applyConstraint(constraint(Kind::kUnitNorm), Dimensions{2, 2}, weights.data());
  CHECK(weights[0] == 0);
  CHECK(weights[1] == Approx(std::sqrt(0.5)));
  CHECK(weights[2] == 0);
  CHECK(weights[3] == Approx(std::sqrt(0.5)));
}

TEST_CASE("constraints: a NaN spoils the weights that share its norm, and no others") {
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
