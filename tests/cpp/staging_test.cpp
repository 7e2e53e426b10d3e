#include "kernels/staging.h"

#include <catch2/catch.hpp>

#include "compare.h"
#include "passes.h"

namespace depthwise {
namespace {

/// Pixels of a tensor, channels or columns adjacent, with gaps in between.
struct StagingCase {
  int channels, multiplier, pixels;
  bool planes;
  size_t pitch;

  int lanes() const { return channels * multiplier; }
  PixelStrides strides() const {
    return planes ? PixelStrides{1, static_cast<size_t>(pixels) + 3}
                  : PixelStrides{static_cast<size_t>(channels) + 2, 1};
  }
  size_t tensorAt(int pixel, int channel) const {
    return static_cast<size_t>(pixel) * strides().column + static_cast<size_t>(channel) * strides().channel;
  }
  int64_t tensorSize() const { return static_cast<int64_t>(tensorAt(pixels - 1, channels - 1)) + 1; }
  size_t stagedAt(int pixel, int lane) const { return static_cast<size_t>(pixel) * pitch + static_cast<size_t>(lane); }
  int64_t stagedSize() const { return static_cast<int64_t>(stagedAt(pixels - 1, wholeLanes(lanes()) - 1)) + 1; }
};

template <class Check>
void forEachCase(Check&& check) {
  for (int channels = 1; channels <= 13; ++channels) {
    for (int multiplier = 1; multiplier <= 5; ++multiplier) {
      for (const int pixels : {1, 2, 5}) {
        for (const bool planes : {false, true}) {
          for (const int gap : {0, 16}) {
            const size_t pitch = static_cast<size_t>(wholeLanes(channels * multiplier) + gap);
            INFO(channels << " channels × " << multiplier << ", " << pixels << " pixels, "
                          << (planes ? "NCHW" : "NHWC"));
            check(StagingCase{channels, multiplier, pixels, planes, pitch});
          }
        }
      }
    }
  }
}

TEST_CASE("staging: each channel goes into its lanes, zeros beside them, and nothing further") {
  Random random(1);
  forEachCase([&](const StagingCase& c) {
    GuardedTensor from(c.tensorSize(), 1), to(c.stagedSize(), 2, 77);
    fill(from, random, Values::kFractions);
    std::vector<float> expected(to.size(), 77);
    for (int i = 0; i < c.pixels; ++i) {
      for (int lane = 0; lane < wholeLanes(c.lanes()); ++lane) {
        expected[c.stagedAt(i, lane)] = lane < c.lanes() ? from[c.tensorAt(i, lane / c.multiplier)] : 0;
      }
    }
    stagePixels(from.data(), c.strides(), c.channels, c.multiplier, c.pixels, to.data(), c.pitch);
    CHECK(bitDifference(to.values(), expected) == "");
    CHECK(to.guardsAreIntact());
  });
}

TEST_CASE("staging: the lanes of each channel are summed up, and what lies between stays") {
  Random random(2);
  forEachCase([&](const StagingCase& c) {
    GuardedTensor from(c.stagedSize(), 3), to(c.tensorSize(), 1, 77);
    fill(from, random, Values::kIntegers);
    std::vector<float> expected(to.size(), 77);
    for (int i = 0; i < c.pixels; ++i) {
      for (int channel = 0; channel < c.channels; ++channel) {
        float sum = 0;
        for (int m = 0; m < c.multiplier; ++m) sum += from[c.stagedAt(i, channel * c.multiplier + m)];
        expected[c.tensorAt(i, channel)] = sum;
      }
    }
    foldPixels(from.data(), c.pitch, c.channels, c.multiplier, c.pixels, to.data(), c.strides());
    CHECK(valueDifference(to.values(), expected) == "");
    CHECK(to.guardsAreIntact());
  });
}

TEST_CASE("staging: a filter gets another pitch") {
  GuardedTensor from(6 * 3, 0), to(5 * 8 + 4, 0, 77);
  for (size_t i = 0; i < from.size(); ++i) from[i] = static_cast<float>(i);
  stageFilter(from.data(), 3, 6, to.data(), 8);
  for (size_t tap = 0; tap < 6; ++tap) {
    for (size_t lane = 0; lane < 4; ++lane) {
      CHECK(to[tap * 8 + lane] == (lane < 3 ? static_cast<float>(tap * 3 + lane) : 0));
    }
  }
  CHECK(to[4] == 77);
}

TEST_CASE("staging: whole lanes are the next multiple of four") {
  CHECK(wholeLanes(1) == 4);
  CHECK(wholeLanes(4) == 4);
  CHECK(wholeLanes(5) == 8);
}

}  // namespace
}  // namespace depthwise
