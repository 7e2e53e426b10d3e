#include <catch2/catch.hpp>
#include <cmath>

#include "conv/passes.h"
#include "oracle.h"
#include "passes.h"

namespace depthwise {
namespace {

/// The largest relative error of the filter's gradient, where every product is positive.
double errorOf(const Convolution& convolution) {
  const Geometry g = geometryOf(convolution);
  Random random(1);
  GuardedTensor x(g.xShape(), 0), dy(g.yShape(), 0), dfilter(g.filterShape(), 0);
  for (GuardedTensor* tensor : {&x, &dy}) {
    for (float& value : tensor->values()) value = random.unit();
  }
  REQUIRE(filterGradient(g, x.data(), dy.data(), dfilter.data()));
  const oracle::Sums expected = oracle::filterGradient(g, x.values(), dy.values());
  double largest = 0;
  for (size_t i = 0; i < dfilter.size(); ++i) {
    largest = std::max(largest, std::abs(double{dfilter[i]} - expected.values[i]) / expected.values[i]);
  }
  return largest;
}

/// 5e-6 is promised. A plain float32 sum of so many terms is off by about 1e-3.
constexpr double kPromised = 5e-6;

TEST_CASE("accuracy: gradient of the filter, 800 000 positive terms in large images") {
  const double error = errorOf(Convolution({8, 316, 316, 4}, {1, 3, 4, 1}).same());
  INFO("relative error " << error);
  CHECK(error < kPromised);
}

TEST_CASE("accuracy: gradient of the filter, 800 000 positive terms in many small images") {
  const double error = errorOf(Convolution({16000, 7, 7, 4}, {1, 1, 4, 1}));
  INFO("relative error " << error);
  CHECK(error < kPromised);
}

TEST_CASE("accuracy: gradient of the filter, 800 000 positive terms in NCHW and with strides") {
  const double error = errorOf(Convolution({8, 632, 632, 3}, {1, 1, 3, 1}).strides(2).nchw());
  INFO("relative error " << error);
  CHECK(error < kPromised);
}

}  // namespace
}  // namespace depthwise
