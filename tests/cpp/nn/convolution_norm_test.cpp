#include "nn/convolution_norm.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "dense/dense_oracle.h"
#include "dense/dense_problem.h"
#include "support/allocation_failures.h"
#include "support/compare.h"

namespace depthwise {
namespace {

/// One value of each parameter per channel: exact ones (integers, and variances whose root is exact), or fractions.
struct Parameters {
  Parameters(int channels, Random& random, Values values)
      : mean(channels, 1), variance(channels, 3), scale(channels, 5), offset(channels, 7), bias(channels, 9) {
    const bool isExact = values != Values::kFractions;
    for (GuardedTensor* tensor : {&mean, &scale, &offset, &bias}) {
      fill(*tensor, random, isExact ? Values::kIntegers : Values::kFractions);
    }
    for (float& value : variance.values())
      value = isExact ? random.oneOf(std::array{0.25f, 1.0f, 4.0f}) : random.unit();
    epsilon = isExact ? 0.0f : 0.001f;
    hasScale = random.within(0, 3) > 0;
    hasOffset = random.within(0, 3) > 0;
    hasBias = random.within(0, 1) > 0;
    activation = random.oneOf(std::array{Activation::kLinear, Activation::kRelu, Activation::kRelu6});
  }

  BatchNorm norm() const {
    return {.mean = mean.data(),
            .variance = variance.data(),
            .scale = hasScale ? scale.data() : nullptr,
            .epsilon = epsilon,
            .offset = hasOffset ? offset.data() : nullptr};
  }
  Epilogue epilogue() const { return {.bias = hasBias ? bias.data() : nullptr, .activation = activation}; }

  /// Normalizes the sums of a convolution in float64, by the definition.
  oracle::Sums normalized(oracle::Sums sums, const Shape& yShape, Layout layout) const {
    const auto channels = static_cast<size_t>(layout == Layout::kNhwc ? yShape[3] : yShape[1]);
    const auto adjacent = static_cast<size_t>(layout == Layout::kNhwc ? 1 : yShape[2] * yShape[3]);
    for (size_t i = 0; i < sums.values.size(); ++i) {
      const size_t c = i / adjacent % channels;
      const double factor = (hasScale ? double{scale[c]} : 1.0) / std::sqrt(double{variance[c]} + double{epsilon});
      const double added = (hasBias ? double{bias[c]} : 0.0) - double{mean[c]}, shift = hasOffset ? offset[c] : 0.0f;
      const double y = (sums.values[i] + added) * factor + shift;
      const double raised = activation != Activation::kLinear && y < 0 ? 0 : y;
      sums.values[i] = activation == Activation::kRelu6 && raised > 6 ? 6 : raised;
      const double magnitude = (sums.magnitudes[i] + std::abs(added)) * std::abs(factor) + std::abs(shift);
      sums.magnitudes[i] = std::isfinite(magnitude) ? magnitude : 0;  // limits make infinities finite
    }
    return sums;
  }

  GuardedTensor mean, variance, scale, offset, bias;
  float epsilon;
  bool hasScale, hasOffset, hasBias;
  Activation activation;
};

/// The roundings of the factor, the filter and the bias, in addition to those of a convolution.
constexpr int64_t kMoreRoundings = 8;

std::string wrongDense(const DenseProblem& p, Random& random) {
  const DenseGeometry& g = p.geometry;
  const Parameters parameters(g.outChannels, random, p.values);
  GuardedTensor y(g.yShape(), 2);
  if (!conv2dBatchNorm(g, p.x.data(), p.filter.data(), parameters.norm(), parameters.epilogue(), y.data())) {
    return "out of memory";
  }
  if (!y.guardsAreIntact()) return "a guard was written over";
  const auto sums = oracle::denseForward(g, p.x.values(), p.filter.values());
  const int64_t terms = int64_t{g.height.taps} * g.width.taps * g.inChannels + kMoreRoundings;
  return difference("y", y.values(), parameters.normalized(sums, g.yShape(), g.layout),
                    p.values == Values::kFractions ? terms : 0);
}

std::string wrongDepthwise(const Problem& p, Random& random) {
  const Geometry& g = p.geometry;
  const Parameters parameters(g.outChannels(), random, p.values);
  GuardedTensor y(g.yShape(), 2);
  if (!depthwiseConv2dBatchNorm(g, p.x.data(), p.filter.data(), parameters.norm(), parameters.epilogue(), y.data())) {
    return "out of memory";
  }
  if (!y.guardsAreIntact()) return "a guard was written over";
  const auto sums = oracle::forward(g, p.x.values(), p.filter.values());
  const int64_t terms = int64_t{g.height.taps} * g.width.taps + kMoreRoundings;
  return difference("y", y.values(), parameters.normalized(sums, g.yShape(), g.layout),
                    p.values == Values::kFractions ? terms : 0);
}

TEST_CASE("Convolution norm: dense, any channels and pixels, in both layouts") {
  Random random(1);
  const auto check = [&](const DenseProblem& p) { CHECK(wrongDense(p, random) == ""); };
  // One and two pixels, whose filter is not packed, and several groups of channels are among them.
  forEachDenseProblem(dense_grids::channels(), 2, check);
  forEachDenseProblem(dense_grids::pixels(), 3, check);
  forEachDenseProblem(dense_grids::nchw(), 4, check);
}

TEST_CASE("Convolution norm: dense, random geometries") {
  Random random(5);
  for (int i = 0; i < 200; ++i) {
    const Convolution convolution = dense_grids::anyConvolution(random);
    INFO(convolution.description());
    const Values values = random.oneOf(std::array{Values::kIntegers, Values::kFractions, Values::kSpecials});
    CHECK(wrongDense(DenseProblem(denseGeometryOf(convolution), random, values), random) == "");
  }
}

TEST_CASE("Convolution norm: depthwise, any channels, multiplier and filter, in both layouts") {
  Random random(6);
  for (const int channels : {1, 2, 3, 4, 7, 8, 33}) {
    for (const int multiplier : {1, 2, 3}) {
      for (const int taps : {1, 3, 5}) {
        for (const bool isNchw : {false, true}) {
          Convolution convolution = Convolution({2, 7, 6, channels}, {taps, 3, channels, multiplier}).same();
          if (isNchw) convolution.nchw();
          INFO(convolution.description());
          for (const Values values : {Values::kIntegers, Values::kFractions, Values::kSpecials}) {
            CHECK(wrongDepthwise(Problem(geometryOf(convolution), random, values), random) == "");
          }
        }
      }
    }
  }
}

TEST_CASE("Convolution norm: a parameter that is not finite affects its channel only") {
  Random random(7);
  for (const Convolution& convolution :
       {Convolution({1, 4, 4, 12}, {3, 3, 12, 12}).same(), Convolution({1, 1, 1, 12}, {1, 1, 12, 12})}) {
    INFO(convolution.description());
    const DenseProblem p(denseGeometryOf(convolution), random, Values::kIntegers);
    for (const float special : {std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()}) {
      Parameters parameters(p.geometry.outChannels, random, Values::kIntegers);
      parameters.hasScale = true;
      parameters.scale[5] = special;
      GuardedTensor y(p.geometry.yShape(), 2);
      REQUIRE(conv2dBatchNorm(p.geometry, p.x.data(), p.filter.data(), parameters.norm(), {}, y.data()));
      for (size_t i = 0; i < y.size(); ++i) CHECK((i % 12 == 5 ? !std::isfinite(y[i]) : std::isfinite(y[i])));
    }
  }
}

TEST_CASE("Convolution norm: a failed allocation leaves y unwritten") {
  Random random(8);
  const Convolution dense = Convolution({1, 6, 5, 7}, {3, 3, 7, 9}).same();
  const DenseProblem p(denseGeometryOf(dense), random, Values::kFractions);
  const Parameters parameters(9, random, Values::kFractions);
  GuardedTensor y(p.geometry.yShape(), 1);
  CHECK(failEachAllocation({y.values()}, [&] {
          return bool(conv2dBatchNorm(p.geometry, p.x.data(), p.filter.data(), parameters.norm(), parameters.epilogue(),
                                      y.data()));
        }) >= 2);
  const Problem d(geometryOf(Convolution({1, 6, 5, 9}, {3, 3, 9, 1}).same()), random, Values::kFractions);
  CHECK(failEachAllocation({y.values()}, [&] {
          return bool(depthwiseConv2dBatchNorm(d.geometry, d.x.data(), d.filter.data(), parameters.norm(),
                                               parameters.epilogue(), y.data()));
        }) >= 2);
}

}  // namespace
}  // namespace depthwise
