#include "conv/cache_policy.h"

#include <catch2/catch.hpp>

namespace depthwise {
namespace {

TEST_CASE("cache policy: the sets that pixels of a pitch use") {
  CHECK(setStride(1) == 1);
  CHECK(setStride(15) == 1);
  CHECK(setStride(16) == 1);
  CHECK(setStride(32) == 2);
  CHECK(setStride(48) == 1);
  CHECK(setStride(512) == 32);
  CHECK(setStride(1024) == 64);
  CHECK(setStride(1 << 20) == 64);
  CHECK(pixelsCollide(256, 100));
  CHECK(pixelsCollide(1280, 100));
  CHECK_FALSE(pixelsCollide(128, 100));
  CHECK_FALSE(pixelsCollide(257, 100));
}

TEST_CASE("cache policy: a few pixels do not collide, fewer of them the fewer sets they have") {
  CHECK_FALSE(pixelsCollide(256, 28));
  CHECK_FALSE(pixelsCollide(512, 14));
  CHECK(pixelsCollide(512, 3 * 14));
  CHECK(pixelsCollide(1024, 14));
}

TEST_CASE("cache policy: tiles are of about one width, which is from 7 to 64 where there are several") {
  for (const uint64_t step : {1, 16, 64, 128, 256, 1024}) {
    for (int64_t outputs = 1; outputs <= 300; ++outputs) {
      const int64_t width = tileWidth(step, outputs);
      INFO("step " << step << ", outputs " << outputs << ", width " << width);
      REQUIRE(width >= 1);
      REQUIRE(width <= std::min<int64_t>(outputs, 64));
      const int64_t tiles = (outputs + width - 1) / width, last = outputs - (tiles - 1) * width;
      CHECK(last >= 1);
      if (tiles > 1) CHECK(width >= 4);
    }
  }
}

TEST_CASE("cache policy: a spread pitch holds the lanes in whole vectors and does not collide") {
  for (int64_t lanes = 1; lanes <= 2048; ++lanes) {
    const int64_t pitch = spreadPitch(lanes);
    INFO(lanes << " lanes, pitch " << pitch);
    CHECK(pitch >= lanes);
    CHECK(pitch % 4 == 0);
    CHECK(pitch <= lanes + 3 + kFloatsPerLine);
    CHECK(setStride(static_cast<uint64_t>(pitch)) < 4);
  }
}

TEST_CASE("cache policy: planes at once are whole channels, or one, and no more of them than the cache holds") {
  CHECK(planesAtOnce(0, 1) == kMaxPlanes);
  CHECK(planesAtOnce(100, 1) == kMaxPlanes);
  CHECK(planesAtOnce(100, 3) == 6);
  CHECK(planesAtOnce(100, 9) == 1);
  // With long filters the taps of each plane want memory.
  CHECK(planesAtOnce(4 * int64_t{4096} * 4096, 1) == 1);
  for (int64_t floats = 1; floats < 20000; ++floats) {
    const int planes = planesAtOnce(floats, 1);
    CHECK((planes == 1 || planes * floats <= kFloatsPerLine * kCacheSets * kCacheWays));
  }
}

}  // namespace
}  // namespace depthwise
