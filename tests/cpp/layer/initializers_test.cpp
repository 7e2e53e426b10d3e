#include "layer/initializers.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include "initialized.h"
#include "layer/random.h"
#include "statistics.h"

namespace depthwise {
namespace {

using Kind = Initializer::Kind;
using FanMode = Initializer::FanMode;
using Distribution = Initializer::Distribution;
/// 102400 weights; fan in 800, fan out 3200.
const Dimensions kKernel{5, 5, 32, 128};

/// Distance (in the sense of statistics.h) from a distribution that has been shifted and stretched.
double distance(const std::vector<float>& sample, double (*below)(double), double mean, double unit) {
  return distanceFrom([&](double x) { return below((x - mean) / unit); }, std::span<const float>(sample));
}

double deviationError(const std::vector<float>& sample, double expected) {
  const Moments moments = momentsOf(std::span<const float>(sample));
  return std::abs(moments.deviation - expected) / moments.deviationError;
}

TEST_CASE("initializers: fans are Keras's") {
  const auto check = [](const Dimensions& shape, double in, double out) {
    const Fans fans = fansOf(shape);
    CHECK(fans.in == in);
    CHECK(fans.out == out);
  };
  check({3, 5, 7, 2}, 3 * 5 * 7, 3 * 5 * 2);
  check({1, 1, 1, 1}, 1, 1);
  check({12}, 12, 12);
  check({4, 6}, 4, 6);
  check({3, 4, 6}, 12, 18);
  check({}, 1, 1);
  check({65536, 65536, 3, 1}, 3 * 4294967296., 4294967296.);
}

TEST_CASE("initializers: zeros, ones and constant") {
  Initializer constant = named("constant");
  CHECK(values(constant, {3, 2}) == std::vector<float>(6, 0.f));
  constant.value = -2.5;
  CHECK(values(constant, {3, 2}) == std::vector<float>(6, -2.5f));
  CHECK(values(named("zeros"), {2, 3, 1, 2}) == std::vector<float>(12, 0.f));
  CHECK(values(named("ones"), {7}) == std::vector<float>(7, 1.f));
}

TEST_CASE("initializers: randomUniform is uniform between its limits, ±0.05 unless they are given") {
  CHECK(distance(values(named("randomUniform"), kKernel), uniformBelow, -0.05, 0.1) < 1.95);
  Initializer limits = named("randomUniform", 2);
  limits.minval = 1;
  limits.maxval = 3;
  const std::vector<float> sample = values(limits, kKernel);
  CHECK(distance(sample, uniformBelow, 1, 2) < 1.95);
  CHECK(*std::min_element(sample.begin(), sample.end()) >= 1);
  CHECK(*std::max_element(sample.begin(), sample.end()) < 3);
  limits.maxval = 1;
  CHECK(values(limits, {4}) == std::vector<float>(4, 1.f));
}

TEST_CASE("initializers: randomNormal is normal with its mean and deviation, 0 and 0.05 unless they are given") {
  CHECK(distance(values(named("randomNormal"), kKernel), normalBelow, 0, 0.05) < 1.95);
  Initializer shifted = named("randomNormal", 2);
  shifted.mean = -3;
  shifted.stddev = 2;
  CHECK(distance(values(shifted, kKernel), normalBelow, -3, 2) < 1.95);
  shifted.stddev = 0;
  CHECK(values(shifted, {4}) == std::vector<float>(4, -3.f));
}

TEST_CASE("initializers: truncatedNormal keeps its deviation and cuts off at two of them") {
  CHECK(distance(values(named("truncatedNormal"), kKernel), truncatedBelow, 0, 0.05) < 1.95);
  Initializer shifted = named("truncatedNormal", 2);
  shifted.mean = 10;
  shifted.stddev = 2;
  const std::vector<float> sample = values(shifted, kKernel);
  CHECK(distance(sample, truncatedBelow, 10, 2) < 1.95);
  CHECK(*std::min_element(sample.begin(), sample.end()) >= 6);
  CHECK(*std::max_element(sample.begin(), sample.end()) <= 14);
}

TEST_CASE("initializers: varianceScaling has the variance scale / fan in every mode and distribution") {
  for (const FanMode mode : {FanMode::kFanIn, FanMode::kFanOut, FanMode::kFanAvg}) {
    for (const Distribution distribution :
         {Distribution::kTruncatedNormal, Distribution::kUntruncatedNormal, Distribution::kUniform}) {
      for (const double scale : {1.0, 0.3, 20.0}) {
        Initializer initializer = named("varianceScaling", 3);
        initializer.scale = scale;
        initializer.mode = mode;
        initializer.distribution = distribution;
        const double fan = mode == FanMode::kFanIn ? 800 : mode == FanMode::kFanOut ? 3200 : 2000;
        const double deviation = std::sqrt(scale / fan);
        const std::vector<float> sample = values(initializer, kKernel);
        INFO("mode " << static_cast<int>(mode) << ", distribution " << static_cast<int>(distribution) << ", " << scale);
        CHECK(deviationError(sample, deviation) < 4);
        switch (distribution) {
          case Distribution::kTruncatedNormal:
            CHECK(distance(sample, truncatedBelow, 0, deviation / kTruncatedDeviation) < 1.95);
            break;
          case Distribution::kUntruncatedNormal:
            CHECK(distance(sample, normalBelow, 0, deviation) < 1.95);
            break;
          case Distribution::kUniform:
            CHECK(distance(sample, uniformBelow, -std::sqrt(3) * deviation, 2 * std::sqrt(3) * deviation) < 1.95);
            break;
        }
      }
    }
  }
}

TEST_CASE("initializers: the named variants of varianceScaling have Keras's scales, fans and distributions") {
  const auto check = [](std::string_view name, double variance, bool uniform) {
    INFO(name);
    const double deviation = std::sqrt(variance);
    const std::vector<float> sample = values(named(name, 4), kKernel);
    CHECK(deviationError(sample, deviation) < 4);
    CHECK((uniform ? distance(sample, uniformBelow, -std::sqrt(3) * deviation, 2 * std::sqrt(3) * deviation)
                   : distance(sample, truncatedBelow, 0, deviation / kTruncatedDeviation)) < 1.95);
  };
  check("glorotUniform", 2. / (800 + 3200), true);
  check("glorotNormal", 2. / (800 + 3200), false);
  check("heUniform", 2. / 800, true);
  check("heNormal", 2. / 800, false);
  check("leCunUniform", 1. / 800, true);
  check("leCunNormal", 1. / 800, false);
}

TEST_CASE("initializers: a bias of n values has the fan n") {
  // 3·scale / n = 3/50000
  const double limit = std::sqrt(3. / 50000);
  CHECK(distance(values(named("leCunUniform"), {50000}), uniformBelow, -limit, 2 * limit) < 1.95);
}

TEST_CASE("initializers: orthogonal fills the matrix whose columns are the last dimension") {
  Initializer initializer = named("orthogonal");
  initializer.gain = 3;
  for (const Dimensions& shape : {Dimensions{3, 3, 4, 2}, {1, 2, 2, 9}, {5, 5}}) {
    const std::vector<float> matrix = values(initializer, shape);
    const size_t columns = static_cast<size_t>(shape.back()), rows = matrix.size() / columns;
    double ofFirst = 0, ofLast = 0;
    // The length of the first column, or the first row of a wide matrix; and how it lies to the last.
    for (size_t i = 0; i < std::max(rows, columns); ++i) {
      const double first = rows >= columns ? matrix[i * columns] : matrix[i];
      const double last = rows >= columns ? matrix[i * columns + columns - 1] : matrix[(rows - 1) * columns + i];
      ofFirst += first * first;
      ofLast += first * last;
    }
    CHECK(ofFirst == Approx(9).epsilon(1e-6));
    CHECK(std::abs(ofLast) < 1e-5);
  }
}

TEST_CASE("initializers: identity fills a square matrix with gain on its diagonal") {
  Initializer initializer = named("identity");
  CHECK(values(initializer, {2, 2}) == std::vector<float>{1, 0, 0, 1});
  initializer.gain = -0.5;
  CHECK(values(initializer, {3, 3}) == std::vector<float>{-0.5f, 0, 0, 0, -0.5f, 0, 0, 0, -0.5f});
}

}  // namespace
}  // namespace depthwise
