#include "nn/batch_norm.h"

#include <array>
#include <catch2/catch.hpp>
#include <cmath>
#include <functional>
#include <limits>

#include "channel_tensors.h"
#include "support/allocation_failures.h"
#include "support/compare.h"

namespace depthwise {
namespace {

/// Random inputs: exact ones (small integers, and variances whose root is exact), or fractions.
struct Problem {
  Problem(int pixels, int channelCount, Random& random, bool integers, bool scaled = true, int shift = 0)
      : Problem({pixels, channelCount, 1}, random, integers, scaled, shift) {}

  Problem(const BatchNormShape& tensorShape, Random& random, bool integers, bool scaled = true, int shift = 0)
      : shape(tensorShape),
        channels(shape.channels),
        hasScale(scaled),
        x(int64_t{shape.outer} * channels * shape.inner, shift),
        dy(int64_t{shape.outer} * channels * shape.inner, shift + 3),
        mean(channels, shift + 1),
        variance(channels, shift + 5),
        scale(channels, shift + 7) {
    if (integers) {
      for (GuardedTensor* tensor : {&x, &dy, &mean, &scale}) fillIntegers(*tensor, random);
      for (float& value : variance.values()) value = random.oneOf(std::array{0.25f, 1.0f, 4.0f});
    } else {
      for (GuardedTensor* tensor : {&x, &dy, &mean, &scale}) fillFractions(*tensor, random, -0.5f);
      fillFractions(variance, random, 0.1f);
      epsilon = 0.001f;
    }
  }

  BatchNorm norm() const { return {mean.data(), variance.data(), hasScale ? scale.data() : nullptr, epsilon}; }

  size_t channelOf(size_t i) const { return i / static_cast<size_t>(shape.inner) % static_cast<size_t>(channels); }

  BatchNormShape shape;
  int channels;
  bool hasScale;
  float epsilon = 0;
  GuardedTensor x, dy, mean, variance, scale;
};

/// Channels as the last axis, in every count, and channels before another axis.
std::vector<BatchNormShape> shapes() {
  std::vector<BatchNormShape> all;
  for (const int pixels : kPixelCounts) {
    for (const int channels : kChannelCounts) all.push_back({pixels, channels, 1});
    for (const int outer : {0, 1, 3}) {
      for (const int channels : {1, 3, 8}) all.push_back({outer, channels, pixels});
    }
  }
  return all;
}

/// Those of them with the channels as the last axis.
std::vector<BatchNormShape> pixelShapes() {
  std::vector<BatchNormShape> all = shapes();
  std::erase_if(all, [](const BatchNormShape& shape) { return shape.inner != 1; });
  return all;
}

std::string description(const BatchNormShape& shape) {
  return std::to_string(shape.outer) + " x " + std::to_string(shape.channels) + " channels x " +
         std::to_string(shape.inner);
}

TEST_CASE("Batch norm: any size, with and without scale and offset, also in place") {
  Random random(1);
  for (const BatchNormShape& shape : shapes()) {
    const bool hasScale = random.within(0, 1) == 1, hasOffset = random.within(0, 1) == 1;
    INFO(description(shape) << ", scale " << hasScale << ", offset " << hasOffset);
    Problem p(shape, random, false, hasScale, 1);
    GuardedTensor y(static_cast<int64_t>(p.x.size()), 2), offset(p.channels, 3);
    fillFractions(offset, random, -0.5f);
    BatchNorm norm = p.norm();
    norm.offset = hasOffset ? offset.data() : nullptr;
    REQUIRE(batchNorm(norm, shape, p.x.data(), y.data()));
    CHECK(y.guardsAreIntact());
    for (size_t i = 0; i < y.size(); ++i) {
      const size_t c = p.channelOf(i);
      const double r = 1 / std::sqrt(double{p.variance[c]} + norm.epsilon);
      const double expected =
          (double{p.x[i]} - p.mean[c]) * r * (hasScale ? p.scale[c] : 1) + (hasOffset ? offset[c] : 0);
      REQUIRE(std::abs(y[i] - expected) <= 5 * 0x1p-24 * 8);
    }
    REQUIRE(batchNorm(norm, shape, p.x.data(), p.x.data()));
    CHECK(bitDifference(p.x.values(), y.values()) == "");
  }
}

struct Gradients {
  explicit Gradients(const Problem& p, int shift = 0)
      : dx(static_cast<int64_t>(p.x.size()), shift + 2),
        dMean(p.channels, shift),
        dVariance(p.channels, shift + 1),
        dScale(p.channels, shift + 3),
        dOffset(p.channels, shift + 4) {
    succeeded = bool(batchNormGradient(p.norm(), p.shape, p.x.data(), p.dy.data(),
                                       {dx.data(), dMean.data(), dVariance.data(), dScale.data(), dOffset.data()}));
    intact = true;
    for (const GuardedTensor* tensor :
         std::initializer_list<const GuardedTensor*>{&dx, &dMean, &dVariance, &dScale, &dOffset, &p.x, &p.dy}) {
      intact = intact && tensor->guardsAreIntact();
    }
  }

  bool succeeded, intact;
  GuardedTensor dx, dMean, dVariance, dScale, dOffset;
};

/// The definition, in float64: each term is added on its own.
struct Expected {
  explicit Expected(const Problem& p)
      : dx(static_cast<int64_t>(p.x.size())),
        dMean(p.channels),
        dVariance(p.channels),
        dScale(p.channels),
        dOffset(p.channels) {
    for (size_t i = 0; i < p.x.size(); ++i) {
      const size_t c = p.channelOf(i);
      const double r = 1 / std::sqrt(double{p.variance[c]} + p.epsilon), scale = p.hasScale ? p.scale[c] : 1;
      const double dy = p.dy[i], centered = double{p.x[i]} - p.mean[c];
      dx.add(i, dy * scale * r);
      dOffset.add(c, dy);
      dScale.add(c, dy * centered * r);
      dMean.add(c, -dy * scale * r);
      dVariance.add(c, -0.5 * dy * centered * scale * r * r * r);
    }
  }

  oracle::Sums dx, dMean, dVariance, dScale, dOffset;
};

/// Returns the first wrong output, or "". `roundings` are allowed in the sums; 0 requires exact results.
std::string wrong(const Problem& p, int roundings, int shift = 0) {
  const Gradients got(p, shift);
  if (!got.succeeded) return "out of memory";
  if (!got.intact) return "a guard was written over";
  const Expected expected(p);
  const int few = roundings == 0 ? 0 : 3;
  return difference("dx", got.dx.values(), expected.dx, few) +
         difference("dOffset", got.dOffset.values(), expected.dOffset, roundings) +
         difference("dScale", got.dScale.values(), expected.dScale, roundings + few) +
         difference("dMean", got.dMean.values(), expected.dMean, roundings + few) +
         difference("dVariance", got.dVariance.values(), expected.dVariance, roundings + few);
}

constexpr int kRoundings = 21;  // 20 in float32, and the result's

TEST_CASE("Batch norm gradient: exact for integers, for any number of pixels and channels") {
  Random random(1);
  for (const BatchNormShape& shape : shapes()) {
    for (const bool scaled : {true, false}) {
      const int shift = random.within(0, 15);
      INFO(description(shape) << ", shift " << shift);
      CHECK(wrong(Problem(shape, random, true, scaled, shift), 0, shift) == "");
    }
  }
}

TEST_CASE("Batch norm gradient: few roundings, whatever the length of the sums") {
  Random random(2);
  for (const int channels : {1, 3, 20, 64, 67}) {
    for (const int pixels : {7, 100, 5000, 40000}) {
      INFO(pixels << " pixels, " << channels << " channels");
      CHECK(wrong(Problem(pixels, channels, random, false), kRoundings) == "");
    }
  }
  // Terms of one sign: roundings do not cancel.
  for (const BatchNormShape& shape : {BatchNormShape{1 << 20, 2, 1}, {2, 2, 1 << 19}}) {
    Problem p(shape, random, false);
    for (float& value : p.dy.values()) value = 0.1f;
    for (float& value : p.x.values()) value = 0.7f;
    CHECK(wrong(p, kRoundings) == "");
  }
}

/// Returns Σ y·dy, in float64.
double weighted(const Problem& p) {
  double sum = 0;
  for (size_t i = 0; i < p.x.size(); ++i) {
    const size_t c = p.channelOf(i);
    sum += p.dy[i] * (double{p.x[i]} - p.mean[c]) / std::sqrt(double{p.variance[c]} + p.epsilon) * p.scale[c];
  }
  return sum;
}

TEST_CASE("Batch norm gradient: equals finite differences of the definition") {
  Random random(3);
  Problem p(GENERATE(BatchNormShape{30, 5, 1}, BatchNormShape{3, 5, 10}), random, false);
  const Gradients got(p);
  const auto check = [&](GuardedTensor& of, const GuardedTensor& gradient) {
    for (size_t i = 0; i < of.size(); i += 3) {
      const float before = of[i];
      const double step = 0x1p-9;
      of[i] = before + float(step);
      const double above = weighted(p), taken = double{of[i]} - before;
      of[i] = before - float(step);
      const double below = weighted(p), back = double{before} - of[i];
      of[i] = before;
      CHECK(gradient[i] == Approx((above - below) / (taken + back)).epsilon(1e-3).margin(1e-3));
    }
  };
  check(p.x, got.dx);
  check(p.mean, got.dMean);
  check(p.variance, got.dVariance);
  check(p.scale, got.dScale);
}

TEST_CASE("Batch norm gradient: a value that is not finite affects its channel only") {
  Random random(4);
  const float inf = std::numeric_limits<float>::infinity(), nan = std::nanf("");
  for (const int count : {2, 5, 8, 64, 67}) {
    for (const float special : {inf, -inf, nan}) {
      const size_t channels = static_cast<size_t>(count), channel = channels / 2;
      const std::function<void(Problem&)> changes[] = {
          [&](Problem& p) { p.x[channels * 3 + channel] = special; },
          [&](Problem& p) { p.dy[channels * 3 + channel] = special; },
          [&](Problem& p) { p.mean[channel] = special; },
          [&](Problem& p) { p.variance[channel] = nan; },
          [&](Problem& p) { p.variance[channel] = -1; },
          [&](Problem& p) { p.scale[channel] = special; },
      };
      for (const auto& change : changes) {
        Problem p(40, count, random, true);
        const Gradients before(p);
        change(p);
        const Gradients after(p);
        REQUIRE(after.succeeded);
        CHECK(after.intact);
        bool changed = false;
        for (const auto& [a, b] : {std::pair{&before.dx, &after.dx},
                                   {&before.dMean, &after.dMean},
                                   {&before.dVariance, &after.dVariance},
                                   {&before.dScale, &after.dScale},
                                   {&before.dOffset, &after.dOffset}}) {
          for (size_t i = 0; i < a->size(); ++i) {
            if (i % channels != channel) CHECK((*a)[i] == (*b)[i]);
            changed = changed || !std::isfinite((*b)[i]);
          }
        }
        CHECK(changed);
      }
    }
  }
}

TEST_CASE("Batch norm gradient: a value that is not finite affects its channel only, before another axis too") {
  Random random(6);
  for (const int inner : {2, 7, 70}) {
    Problem p({3, 4, inner}, random, true);
    const Gradients before(p);
    p.x[static_cast<size_t>(2 * inner + 1)] = std::numeric_limits<float>::infinity();  // of channel 2
    const Gradients after(p);
    for (size_t i = 0; i < p.x.size(); ++i) CHECK(before.dx[i] == after.dx[i]);
    for (size_t c = 0; c < 4; ++c) {
      CHECK(before.dOffset[c] == after.dOffset[c]);
      CHECK((before.dScale[c] == after.dScale[c]) == (c != 2));
    }
  }
}

TEST_CASE("Batch norm gradient: no pixels and no channels") {
  Random random(5);
  const Problem nothing(0, 3, random, false);
  const Gradients got(nothing);
  REQUIRE(got.succeeded);
  for (const GuardedTensor* sum : {&got.dMean, &got.dVariance, &got.dScale, &got.dOffset}) {
    for (const float value : sum->values()) CHECK(value == 0);
  }
  CHECK(Gradients(Problem(7, 0, random, false)).succeeded);
}

TEST_CASE("Batch norm: a failed allocation leaves the outputs unwritten") {
  Random random(2);
  for (const BatchNormShape& shape : {BatchNormShape{20, 3, 1}, {20, 16, 1}, {20, 100, 1}, {2, 3, 20}}) {
    const Problem p(shape, random, false);
    const int64_t size = static_cast<int64_t>(p.x.size());
    GuardedTensor y(size, 1), dx(size, 2), dMean(p.channels, 3), dVariance(p.channels, 4), dScale(p.channels, 5),
        dOffset(p.channels, 6);
    const int allocations =
        failEachAllocation({y.values()}, [&] { return bool(batchNorm(p.norm(), shape, p.x.data(), y.data())); });
    CHECK((allocations >= 1) == (shape.inner == 1));
    CHECK(failEachAllocation({dx.values(), dMean.values(), dVariance.values(), dScale.values(), dOffset.values()}, [&] {
            return bool(batchNormGradient(p.norm(), shape, p.x.data(), p.dy.data(),
                                          {dx.data(), dMean.data(), dVariance.data(), dScale.data(), dOffset.data()}));
          }) >= 2);
  }
}

TEST_CASE("Batch norm: the limits apply after the offset, and a NaN stays a NaN") {
  for (const BatchNormShape& shape : {BatchNormShape{5, 1, 1}, {1, 1, 5}}) {
    const std::array x{-3.0f, 0.0f, 2.0f, 7.0f, std::nanf("")};
    const std::array one{1.0f}, zero{0.0f};
    BatchNorm norm{zero.data(), one.data(), nullptr, 0, one.data()};
    norm.low = 0;
    norm.high = 6;
    std::array<float, 5> y{};
    REQUIRE(batchNorm(norm, shape, x.data(), y.data()));
    CHECK((y[0] == 0 && y[1] == 1 && y[2] == 3 && y[3] == 6 && std::isnan(y[4])));
  }
}

struct Moments {
  Moments(const BatchNormShape& shape, const GuardedTensor& x)
      : mean(shape.channels, 3), variance(shape.channels, 5), expected(static_cast<size_t>(shape.channels)) {
    REQUIRE(batchMoments(shape.outer, shape.channels, x.data(), mean.data(), variance.data()));
    CHECK((mean.guardsAreIntact() && variance.guardsAreIntact()));
    const size_t inner = static_cast<size_t>(shape.inner), channels = expected.size();
    const double count = double{1} * shape.outer * shape.inner;
    const auto channelOf = [&](size_t i) { return i / inner % channels; };
    for (size_t i = 0; i < x.size(); ++i) expected[channelOf(i)].mean += x[i] / count;
    for (size_t i = 0; i < x.size(); ++i) {
      const double distance = x[i] - expected[channelOf(i)].mean;
      expected[channelOf(i)].variance += distance * distance / count;
    }
  }

  /// Returns the largest error of a mean, in standard deviations, and of a variance, relative to the variance.
  std::array<double, 2> errors() const {
    std::array<double, 2> largest{};
    for (size_t c = 0; c < expected.size(); ++c) {
      const double rounding = std::abs(expected[c].mean) * 0x1p-24;
      const double error = std::abs(mean[c] - expected[c].mean) - rounding;
      largest[0] = std::max(largest[0], error / std::sqrt(expected[c].variance));
      largest[1] = std::max(largest[1], std::abs(variance[c] / expected[c].variance - 1));
    }
    return largest;
  }

  struct Pair {
    double mean = 0, variance = 0;
  };
  GuardedTensor mean, variance;
  std::vector<Pair> expected;
};

TEST_CASE("Batch moments: any size") {
  Random random(1);
  for (const BatchNormShape& shape : pixelShapes()) {
    INFO(description(shape));
    const Problem p(shape, random, false, true, 1);
    const Moments got(shape, p.x);
    const int count = shape.outer * shape.inner;
    for (size_t c = 0; c < got.expected.size(); ++c) {
      if (count == 0) {
        REQUIRE((std::isnan(got.mean[c]) && std::isnan(got.variance[c])));
      } else {
        REQUIRE(std::abs(got.mean[c] - got.expected[c].mean) <= 4 * 0x1p-24);
        REQUIRE(std::abs(got.variance[c] - got.expected[c].variance) <= 8 * 0x1p-24);
      }
    }
  }
}

TEST_CASE("Batch moments: accurate far from 0, with outliers, and if the mean changes within the tensor") {
  Random random(2);
  for (const BatchNormShape& shape : {BatchNormShape{20000, 3, 1}, {2000, 70, 1}, {5000, 16, 1}}) {
    INFO(description(shape));
    Problem p(shape, random, false);
    const std::vector<float> fractions(p.x.values().begin(), p.x.values().end());
    const auto check = [&](const char* what, const auto& valueAt) {
      INFO(what);
      for (size_t i = 0; i < fractions.size(); ++i) p.x[i] = valueAt(i, fractions[i]);
      const auto [mean, variance] = Moments(shape, p.x).errors();
      CHECK(mean <= 1e-6);
      CHECK(variance <= 4e-6);
    };
    const auto half = fractions.size() / 2;
    check("as they are", [](size_t, float value) { return value; });
    check("far from 0", [](size_t, float value) { return 4096 + value; });
    check("an outlier at the start", [](size_t i, float value) { return i < 100 ? 1e6f : value; });
    check("an outlier at the end", [&](size_t i, float value) { return i + 100 < 2 * half ? value : 1e6f; });
    check("two halves", [&](size_t i, float value) { return i < half ? value : 4096 + value; });
    check("zeros first", [&](size_t i, float value) { return i < half ? 0 : 4096 + value; });
  }
}

TEST_CASE("Batch moments: a constant has variance 0, and a value that is not finite affects its channel only") {
  for (const BatchNormShape& shape : {BatchNormShape{300, 3, 1}, {300, 65, 1}, {300, 4, 1}}) {
    GuardedTensor x(int64_t{shape.outer} * shape.channels * shape.inner);
    for (float& value : x.values()) value = 0.1f;
    x[static_cast<size_t>(shape.inner)] = std::numeric_limits<float>::infinity();  // of channel 1
    const Moments got(shape, x);
    for (size_t c = 0; c < got.mean.size(); ++c) {
      CHECK(std::isfinite(got.mean[c]) == (c != 1));
      CHECK(std::isnan(got.variance[c]) == (c == 1));
      if (c != 1) CHECK((got.mean[c] == 0.1f && got.variance[c] == 0));
    }
  }
}

TEST_CASE("Moving averages: the float32 formula of tfjs") {
  const std::array averages{1.0f, -2.0f, 0.1f}, values{3.0f, 0.3f, 0.1f};
  std::array<float, 3> moved{};
  const float decay = 0.01f;
  moveAverages(averages.data(), values.data(), 3, decay, moved.data());
  for (size_t i = 0; i < 3; ++i) {
    const volatile float distance = averages[i] - values[i];  // no float64 in between
    const volatile float change = distance * decay;
    CHECK(moved[i] == averages[i] - change);
  }
}

/// A problem whose mean and variance are those of x, with an offset and limits.
struct TrainingProblem : Problem {
  TrainingProblem(const BatchNormShape& tensorShape, Random& random, bool scaled, bool centered, bool limited)
      : Problem(tensorShape, random, false, scaled, 1), offset(channels), hasOffset(centered) {
    fillFractions(offset, random, -0.5f);
    if (limited) {
      low = 0;
      high = 1;
    }
    update();
  }

  void update() { REQUIRE(batchMoments(shape.outer, shape.channels, x.data(), mean.data(), variance.data())); }

  BatchNorm norm() const {
    BatchNorm norm = Problem::norm();
    norm.offset = hasOffset ? offset.data() : nullptr;
    norm.low = low;
    norm.high = high;
    return norm;
  }

  /// Returns y before the limits of element i.
  double y(size_t i) const {
    const size_t c = channelOf(i);
    const double r = 1 / std::sqrt(double{variance[c]} + epsilon);
    return (double{x[i]} - mean[c]) * r * (hasScale ? scale[c] : 1) + (hasOffset ? offset[c] : 0);
  }

  GuardedTensor offset;
  bool hasOffset;
  float low = -std::numeric_limits<float>::infinity(), high = std::numeric_limits<float>::infinity();
};

struct TrainingGradients {
  explicit TrainingGradients(const TrainingProblem& p)
      : dx(static_cast<int64_t>(p.x.size()), 2), dScale(p.channels, 3), dOffset(p.channels, 4) {
    float* const dScales = p.hasScale ? dScale.data() : nullptr;
    float* const dOffsets = p.hasOffset ? dOffset.data() : nullptr;
    REQUIRE(batchNormTrainingGradient(p.norm(), p.shape.outer, p.channels, p.x.data(), p.dy.data(),
                                      {dx.data(), dScales, dOffsets}));
    for (const GuardedTensor* tensor : {&dx, &dScale, &dOffset}) CHECK(tensor->guardsAreIntact());
  }

  GuardedTensor dx, dScale, dOffset;
};

TEST_CASE("Batch norm in training: gradients, for any size, with and without scale, offset and limits") {
  Random random(1);
  for (const BatchNormShape& shape : pixelShapes()) {
    const bool hasScale = random.within(0, 1) == 1, hasOffset = random.within(0, 1) == 1;
    const bool hasLimits = random.within(0, 1) == 1;
    INFO(description(shape) << ", scale " << hasScale << ", offset " << hasOffset << ", limits " << hasLimits);
    const TrainingProblem p(shape, random, hasScale, hasOffset, hasLimits);
    const TrainingGradients got(p);
    const double count = double{1} * shape.outer * shape.inner;
    std::vector<double> dScale(static_cast<size_t>(p.channels)), dOffset(dScale);
    const auto passing = [&](size_t i) { return p.low < p.y(i) && p.y(i) <= p.high ? double{p.dy[i]} : 0; };
    const auto r = [&](size_t c) { return 1 / std::sqrt(double{p.variance[c]} + p.epsilon); };
    const auto normalized = [&](size_t i) { return (double{p.x[i]} - p.mean[p.channelOf(i)]) * r(p.channelOf(i)); };
    for (size_t i = 0; i < p.x.size(); ++i) {
      dOffset[p.channelOf(i)] += passing(i);
      dScale[p.channelOf(i)] += passing(i) * normalized(i);
    }
    const double tolerance = 3e-6 * (1 + count);
    for (size_t c = 0; c < dScale.size() && count > 0; ++c) {
      if (hasScale) REQUIRE(std::abs(got.dScale[c] - dScale[c]) <= tolerance);
      if (hasOffset) REQUIRE(std::abs(got.dOffset[c] - dOffset[c]) <= tolerance);
    }
    for (size_t i = 0; i < p.x.size(); ++i) {
      const size_t c = p.channelOf(i);
      const double factor = (hasScale ? p.scale[c] : 1) * r(c);
      const double expected = factor * (passing(i) - dOffset[c] / count - normalized(i) * dScale[c] / count);
      REQUIRE(std::abs(got.dx[i] - expected) <= 3e-6 * (1 + std::abs(factor)));
    }
  }
}

TEST_CASE("Batch norm in training: gradients equal finite differences") {
  Random random(2);
  for (const BatchNormShape& shape : {BatchNormShape{30, 5, 1}, {9, 66, 1}}) {
    for (const bool hasLimits : {false, true}) {
      TrainingProblem p(shape, random, true, true, hasLimits);
      const TrainingGradients got(p);
      // In float64, with the moments of the changed x.
      const auto weighted = [&] {
        p.update();
        double sum = 0;
        for (size_t i = 0; i < p.x.size(); ++i) {
          sum += p.dy[i] * std::min(std::max(p.y(i), double{p.low}), double{p.high});
        }
        return sum;
      };
      const auto check = [&](GuardedTensor& of, const GuardedTensor& gradient) {
        for (size_t i = 0; i < of.size(); i += 3) {
          const float before = of[i];
          const double step = 0x1p-10;
          of[i] = before + float(step);
          const double above = weighted(), taken = double{of[i]} - before;
          of[i] = before - float(step);
          const double below = weighted(), back = double{before} - of[i];
          of[i] = before;
          CHECK(gradient[i] == Approx((above - below) / (taken + back)).epsilon(1e-2).margin(5e-3));
        }
      };
      check(p.x, got.dx);
      check(p.scale, got.dScale);
      check(p.offset, got.dOffset);
    }
  }
}

TEST_CASE("Batch norm in training: y at the low limit passes no dy, y at the high limit passes dy") {
  const std::array x{-1.0f, 1.0f, -1.0f, 1.0f}, dy{1.0f, 2.0f, 4.0f, 8.0f};  // mean 0 and variance 1
  const std::array mean{0.0f}, one{1.0f};
  const auto dOffsetFor = [&](float scale) {
    BatchNorm norm{mean.data(), one.data(), &scale, 0, one.data()};
    norm.low = 0;
    norm.high = 2;
    float dScale, dOffset;
    std::array<float, 4> dx{};
    REQUIRE(batchNormTrainingGradient(norm, 4, 1, x.data(), dy.data(), {dx.data(), &dScale, &dOffset}));
    return dOffset;
  };
  CHECK(dOffsetFor(1) == 10);     // y is 0 and 2
  CHECK(dOffsetFor(0.5f) == 15);  // y is 0.5 and 1.5
  CHECK(dOffsetFor(2) == 0);      // y is −1 and 3
}

TEST_CASE("Batch norm in training: a value that is not finite affects all of its channel, and no other channel") {
  Random random(3);
  for (const BatchNormShape& shape : {BatchNormShape{40, 5, 1}, {40, 67, 1}}) {
    for (const bool hasLimits : {false, true}) {
      TrainingProblem p(shape, random, true, true, hasLimits);
      const TrainingGradients before(p);
      p.x[static_cast<size_t>(2 * shape.inner)] = std::nanf("");  // of channel 2
      p.update();
      const TrainingGradients after(p);
      for (size_t i = 0; i < p.x.size(); ++i) {
        if (p.channelOf(i) == 2) CHECK(std::isnan(after.dx[i]));
        if (p.channelOf(i) != 2) CHECK(after.dx[i] == before.dx[i]);
      }
      for (size_t c = 0; c < static_cast<size_t>(p.channels); ++c) {
        CHECK((c == 2 ? std::isnan(after.dScale[c]) : after.dScale[c] == before.dScale[c]));
        CHECK((c == 2 ? std::isnan(after.dOffset[c]) : after.dOffset[c] == before.dOffset[c]));
      }
    }
  }
}

TEST_CASE("Batch norm in training: a failed allocation leaves the outputs unwritten") {
  Random random(4);
  for (const BatchNormShape& shape : {BatchNormShape{20, 3, 1}, {20, 100, 1}}) {
    const TrainingProblem p(shape, random, true, true, true);
    GuardedTensor dx(static_cast<int64_t>(p.x.size())), a(p.channels), b(p.channels);
    CHECK(failEachAllocation({a.values(), b.values()}, [&] {
            return bool(batchMoments(shape.outer, p.channels, p.x.data(), a.data(), b.data()));
          }) >= 2);
    CHECK(failEachAllocation({dx.values(), a.values(), b.values()}, [&] {
            return bool(batchNormTrainingGradient(p.norm(), shape.outer, p.channels, p.x.data(), p.dy.data(),
                                                  {dx.data(), a.data(), b.data()}));
          }) >= 2);
  }
}

}  // namespace
}  // namespace depthwise
