#include "conv/packing.h"

#include <catch2/catch.hpp>

#include "compare.h"
#include "passes.h"

namespace depthwise {
namespace {

/// Pixels of a tensor, and as they are staged with gaps in between.
struct PackingCase {
  int channels, multiplier, pixels;
  size_t pitch;

  int lanes() const { return channels * multiplier; }
  size_t tensorAt(int pixel, int channel) const { return static_cast<size_t>(pixel * channels + channel); }
  int64_t tensorSize() const { return int64_t{pixels} * channels; }
  size_t packedAt(int pixel, int lane) const { return static_cast<size_t>(pixel) * pitch + static_cast<size_t>(lane); }
  int64_t packedSize() const { return static_cast<int64_t>(packedAt(pixels - 1, lanes() - 1)) + 1; }
};

template <class Check>
void forEachCase(Check&& check) {
  for (int channels = 1; channels <= 13; ++channels) {
    for (int multiplier = 1; multiplier <= 5; ++multiplier) {
      for (const int pixels : {1, 2, 5}) {
        for (const int gap : {0, 3, 16}) {
          INFO(channels << " channels × " << multiplier << ", " << pixels << " pixels, a gap of " << gap);
          check(PackingCase{channels, multiplier, pixels, static_cast<size_t>(channels * multiplier + gap)});
        }
      }
    }
  }
}

TEST_CASE("packing: each channel goes into its lanes, and nothing further") {
  Random random(1);
  forEachCase([&](const PackingCase& c) {
    GuardedTensor from(c.tensorSize(), 1), to(c.packedSize(), 2, 77);
    fill(from, random, Values::kFractions);
    std::vector<float> expected(to.size(), 77);
    for (int i = 0; i < c.pixels; ++i) {
      for (int lane = 0; lane < c.lanes(); ++lane) {
        expected[c.packedAt(i, lane)] = from[c.tensorAt(i, lane / c.multiplier)];
      }
    }
    packPixels(from.data(), c.channels, c.multiplier, c.pixels, to.data(), c.pitch);
    CHECK(bitDifference(to.values(), expected) == "");
    CHECK(to.guardsAreIntact());
  });
}

TEST_CASE("packing: the lanes of each channel are summed up, and what lies between stays") {
  Random random(2);
  forEachCase([&](const PackingCase& c) {
    GuardedTensor from(c.packedSize(), 3), to(c.tensorSize(), 1, 77);
    fill(from, random, Values::kIntegers);
    std::vector<float> expected(to.size(), 77);
    for (int i = 0; i < c.pixels; ++i) {
      for (int channel = 0; channel < c.channels; ++channel) {
        float sum = 0;
        for (int m = 0; m < c.multiplier; ++m) sum += from[c.packedAt(i, channel * c.multiplier + m)];
        expected[c.tensorAt(i, channel)] = sum;
      }
    }
    foldPixels(from.data(), c.pitch, c.channels, c.multiplier, c.pixels, to.data());
    CHECK(valueDifference(to.values(), expected) == "");
    CHECK(to.guardsAreIntact());
  });
}

TEST_CASE("packing: a filter gets another pitch") {
  GuardedTensor from(6 * 5, 0), to(5 * 8 + 5, 0, 77);
  for (size_t i = 0; i < from.size(); ++i) from[i] = static_cast<float>(i);
  packFilter(from.data(), 5, 6, to.data(), 8);
  for (size_t tap = 0; tap < 6; ++tap) {
    for (size_t lane = 0; lane < 5; ++lane) CHECK(to[tap * 8 + lane] == static_cast<float>(tap * 5 + lane));
  }
  CHECK(to[5] == 77);
}

}  // namespace
}  // namespace depthwise
