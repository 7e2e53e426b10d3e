#include "layer/random.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "statistics.h"

namespace depthwise {
namespace {

constexpr size_t kSample = 100000;

template <class Draw>
auto sample(size_t count, Draw&& draw) {
  std::vector<decltype(draw())> values(count);
  for (auto& value : values) value = draw();
  return values;
}

template <class Number>
std::span<const Number> spanOf(const std::vector<Number>& values) {
  return values;
}

TEST_CASE("Random: whole numbers equal those that the authors of pcg32 publish for seed 42 and stream 54") {
  RandomGenerator random(42, 54);
  for (const uint32_t expected : {0xa15c02b7u, 0x7b47f409u, 0xba1d3330u, 0x83d2f293u, 0xbfa4784bu, 0xcbed606eu}) {
    CHECK(random.next() == expected);
  }
}

TEST_CASE("Random: seed 1 gives the same bits on every platform") {
  {
    RandomGenerator random(1);
    for (const uint32_t bits : {0xe4bf023du, 0x2efd7419u, 0xa32b6dafu, 0x007e5d44u}) CHECK(random.next() == bits);
  }
  {
    RandomGenerator random(1);
    for (const float value : {0x1.c97e04p-1f, 0x1.77ebap-3f, 0x1.4656dap-1f, 0x1.f974p-10f}) {
      CHECK(random.uniform() == value);
    }
  }
  {
    RandomGenerator random(1);
    for (const float value : {0x1.2fe46ap-1f, -0x1.dcf58ep-4f, 0x1.597a82p-2f, -0x1.3139bep-2f}) {
      CHECK(random.uniform(-0.3f, 0.7f) == value);
    }
  }
  RandomGenerator random(1);
  for (const double value :
       {0x1.46d7d647c3bd5p-2, 0x1.65bb2e6a6cbbep-4, -0x1.21bb2642b4f8cp+0, -0x1.1901200c859a9p-3}) {
    CHECK(random.normal() == value);
  }
}

TEST_CASE("Random: a million truncated normal numbers have the same bits on every platform") {
  RandomGenerator random(1);
  uint64_t hash = 1469598103934665603;
  for (int i = 0; i < 1000000; ++i) {
    const double value = random.truncatedNormal();
    uint64_t bits;
    std::memcpy(&bits, &value, sizeof bits);
    hash = (hash ^ bits) * 1099511628211;
  }
  CHECK(hash == 0xb6e576acd0dc7452);
}

TEST_CASE("Random: neighbouring seeds and streams are independent") {
  struct Pair {
    uint64_t seed, stream, otherSeed, otherStream;
  };
  for (const Pair& pair : {Pair{0, 1, 1, 1},
                           {1, 1, 2, 1},
                           {41, 1, 42, 1},
                           {7, 1, 7, 2},
                           {0, 1, uint64_t{1} << 63, 1},
                           {UINT64_MAX, 1, 0, 1}}) {
    RandomGenerator a(pair.seed, pair.stream), b(pair.otherSeed, pair.otherStream);
    const int count = 10000;
    double products = 0;
    int equal = 0;
    for (int i = 0; i < count; ++i) {
      const float first = a.uniform(), second = b.uniform();
      products += (first - 0.5) * (second - 0.5);
      equal += first == second;
    }
    INFO("seeds " << pair.seed << " and " << pair.otherSeed << ", streams " << pair.stream << " and "
                  << pair.otherStream);
    // A product has mean 0 and standard deviation 1/12.
    CHECK(std::abs(products) < 4 * std::sqrt(count) / 12);
    CHECK(equal < 3);
  }
}

TEST_CASE("Random: uniform numbers fill [0, 1) evenly") {
  RandomGenerator random(3);
  const auto values = sample(kSample, [&] { return random.uniform(); });
  CHECK(distanceFrom(uniformBelow, spanOf(values)) < 1.95);
  const Moments moments = momentsOf(spanOf(values));
  CHECK(std::abs(moments.mean - 0.5) < 4 * moments.meanError);
  CHECK(std::abs(moments.deviation - std::sqrt(1 / 12.)) < 4 * moments.deviationError);
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  CHECK(*least >= 0);
  CHECK(*most < 1);
  CHECK(*least < 10. / kSample);
  CHECK(*most > 1 - 10. / kSample);
}

TEST_CASE("Random: uniform numbers between limits are at least the lower one and below the upper one") {
  RandomGenerator random(4);
  const auto values = sample(kSample, [&] { return random.uniform(-3, 5); });
  CHECK(distanceFrom([](double x) { return uniformBelow((x + 3) / 8); }, spanOf(values)) < 1.95);
  CHECK(*std::min_element(values.begin(), values.end()) >= -3);
  CHECK(*std::max_element(values.begin(), values.end()) < 5);

  const float above = std::nextafterf(1, 2);
  for (int i = 0; i < 100; ++i) CHECK(random.uniform(1, above) == 1);
  CHECK(random.uniform(2, 2) == 2);
  constexpr float kMost = std::numeric_limits<float>::max();
  for (int i = 0; i < 100; ++i) CHECK(std::isfinite(random.uniform(-kMost, kMost)));
}

TEST_CASE("Random: normal numbers follow the normal distribution") {
  RandomGenerator random(5);
  const auto values = sample(kSample, [&] { return random.normal(); });
  CHECK(distanceFrom(normalBelow, spanOf(values)) < 1.95);
  const Moments moments = momentsOf(spanOf(values));
  CHECK(std::abs(moments.mean) < 4 * moments.meanError);
  CHECK(std::abs(moments.deviation - 1) < 4 * moments.deviationError);
  double third = 0, fourth = 0;
  for (const double value : values) {
    third += std::pow(value, 3) / kSample;
    fourth += std::pow(value, 4) / kSample;
  }
  CHECK(std::abs(third) < 4 * std::sqrt(15. / kSample));
  CHECK(std::abs(fourth - 3) < 4 * std::sqrt(96. / kSample));
}

TEST_CASE("Random: the two normal numbers of one step are independent") {
  RandomGenerator random(6);
  double products = 0;
  for (size_t i = 0; i < kSample; ++i) {
    const double first = random.normal(), second = random.normal();
    products += first * second;
  }
  CHECK(std::abs(products) < 4 * std::sqrt(kSample));
}

TEST_CASE("Random: truncated normal numbers are within 2 of 0 and follow the truncated distribution") {
  RandomGenerator random(7);
  const auto values = sample(kSample, [&] { return random.truncatedNormal(); });
  CHECK(distanceFrom(truncatedBelow, spanOf(values)) < 1.95);
  const Moments moments = momentsOf(spanOf(values));
  CHECK(std::abs(moments.mean) < 4 * moments.meanError);
  CHECK(std::abs(moments.deviation - kTruncatedDeviation) < 4 * moments.deviationError);
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  CHECK(*least > -2);
  CHECK(*most < 2);
  CHECK(*least < -1.99);
  CHECK(*most > 1.99);
}

TEST_CASE("Random: kTruncatedDeviation equals its formula") {
  const double density = std::exp(-2.) / std::sqrt(2 * std::acos(-1.)), inside = 2 * normalBelow(2) - 1;
  CHECK(std::abs(std::sqrt(1 - 4 * density / inside) - kTruncatedDeviation) < 1e-15);
}

}  // namespace
}  // namespace depthwise
