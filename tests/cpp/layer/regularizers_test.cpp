#include "layer/regularizers.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <vector>

#include "support/random.h"
#include "refusal.h"

namespace depthwise {
namespace {

using Kind = Regularizer::Kind;

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

TEST_CASE("regularizers: every name of tfjs and Keras resolves, with 0.01") {
  struct Expected {
    std::string_view name;
    Kind kind;
    double l1, l2;
  };
  for (const Expected& expected : {Expected{"l1", Kind::kL1, 0.01, 0},
                                   {"L1", Kind::kL1, 0.01, 0},
                                   {"l2", Kind::kL2, 0, 0.01},
                                   {"L2", Kind::kL2, 0, 0.01},
                                   {"l1l2", Kind::kL1L2, 0.01, 0.01},
                                   {"L1L2", Kind::kL1L2, 0.01, 0.01},
                                   {"l1_l2", Kind::kL1L2, 0.01, 0.01}}) {
    INFO(expected.name);
    const Result<Regularizer> regularizer = regularizerNamed("biasRegularizer", expected.name);
    REQUIRE(regularizer);
    CHECK(regularizer->kind == expected.kind);
    CHECK(regularizer->l1 == expected.l1);
    CHECK(regularizer->l2 == expected.l2);
  }
}

TEST_CASE("regularizers: other names are refused") {
  for (const char* name : {"", "l3", "L1l2", "l1L2", "orthogonal_regularizer"}) {
    CHECK(textOf(regularizerNamed("biasRegularizer", name)) ==
          std::string("Error in DepthwiseConv2D: biasRegularizer must be 'l1', 'l2' or 'l1l2', got '") + name + "'");
  }
}

TEST_CASE("regularizers: coefficients must be finite and not negative") {
  CHECK_FALSE(checkRegularizer("r", {Kind::kL1L2, 0, 0}));
  CHECK_FALSE(checkRegularizer("r", {Kind::kL1L2, 3, 0.5}));
  CHECK(textOf(checkRegularizer("depthwiseRegularizer", {Kind::kL1, -0.1, 0})) ==
        "Error in DepthwiseConv2D: depthwiseRegularizer.l1 must be a finite float32 number of at least 0, got -0.1");
  CHECK(textOf(checkRegularizer("depthwiseRegularizer", {Kind::kL2, 0, std::nan("")})) ==
        "Error in DepthwiseConv2D: depthwiseRegularizer.l2 must be a finite float32 number of at least 0, got NaN");
}

TEST_CASE("regularizers: the penalty is l1 times the absolute values and l2 times the squares") {
  const std::vector<float> values{1, -2, 0, 0.5f, -0.f};
  CHECK(penalty({Kind::kL1, 0.1, 0}, values) == Approx(0.1 * 3.5).epsilon(1e-14));
  CHECK(penalty({Kind::kL2, 0, 0.1}, values) == Approx(0.1 * 5.25).epsilon(1e-14));
  CHECK(penalty({Kind::kL1L2, 0.3, 0.7}, values) == Approx(0.3 * 3.5 + 0.7 * 5.25).epsilon(1e-14));
  CHECK(penalty({Kind::kL1L2, 0, 0}, values) == 0);
  CHECK(penalty({Kind::kL1L2, 1, 1}, {}) == 0);
}

TEST_CASE("regularizers: the penalty of many weights is a float64 sum, and of large ones does not overflow") {
  const std::vector<float> many(1000000, 0.1f);
  CHECK(penalty({Kind::kL1, 1, 0}, many) == Approx(1e6 * double{0.1f}).epsilon(1e-10));
  CHECK(penalty({Kind::kL2, 0, 1}, many) == Approx(1e6 * double{0.1f} * 0.1f).epsilon(1e-10));
  const std::vector<float> large{3e38f, -3e38f};
  CHECK(penalty({Kind::kL2, 0, 1}, large) == Approx(1.8e77));
}

TEST_CASE("regularizers: a coefficient of 0 takes no part, and NaN is not hidden") {
  const std::vector<float> infinite{kInfinity}, nan{1, kNaN};
  CHECK(penalty({Kind::kL1L2, 0, 0}, infinite) == 0);
  CHECK(penalty({Kind::kL1, 1, 0}, infinite) == double{kInfinity});
  CHECK(std::isnan(penalty({Kind::kL1, 1, 0}, nan)));
  CHECK(std::isnan(penalty({Kind::kL2, 0, 1}, nan)));
  float gradient[] = {0, 0};
  addPenaltyGradient({Kind::kL1, 1, 0}, nan, gradient);
  CHECK(gradient[0] == 1);
  CHECK(std::isnan(gradient[1]));
}

TEST_CASE("regularizers: the gradient is added to what is there, and is that of the penalty") {
  Random random(2);
  for (const Regularizer& regularizer :
       {Regularizer{Kind::kL1, 0.3, 0}, Regularizer{Kind::kL2, 0, 0.7}, Regularizer{Kind::kL1L2, 0.2, 1.5}}) {
    std::vector<float> values(17), gradient(17);
    for (float& value : values) value = (random.oneIn(2) ? 1 : -1) * (0.1f + 2 * random.unit());
    for (float& value : gradient) value = random.unit();
    const std::vector<float> before = gradient;
    addPenaltyGradient(regularizer, values, gradient.data());
    for (size_t i = 0; i < values.size(); ++i) {
      const float step = 0x1p-10f;  // too short to reach the kink at 0
      std::vector<float> up = values, down = values;
      up[i] += step;
      down[i] -= step;
      const double slope = (penalty(regularizer, up) - penalty(regularizer, down)) / (double{up[i]} - down[i]);
      CHECK(gradient[i] - before[i] == Approx(slope).margin(1e-6));
    }
  }
}

TEST_CASE("regularizers: at 0 the gradient is 0") {
  const std::vector<float> zeros{0, -0.f};
  float gradient[] = {5, 6};
  addPenaltyGradient({Kind::kL1L2, 1, 1}, zeros, gradient);
  CHECK(gradient[0] == 5);
  CHECK(gradient[1] == 6);
}

}  // namespace
}  // namespace depthwise
