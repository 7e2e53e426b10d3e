#include "support/allocation_failures.h"

#include <catch2/catch.hpp>

#include "depthwise/convolution.h"
#include "nn/activation.h"
#include "support/passes.h"

namespace depthwise {
namespace {

/// Convolutions that together need every kind of scratch memory.
std::vector<Convolution> convolutions() {
  std::vector<Convolution> all;
  for (const bool nchw : {false, true}) {
    for (const int64_t channels : {1, 3, 6, 24, 256}) {
      for (const int64_t multiplier : {1, 2, 3}) {
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

/// Makes each allocation of a pass fail, for each of the convolutions. Returns the maximum number of allocations.
template <class Pass>
int failAll(Shape (Geometry::*resultShape)() const, Pass&& pass) {
  Random random(1);
  int max = 0;
  for (const Convolution& convolution : convolutions()) {
    INFO(convolution.description());
    const Geometry g = geometryOf(convolution);
    const Problem problem(g, random, Values::kFractions);
    GuardedTensor result((g.*resultShape)(), 0);
    max = std::max(max, failEachAllocation({result.values()}, [&] { return bool(pass(g, problem, result.data())); }));
    CHECK(result.guardsAreIntact());
  }
  return max;
}

TEST_CASE("allocation failures: forward") {
  const int max = failAll(&Geometry::yShape, [](const Geometry& g, const Problem& p, float* y) {
    return forward(g, p.x.data(), p.filter.data(), {}, y);
  });
  CHECK(max >= 3);
}

TEST_CASE("allocation failures: forward with an epilogue") {
  Random random(2);
  GuardedTensor bias(256 * 3, 1), slopes(256 * 3, 2);
  fill(bias, random, Values::kFractions);
  fill(slopes, random, Values::kFractions);
  for (const Activation activation : {Activation::kRelu, Activation::kPrelu}) {
    const int max = failAll(&Geometry::yShape, [&](const Geometry& g, const Problem& p, float* y) {
      return forward(g, p.x.data(), p.filter.data(), {bias.data(), activation, 0, slopes.data()}, y);
    });
    CHECK(max >= 3);
  }
}

TEST_CASE("allocation failures: input gradient") {
  const int max = failAll(&Geometry::xShape, [](const Geometry& g, const Problem& p, float* dx) {
    return inputGradient(g, p.dy.data(), p.filter.data(), dx);
  });
  CHECK(max >= 3);
}

TEST_CASE("allocation failures: filter gradient") {
  const int max = failAll(&Geometry::filterShape, [](const Geometry& g, const Problem& p, float* dfilter) {
    return filterGradient(g, p.x.data(), p.dy.data(), dfilter);
  });
  CHECK(max >= 3);
}

TEST_CASE("allocation failures: functions that return no status allocate nothing") {
  Random random(3);
  const Convolution convolution = Convolution({2, 7, 9, 6}, {3, 2, 6, 2}).same();
  const Geometry g = geometryOf(convolution);
  Problem p(g, random, Values::kFractions);
  GuardedTensor dz(g.yShape(), 3), dbias(g.outChannels(), 0);
  ConvParams wrong = convolution.params();
  wrong.filter[2] = 5;
  allocatesNothing([&] {
    CHECK(makeGeometry(convolution.params()));
    CHECK(makeDenseGeometry(convolution.params()));
    CHECK_FALSE(makeGeometry(wrong));
    const int pixels = int(dz.size()) / 12;
    biasGradient(g, p.dy.data(), dbias.data());
    for (const Activation activation : {Activation::kRelu, Activation::kMish, Activation::kSoftmax}) {
      activationGradient({nullptr, activation}, p.dy.data(), p.dy.data(), p.dy.data(), dz.data(), pixels, 12);
      applyEpilogue({nullptr, activation}, p.dy.data(), 0, 1, 12);
    }
    softmax(p.dy.data(), pixels, 12);
    logSoftmax(p.dy.data(), pixels, 12);
    softmaxGradient(p.dy.data(), p.dy.data(), dz.data(), pixels, 12);
    logSoftmaxGradient(p.dy.data(), p.dy.data(), dz.data(), pixels, 12);
  });
}

/// Two taps 2^20 columns apart, with a multiplier of 2^20: a packed row of x that one output reads has 2^40 floats. dx
/// is packed too.
Geometry hopeless() {
  constexpr int64_t kApart = 1 << 20, kMultiplier = 1 << 20;
  return geometryOf(Convolution({1, 1, kApart + 1, 1}, {1, 2, 1, kMultiplier}).dilations(1, kApart));
}

TEST_CASE("allocation failures: every pass returns the bytes that it wanted, and accesses no tensor") {
  // The tensors are null: an access would end the program.
  const Geometry g = hopeless();
  constexpr uint64_t kRow = uint64_t{1} << 42;
  CHECK(forward(g, nullptr, nullptr, {}, nullptr).bytesWanted >= kRow);
  CHECK(inputGradient(g, nullptr, nullptr, nullptr).bytesWanted >= kRow);
  CHECK(filterGradient(g, nullptr, nullptr, nullptr).bytesWanted >= kRow);
}

TEST_CASE("allocation failures: an empty batch needs no memory, for images of any size") {
  for (const int64_t channels : {1, 4}) {
    Convolution huge({0, 1 << 30, 1 << 30, channels}, {1, 1, channels, 1});
    for (const Geometry& g : {geometryOf(huge), geometryOf(huge.nchw())}) {
      std::vector<float> filter(static_cast<size_t>(channels), 1), dfilter(filter);
      allocatesNothing([&] {
        CHECK(forward(g, nullptr, filter.data(), {}, nullptr));
        CHECK(inputGradient(g, nullptr, filter.data(), nullptr));
        CHECK(filterGradient(g, nullptr, nullptr, dfilter.data()));
      });
      CHECK(dfilter == std::vector<float>(filter.size(), 0));
    }
  }
}

}  // namespace
}  // namespace depthwise
