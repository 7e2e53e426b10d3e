#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include "layer/constraints.h"
#include "refusal.h"

namespace depthwise {
namespace {

using Kind = Constraint::Kind;
using Axes = std::vector<double>;

const std::string kPrefix = "Error in DepthwiseConv2D: biasConstraint";

Constraint constraint(Kind kind, const Axes& axes = {0}) {
  Constraint constraint{kind};
  constraint.axes.count = static_cast<int>(axes.size());
  for (size_t i = 0; i < axes.size() && i < NumberList::kKept; ++i) constraint.axes.values[i] = axes[i];
  return constraint;
}

TEST_CASE("constraints: every name of tfjs and Keras resolves, with Keras's defaults") {
  const auto check = [](Kind kind, std::vector<std::string_view> names, double maxValue) {
    CHECK(constraintName(kind) == names[0]);
    for (const std::string_view name : names) {
      INFO(name);
      const Result<Constraint> c = constraintNamed("biasConstraint", name);
      REQUIRE(c);
      CHECK(c->kind == kind);
      CHECK(c->maxValue == maxValue);
      CHECK(c->minValue == 0);
      CHECK(c->rate == 1);
      CHECK(c->axes.count == 1);
      CHECK(c->axes.values[0] == 0);
      CHECK_FALSE(checkConstraint("biasConstraint", *c, 1));
    }
  };
  check(Kind::kMaxNorm, {"maxNorm", "MaxNorm", "max_norm"}, 2);
  check(Kind::kMinMaxNorm, {"minMaxNorm", "MinMaxNorm", "min_max_norm"}, 1);
  check(Kind::kNonNeg, {"nonNeg", "NonNeg", "non_neg"}, 2);
  check(Kind::kUnitNorm, {"unitNorm", "UnitNorm", "unit_norm"}, 2);
  for (const char* name : {"", "maxnorm", "RadialConstraint", "nonneg"}) {
    CHECK(textOf(constraintNamed("biasConstraint", name)) ==
          kPrefix + " must be 'maxNorm', 'minMaxNorm', 'nonNeg' or 'unitNorm', got '" + name + "'");
  }
}

TEST_CASE("constraints: axes that a tensor does not have, or twice, or none at all, are refused") {
  const std::string must = kPrefix + ".axis must name axes of a tensor of rank ";
  const auto refused = [](const Axes& axes, int rank) {
    return textOf(checkConstraint("biasConstraint", constraint(Kind::kUnitNorm, axes), rank));
  };
  CHECK(refused({4}, 4) == must + "4, from -4 to 3 and each once, got [4]");
  CHECK(refused({-5}, 4) == must + "4, from -4 to 3 and each once, got [-5]");
  CHECK(refused({1}, 1) == must + "1, from -1 to 0 and each once, got [1]");
  CHECK(refused({0, 2, 0}, 4) == must + "4, from -4 to 3 and each once, got [0,2,0]");
  CHECK(refused({3, -1}, 4) == must + "4, from -4 to 3 and each once, got [3,-1]");
  CHECK(refused({0.5}, 4) == must + "4, from -4 to 3 and each once, got [0.5]");
  CHECK(refused({std::nan("")}, 4) == must + "4, from -4 to 3 and each once, got [NaN]");
  CHECK(refused({}, 4) == must + "4, from -4 to 3 and each once, got []");
  CHECK(refused({0, 1, 2, 3, 0, 1, 2, 3, 0}, 4) == must + "4, from -4 to 3 and each once, got [0,1,2,3,0,1,2,3,…]");
  CHECK(refused({0, 1, 2, 3}, 4).empty());
  CHECK(textOf(checkConstraint("biasConstraint", constraint(Kind::kNonNeg, {9}), 1)).empty());
}

TEST_CASE("constraints: limits and rates that make no sense are refused") {
  const auto refused = [](Kind kind, double Constraint::*field, double value) {
    Constraint c = constraint(kind);
    c.*field = value;
    return textOf(checkConstraint("biasConstraint", c, 1));
  };
  const std::string must = " must be a finite float32 number of at least 0, got ";
  CHECK(refused(Kind::kMaxNorm, &Constraint::maxValue, -1) == kPrefix + ".maxValue" + must + "-1");
  CHECK(refused(Kind::kMinMaxNorm, &Constraint::maxValue, INFINITY) == kPrefix + ".maxValue" + must + "Infinity");
  CHECK(refused(Kind::kMinMaxNorm, &Constraint::minValue, -1) == kPrefix + ".minValue" + must + "-1");
  CHECK(refused(Kind::kMinMaxNorm, &Constraint::minValue, 3) ==
        kPrefix + ".minValue must be at most maxValue, 2, got 3");
  for (const double rate : {-0.5, 1.5}) {
    CHECK(refused(Kind::kMinMaxNorm, &Constraint::rate, rate)
              .starts_with(kPrefix + ".rate must be a number from 0 to 1, got "));
  }
  CHECK(refused(Kind::kMinMaxNorm, &Constraint::rate, std::nan("")) ==
        kPrefix + ".rate must be a number from 0 to 1, got NaN");
  CHECK(refused(Kind::kMaxNorm, &Constraint::minValue, 3).empty());
  CHECK(refused(Kind::kMaxNorm, &Constraint::maxValue, 0).empty());
  CHECK(refused(Kind::kUnitNorm, &Constraint::maxValue, -1).empty());
}

}  // namespace
}  // namespace depthwise
