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

}  // namespace
}  // namespace depthwise
