#include <catch2/catch.hpp>

#include "support/allocation_failures.h"
#include "channel_problem.h"
#include "dense/dense.h"
#include "dense_passes.h"
#include "nn/batch_norm.h"
#include "nn/clip.h"
#include "nn/pooling.h"
#include "nn/reductions.h"

namespace depthwise {
namespace {

TEST_CASE("allocation failures: dense convolution's gradients") {
  Random random(1);
  int mostOfInput = 0, mostOfFilter = 0;
  for (const Convolution& convolution :
       {Convolution({2, 6, 5, 7}, {3, 3, 7, 9}).same(), Convolution({2, 6, 5, 7}, {1, 1, 7, 9}),
        Convolution({1, 9, 9, 3}, {3, 3, 3, 4}).strides(2), Convolution({0, 4, 4, 3}, {3, 3, 3, 4})}) {
    INFO(convolution.description());
    const DenseGeometry g = denseGeometryOf(convolution);
    const DenseProblem p(g, random, Values::kFractions);
    GuardedTensor dx(g.xShape(), 1), dfilter(g.filterShape(), 2);
    const int ofInput = failEachAllocation(
        {dx.values()}, [&] { return bool(conv2dInputGradient(g, p.dy.data(), p.filter.data(), dx.data())); });
    const int ofFilter = failEachAllocation(
        {dfilter.values()}, [&] { return bool(conv2dFilterGradient(g, p.x.data(), p.dy.data(), dfilter.data())); });
    mostOfInput = std::max(mostOfInput, ofInput);
    mostOfFilter = std::max(mostOfFilter, ofFilter);
  }
  CHECK(mostOfInput >= 1);
  CHECK(mostOfFilter >= 1);
}

TEST_CASE("allocation failures: batch normalization") {
  Random random(2);
  for (const size_t channels : {3, 16, 100}) {
    const size_t pixels = 20;
    const auto perPixel = static_cast<int64_t>(pixels * channels), perChannel = static_cast<int64_t>(channels);
    GuardedTensor x(perPixel, 0), dy(perPixel, 0), mean(perChannel, 0), variance(perChannel, 0), scale(perChannel, 0);
    for (GuardedTensor* tensor : {&x, &dy, &mean, &variance, &scale}) fillFractions(*tensor, random, 0.5f);
    GuardedTensor y(perPixel, 1), dx(perPixel, 2), dMean(perChannel, 3), dVariance(perChannel, 4),
        dScale(perChannel, 5), dOffset(perChannel, 6);
    const BatchNorm norm{mean.data(), variance.data(), scale.data(), 1e-3f};
    CHECK(failEachAllocation({y.values()},
                             [&] { return bool(batchNorm(norm, x.data(), pixels, channels, y.data())); }) >= 1);
    CHECK(failEachAllocation({dx.values(), dMean.values(), dVariance.values(), dScale.values(), dOffset.values()}, [&] {
            return bool(batchNormGradient(norm, x.data(), dy.data(), pixels, channels,
                                          {dx.data(), dMean.data(), dVariance.data(), dScale.data(), dOffset.data()}));
          }) >= 2);
  }
}

TEST_CASE("allocation failures: sums over adjacent axes") {
  Random random(3);
  const MiddleAxis axis{3, 20, 7};
  GuardedTensor x(3 * 20 * 7, 0), sums(3 * 7, 1);
  fillFractions(x, random, 0);
  CHECK(failEachAllocation({sums.values()}, [&] { return bool(sumMiddle(axis, x.data(), 0.5, sums.data())); }) >= 2);
}

TEST_CASE("allocation failures: what has no status in tfjs's kernels needs no memory") {
  Random random(4);
  const Convolution convolution = Convolution({2, 6, 6, 3}, {2, 2, 3, 1}).strides(2);
  ConvolutionArguments arguments = convolution.arguments();
  arguments.filterShape = numberList({2, 2});
  const Result<PoolGeometry> geometry = checkPool(arguments);
  REQUIRE(geometry);
  GuardedTensor x(geometry->xShape(), 0), dy(geometry->yShape(), 0), dx(geometry->xShape(), 1);
  fillIntegers(x, random);
  fillIntegers(dy, random);
  const int32_t segments[] = {1, 0};
  allocatesNothing([&] {
    maxPoolGradient(*geometry, x.data(), dy.data(), dx.data());
    clipGradient(x.data(), x.data(), x.size(), -1, 1, dx.data());
    unsortedSegmentSum(x.data(), segments, 2, 36, 2, dx.data());
    spreadMiddle({3, 4, 18}, x.data(), 1, dx.data());
  });
  CHECK(dx.guardsAreIntact());
}

}  // namespace
}  // namespace depthwise
