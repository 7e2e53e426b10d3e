#include "layer/regularizers.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <vector>

#include "support/random.h"

namespace depthwise {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

TEST_CASE("Regularizer: the penalty is l1·Σ|v| + l2·Σv²") {
  const std::vector<float> values{1, -2, 0, 0.5f, -0.f};
  CHECK(penalty({0.1, 0}, values) == Approx(0.1 * 3.5).epsilon(1e-14));
  CHECK(penalty({0, 0.1}, values) == Approx(0.1 * 5.25).epsilon(1e-14));
  CHECK(penalty({0.3, 0.7}, values) == Approx(0.3 * 3.5 + 0.7 * 5.25).epsilon(1e-14));
  CHECK(penalty({0, 0}, values) == 0);
  CHECK(penalty({1, 1}, {}) == 0);
}

TEST_CASE("Regularizer: the penalty is a float64 sum, also of many and of large weights") {
  const std::vector<float> many(1000000, 0.1f);
  CHECK(penalty({1, 0}, many) == Approx(1e6 * double{0.1f}).epsilon(1e-10));
  CHECK(penalty({0, 1}, many) == Approx(1e6 * double{0.1f} * 0.1f).epsilon(1e-10));
  const std::vector<float> large{3e38f, -3e38f};
  CHECK(penalty({0, 1}, large) == Approx(1.8e77));
}

TEST_CASE("Regularizer: a coefficient of 0 adds nothing for infinite weights, and a NaN remains") {
  const std::vector<float> infinite{kInfinity}, nan{1, kNaN};
  CHECK(penalty({0, 0}, infinite) == 0);
  CHECK(penalty({1, 0}, infinite) == double{kInfinity});
  CHECK(std::isnan(penalty({1, 0}, nan)));
  CHECK(std::isnan(penalty({0, 1}, nan)));
  float gradient[] = {0, 0};
  addPenaltyGradient({1, 0}, nan, gradient);
  CHECK(gradient[0] == 1);
  CHECK(std::isnan(gradient[1]));
}

TEST_CASE("Regularizer: the gradient of the penalty is added to a gradient") {
  Random random(2);
  for (const Regularizer& regularizer : {Regularizer{0.3, 0}, Regularizer{0, 0.7}, Regularizer{0.2, 1.5}}) {
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

TEST_CASE("Regularizer: at 0 the gradient is 0") {
  const std::vector<float> zeros{0, -0.f};
  float gradient[] = {5, 6};
  addPenaltyGradient({1, 1}, zeros, gradient);
  CHECK(gradient[0] == 5);
  CHECK(gradient[1] == 6);
}

}  // namespace
}  // namespace depthwise
