#include "allocation_failures.h"

#include <catch2/catch.hpp>

#include "conv/passes.h"
#include "epilogue_arguments.h"
#include "nn/activation.h"
#include "passes.h"

namespace depthwise {
namespace {

/// Such that among them the kernels want every kind of scratch memory that they have.
std::vector<Convolution> convolutions() {
  std::vector<Convolution> all;
  for (const bool nchw : {false, true}) {
    for (const double channels : {1, 3, 6, 24, 256}) {
      for (const double multiplier : {1, 2, 3}) {
        Convolution base({2, 7, 9, channels}, {3, 2, channels, multiplier});
        if (nchw) base.nchw();
        all.push_back(base.same());
        all.push_back(base.strides(2, 3));
        all.push_back(base.dilations(1, 2).pad(1, 0, 2, 3));
      }
    }
  }
  all.push_back(Convolution({1, 3, 200, 3}, {2, 5, 3, 1}).strides(1, 2).same().nchw());
  all.push_back(Convolution({0, 7, 9, 4}, {3, 3, 4, 1}));
  return all;
}

/// Fails each allocation of a pass for each of the convolutions. Gives the most that one of them has.
template <class Pass>
int failAll(Shape (Geometry::*resultShape)() const, Pass&& pass) {
  Random random(1);
  int most = 0;
  for (const Convolution& convolution : convolutions()) {
    INFO(convolution.description());
    const Geometry g = geometryOf(convolution);
    const Problem problem(g, random, Values::kFractions);
    GuardedTensor result((g.*resultShape)(), 0);
    most = std::max(most, failEachAllocation({result.values()}, [&] { return bool(pass(g, problem, result.data())); }));
    CHECK(result.guardsAreIntact());
  }
  return most;
}

TEST_CASE("allocation failures: forward") {
  const int most = failAll(&Geometry::yShape, [](const Geometry& g, const Problem& p, float* y) {
    return forward(g, p.x.data(), p.filter.data(), {}, y);
  });
  CHECK(most >= 3);
}

TEST_CASE("allocation failures: forward with an epilogue") {
  Random random(2);
  GuardedTensor bias(256 * 3, 1), slopes(256 * 3, 2);
  fill(bias, random, Values::kFractions);
  fill(slopes, random, Values::kFractions);
  for (const Activation activation : {Activation::kRelu, Activation::kPrelu}) {
    const int most = failAll(&Geometry::yShape, [&](const Geometry& g, const Problem& p, float* y) {
      return forward(g, p.x.data(), p.filter.data(), {bias.data(), activation, 0, slopes.data()}, y);
    });
    CHECK(most >= 3);
  }
}

TEST_CASE("allocation failures: the input's gradient") {
  const int most = failAll(&Geometry::xShape, [](const Geometry& g, const Problem& p, float* dx) {
    return inputGradient(g, p.dy.data(), p.filter.data(), dx);
  });
  CHECK(most >= 3);
}

TEST_CASE("allocation failures: the filter's gradient") {
  const int most = failAll(&Geometry::filterShape, [](const Geometry& g, const Problem& p, float* dfilter) {
    return filterGradient(g, p.x.data(), p.dy.data(), dfilter);
  });
  CHECK(most >= 3);
}

TEST_CASE("allocation failures: what has no status needs no memory") {
  Random random(3);
  const Convolution convolution = Convolution({2, 7, 9, 6}, {3, 2, 6, 2}).same();
  const Geometry g = geometryOf(convolution);
  Problem p(g, random, Values::kFractions);
  GuardedTensor dbias(g.outChannels(), 0);
  const ConvolutionArguments arguments = convolution.arguments();
  ConvolutionArguments wrong = arguments;
  wrong.filterShape.count = 3;
  EpilogueArguments epilogue{"forward", "prelu", {}, numberList({12}), 0};
  allocatesNothing([&] {
    CHECK(checkConvolution(arguments));
    CHECK(checkDenseConvolution(arguments));
    CHECK_FALSE(checkConvolution(wrong));
    CHECK(checkEpilogue(epilogue, g));
    biasGradient(g, p.dy.data(), dbias.data());
  });
}

}  // namespace
}  // namespace depthwise
