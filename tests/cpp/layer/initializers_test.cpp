#include "layer/initializers.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include "statistics.h"

namespace depthwise {
namespace {

using Kind = Initializer::Kind;
using FanMode = Initializer::FanMode;
using Distribution = Initializer::Distribution;
using Dimensions = std::vector<int64_t>;

/// 102400 weights; fan in 800, fan out 3200.
const Dimensions kKernel{5, 5, 32, 128};

Initializer seeded(Initializer initializer, int64_t seed = 1) {
  initializer.seed = seed;
  return initializer;
}
Initializer seeded(Kind kind, int64_t seed = 1) { return {.kind = kind, .seed = seed}; }

std::vector<float> values(const Initializer& initializer, const Dimensions& shape, uint64_t seed = 0) {
  size_t count = 1;
  for (const int64_t size : shape) count *= size_t(size);
  std::vector<float> out(count, std::nanf(""));
  REQUIRE(initialize(initializer, shape, seed, out.data()));
  return out;
}

/// Returns the distance (see statistics.h) from a distribution that is shifted by `mean` and scaled by `unit`.
double distance(const std::vector<float>& sample, double (*below)(double), double mean, double unit) {
  return distanceFrom([&](double x) { return below((x - mean) / unit); }, std::span<const float>(sample));
}

double deviationError(const std::vector<float>& sample, double expected) {
  const Moments moments = momentsOf(std::span<const float>(sample));
  return std::abs(moments.deviation - expected) / moments.deviationError;
}

TEST_CASE("Initializer: fans equal those of Keras") {
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

TEST_CASE("Initializer: zeros, ones and constant") {
  Initializer constant = seeded(Kind::kConstant);
  CHECK(values(constant, {3, 2}) == std::vector<float>(6, 0.f));
  constant.value = -2.5;
  CHECK(values(constant, {3, 2}) == std::vector<float>(6, -2.5f));
  CHECK(values(seeded(Kind::kZeros), {2, 3, 1, 2}) == std::vector<float>(12, 0.f));
  CHECK(values(seeded(Kind::kOnes), {7}) == std::vector<float>(7, 1.f));
}

TEST_CASE("Initializer: kRandomUniform is uniform between its limits, ±0.05 by default") {
  CHECK(distance(values(seeded(Kind::kRandomUniform), kKernel), uniformBelow, -0.05, 0.1) < 1.95);
  Initializer limits = seeded(Kind::kRandomUniform, 2);
  limits.minval = 1;
  limits.maxval = 3;
  const std::vector<float> sample = values(limits, kKernel);
  CHECK(distance(sample, uniformBelow, 1, 2) < 1.95);
  CHECK(*std::min_element(sample.begin(), sample.end()) >= 1);
  CHECK(*std::max_element(sample.begin(), sample.end()) < 3);
  limits.maxval = 1;
  CHECK(values(limits, {4}) == std::vector<float>(4, 1.f));
}

TEST_CASE("Initializer: kRandomNormal is normal with its mean and deviation, 0 and 0.05 by default") {
  CHECK(distance(values(seeded(Kind::kRandomNormal), kKernel), normalBelow, 0, 0.05) < 1.95);
  Initializer shifted = seeded(Kind::kRandomNormal, 2);
  shifted.mean = -3;
  shifted.stddev = 2;
  CHECK(distance(values(shifted, kKernel), normalBelow, -3, 2) < 1.95);
  shifted.stddev = 0;
  CHECK(values(shifted, {4}) == std::vector<float>(4, -3.f));
}

TEST_CASE("Initializer: kTruncatedNormal is cut off at two deviations") {
  CHECK(distance(values(seeded(Kind::kTruncatedNormal), kKernel), truncatedBelow, 0, 0.05) < 1.95);
  Initializer shifted = seeded(Kind::kTruncatedNormal, 2);
  shifted.mean = 10;
  shifted.stddev = 2;
  const std::vector<float> sample = values(shifted, kKernel);
  CHECK(distance(sample, truncatedBelow, 10, 2) < 1.95);
  CHECK(*std::min_element(sample.begin(), sample.end()) >= 6);
  CHECK(*std::max_element(sample.begin(), sample.end()) <= 14);
}

TEST_CASE("Initializer: kVarianceScaling has the variance scale / fan in every mode and distribution") {
  for (const FanMode mode : {FanMode::kFanIn, FanMode::kFanOut, FanMode::kFanAvg}) {
    for (const Distribution distribution :
         {Distribution::kTruncatedNormal, Distribution::kUntruncatedNormal, Distribution::kUniform}) {
      for (const double scale : {1.0, 0.3, 20.0}) {
        Initializer initializer = seeded(Kind::kVarianceScaling, 3);
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

TEST_CASE("Initializer: the named variants of kVarianceScaling have Keras's scales, fans and distributions") {
  const auto check = [](const Initializer& initializer, double variance, bool uniform) {
    INFO("variance " << variance << ", uniform " << uniform);
    const double deviation = std::sqrt(variance);
    const std::vector<float> sample = values(seeded(initializer, 4), kKernel);
    CHECK(deviationError(sample, deviation) < 4);
    CHECK((uniform ? distance(sample, uniformBelow, -std::sqrt(3) * deviation, 2 * std::sqrt(3) * deviation)
                   : distance(sample, truncatedBelow, 0, deviation / kTruncatedDeviation)) < 1.95);
  };
  check(Initializer::glorotUniform(), 2. / (800 + 3200), true);
  check(Initializer::glorotNormal(), 2. / (800 + 3200), false);
  check(Initializer::heUniform(), 2. / 800, true);
  check(Initializer::heNormal(), 2. / 800, false);
  check(Initializer::lecunUniform(), 1. / 800, true);
  check(Initializer::lecunNormal(), 1. / 800, false);
}

TEST_CASE("Initializer: a bias of n values has the fan n") {
  // 3·scale / n = 3/50000
  const double limit = std::sqrt(3. / 50000);
  CHECK(distance(values(seeded(Initializer::lecunUniform()), {50000}), uniformBelow, -limit, 2 * limit) < 1.95);
}

TEST_CASE("Initializer: kIdentity fills the diagonal of a square matrix with the gain") {
  Initializer initializer = seeded(Kind::kIdentity);
  CHECK(values(initializer, {2, 2}) == std::vector<float>{1, 0, 0, 1});
  initializer.gain = -0.5;
  CHECK(values(initializer, {3, 3}) == std::vector<float>{-0.5f, 0, 0, 0, -0.5f, 0, 0, 0, -0.5f});
}

// ---- Seeds ----

TEST_CASE("Initializer: the same seed gives the same bits, another seed gives others") {
  const Dimensions shape{3, 3, 4, 2};
  for (const Kind kind : {Kind::kRandomUniform, Kind::kRandomNormal, Kind::kTruncatedNormal, Kind::kVarianceScaling,
                          Kind::kOrthogonal}) {
    INFO("kind " << int(kind));
    for (const int64_t seed : {int64_t{0}, int64_t{1}, int64_t{-1}, int64_t{9007199254740991}}) {
      const std::vector<float> first = values(seeded(kind, seed), shape, 1);
      CHECK(first == values(seeded(kind, seed), shape, 2));
      CHECK(first != values(seeded(kind, 5), shape, 1));
    }
    CHECK(values(seeded(kind, -1), shape) != values(seeded(kind, 1), shape));
    const Initializer unseeded{.kind = kind};
    CHECK(values(unseeded, shape, 77) == values(unseeded, shape, 77));
    CHECK(values(unseeded, shape, 77) != values(unseeded, shape, 78));
    CHECK(values(unseeded, shape, 1) == values(seeded(kind, 1), shape));
  }
}

TEST_CASE("Initializer: seed 7 gives the same weights on every platform") {
  const auto check = [](const Initializer& initializer, const std::vector<float>& expected) {
    CHECK(values(seeded(initializer, 7), {2, 1, 2, 1}) == expected);
  };
  check(Initializer::glorotUniform(), {-0x1.5ed77p-3f, -0x1.abbb9ep-4f, -0x1.aaba04p-7f, 0x1.a41f2cp-1f});
  check(Initializer::glorotNormal(), {-0x1.bb60ccp-1f, -0x1.2f780ap-7f, 0x1.2ac596p-1f, -0x1.7d8472p-6f});
  check(seeded(Kind::kOrthogonal), {-0x1.9c8866p-1f, -0x1.f6f1cep-2f, -0x1.583d3p-8f, 0x1.52e93p-2f});
}

TEST_CASE("Initializer: kOrthogonal fits two or more dimensions, kIdentity a square matrix, the others any shape") {
  CHECK(fits(Kind::kOrthogonal, Dimensions{3, 3, 4, 2}));
  CHECK(fits(Kind::kOrthogonal, Dimensions{3, 4}));
  CHECK_FALSE(fits(Kind::kOrthogonal, Dimensions{8}));
  CHECK(fits(Kind::kIdentity, Dimensions{3, 3}));
  CHECK_FALSE(fits(Kind::kIdentity, Dimensions{3, 4}));
  CHECK_FALSE(fits(Kind::kIdentity, Dimensions{3}));
  CHECK_FALSE(fits(Kind::kIdentity, Dimensions{3, 3, 1, 1}));
  CHECK(fits(Kind::kZeros, Dimensions{8}));
}

// ---- Orthogonal matrices ----

std::vector<float> orthogonal(size_t rows, size_t columns, double gain, uint64_t seed) {
  std::vector<float> matrix(rows * columns);
  RandomGenerator random(seed);
  REQUIRE(fillOrthogonal(random, rows, columns, gain, matrix.data()));
  return matrix;
}

/// Returns the largest difference between QᵀQ (QQᵀ if Q is wider than high) and gain² times the unit matrix.
double defect(const std::vector<float>& matrix, size_t rows, size_t columns, double gain) {
  const bool tall = rows >= columns;
  const size_t count = tall ? columns : rows, length = tall ? rows : columns;
  double worst = 0;
  for (size_t a = 0; a < count; ++a) {
    for (size_t b = 0; b < count; ++b) {
      double sum = 0;
      for (size_t i = 0; i < length; ++i) {
        sum += tall ? double{matrix[i * columns + a]} * matrix[i * columns + b]
                    : double{matrix[a * columns + i]} * matrix[b * columns + i];
      }
      worst = std::max(worst, std::abs(sum - (a == b ? gain * gain : 0)));
    }
  }
  return worst;
}

TEST_CASE("Orthogonal: columns (rows of a wide matrix) are orthogonal and of length |gain|") {
  for (const auto& [rows, columns] : std::vector<std::pair<size_t, size_t>>{
           {1, 1}, {5, 1}, {1, 5}, {3, 3}, {27, 8}, {8, 27}, {64, 64}, {288, 2}, {9, 100}}) {
    for (const double gain : {1.0, 0.5, -2.0}) {
      INFO(rows << " by " << columns << ", gain " << gain);
      CHECK(defect(orthogonal(rows, columns, gain, 11), rows, columns, gain) < 1e-5);
    }
  }
}

TEST_CASE("Orthogonal: a wide matrix is the transpose of a tall one") {
  const std::vector<float> tall = orthogonal(7, 3, 1, 5), wide = orthogonal(3, 7, 1, 5);
  for (size_t row = 0; row < 7; ++row) {
    for (size_t column = 0; column < 3; ++column) CHECK(tall[row * 3 + column] == wide[column * 7 + row]);
  }
}

TEST_CASE("Orthogonal: the first column is a positive multiple of the first column of normal numbers") {
  RandomGenerator random(13);
  const std::vector<float> matrix = orthogonal(6, 2, 1, 13);
  for (size_t row = 0; row < 6; ++row) {
    const double normal = random.normal();
    random.normal();
    CHECK((normal > 0) == (matrix[row * 2] > 0));
  }
}

TEST_CASE("Orthogonal: matrices are uniformly distributed") {
  // Every entry of a uniform orthogonal 3 by 3 matrix is uniform in [-1, 1]: mean 0, mean square 1/3, deviation of the
  // square √(4/45).
  constexpr int kMatrices = 20000;
  double sums[9] = {}, squares[9] = {};
  RandomGenerator random(17);
  for (int i = 0; i < kMatrices; ++i) {
    float matrix[9];
    REQUIRE(fillOrthogonal(random, 3, 3, 1, matrix));
    for (size_t k = 0; k < 9; ++k) {
      sums[k] += matrix[k];
      squares[k] += matrix[k] * matrix[k];
    }
  }
  for (size_t k = 0; k < 9; ++k) {
    INFO("entry " << k);
    CHECK(std::abs(sums[k] / kMatrices) < 4 * std::sqrt(1. / 3 / kMatrices));
    CHECK(std::abs(squares[k] / kMatrices - 1. / 3) < 4 * std::sqrt(4. / 45 / kMatrices));
  }
}

TEST_CASE("Orthogonal: it returns the bytes that it could not allocate") {
  RandomGenerator random(1);
  const size_t rows = size_t{1} << sizeof(size_t) * 4, columns = rows / 4;
  // It writes nothing before the scratch memory is allocated, so it needs no matrix.
  const Status status = fillOrthogonal(random, rows, columns, 1, nullptr);
  CHECK_FALSE(status);
  CHECK(status.bytesWanted >= uint64_t{1} << 33);
}

}  // namespace
}  // namespace depthwise
