#include <catch2/catch.hpp>

#include "conv/passes.h"
#include "convolution.h"

namespace depthwise {
namespace {

/// Two taps 2^27 columns apart, with a multiplier of 2^20: a staged row of what one output reads has 2^47 floats. dx is
/// staged too.
Geometry hopeless() {
  constexpr double kApart = 1 << 27, kMultiplier = 1 << 20;
  return geometryOf(Convolution({1, 1, kApart + 1, 1}, {1, 2, 1, kMultiplier}).dilations(1, kApart));
}

TEST_CASE("out of memory: every pass says how much it wanted, and touches no tensor") {
  // A tensor that is read or written ends the program here.
  const Geometry g = hopeless();
  constexpr uint64_t kRow = uint64_t{1} << 49;
  CHECK(forward(g, nullptr, nullptr, {}, nullptr).bytesWanted >= kRow);
  CHECK(inputGradient(g, nullptr, nullptr, nullptr).bytesWanted >= kRow);
  CHECK(filterGradient(g, nullptr, nullptr, nullptr).bytesWanted >= kRow);
}

TEST_CASE("out of memory: no images need none, however large they were") {
  for (const double channels : {1, 4}) {
    Convolution huge({0, 1 << 30, 1 << 30, channels}, {1, 1, channels, 1});
    for (const Geometry& g : {geometryOf(huge), geometryOf(huge.nchw())}) {
      std::vector<float> filter(static_cast<size_t>(channels), 1), dfilter(filter);
      CHECK(forward(g, nullptr, filter.data(), {}, nullptr));
      CHECK(inputGradient(g, nullptr, filter.data(), nullptr));
      CHECK(filterGradient(g, nullptr, nullptr, dfilter.data()));
      CHECK(dfilter == std::vector<float>(filter.size(), 0));
    }
  }
}

}  // namespace
}  // namespace depthwise
