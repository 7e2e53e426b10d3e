#include "layer/argument_checks.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "refusal.h"

namespace depthwise {
namespace {

constexpr double kMost = std::numeric_limits<float>::max();

TEST_CASE("layer argument checks: numbers that are allowed pass") {
  for (const double value : {0.0, -0.0, 1.0, -1.0, 1e-300, kMost, -kMost}) {
    CHECK_FALSE(checkNumber("a", "b", value, Least::kNone));
  }
  for (const double value : {0.0, -0.0, 1e-300, kMost}) CHECK_FALSE(checkNumber("a", "b", value, Least::kZero));
  for (const double value : {1e-300, 1.0, kMost}) CHECK_FALSE(checkNumber("a", "b", value, Least::kAboveZero));
}

TEST_CASE("layer argument checks: others are refused with the argument, the field, what is allowed and what came") {
  const auto text = [](double value, Least least) {
    return textOf(checkNumber("biasInitializer", "mean", value, least));
  };
  const std::string must = "Error in DepthwiseConv2D: biasInitializer.mean must be a finite float32 number";
  CHECK(text(std::nan(""), Least::kNone) == must + ", got NaN");
  CHECK(text(INFINITY, Least::kNone) == must + ", got Infinity");
  CHECK(text(-1e39, Least::kNone) == must + ", got -1e+39");
  CHECK(text(-0.5, Least::kZero) == must + " of at least 0, got -0.5");
  CHECK(text(std::nan(""), Least::kZero) == must + " of at least 0, got NaN");
  CHECK(text(0, Least::kAboveZero) == must + " above 0, got 0");
  CHECK(text(-3, Least::kAboveZero) == must + " above 0, got -3");
  CHECK(checkNumber("a", "b", -3, Least::kZero).kind() == Error::Kind::kRange);
}

TEST_CASE("layer argument checks: an error about an argument as a whole names no field") {
  CHECK(layerTypeError("weights").text() == "Error in DepthwiseConv2D: weights ");
  CHECK(layerTypeError("weights").kind() == Error::Kind::kType);
  CHECK(layerRangeError("weights", "shape").text() == "Error in DepthwiseConv2D: weights.shape ");
  CHECK(layerRangeError("weights").kind() == Error::Kind::kRange);
}

}  // namespace
}  // namespace depthwise
