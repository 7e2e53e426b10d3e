#include "conv/cache_policy.h"

#include <catch2/catch.hpp>

namespace depthwise {
namespace {

TEST_CASE("cache policy: columns collide if they share few sets and are many") {
  CHECK(setStride(1) == 1);
  CHECK(setStride(16) == 1);
  CHECK(setStride(32) == 2);
  CHECK(setStride(48) == 1);
  CHECK(setStride(512) == 32);
  CHECK(setStride(1 << 20) == 64);
  CHECK((columnsCollide(256, 100) && columnsCollide(1280, 100)));
  CHECK_FALSE((columnsCollide(128, 100) || columnsCollide(257, 100)));
  CHECK_FALSE((columnsCollide(256, 28) || columnsCollide(512, 14)));
  CHECK((columnsCollide(512, 3 * 14) && columnsCollide(1024, 14)));
}

TEST_CASE("cache policy: tiles have about the same width, 4 to 64 if there are several") {
  for (const uint64_t stride : {1, 16, 64, 128, 256, 1024}) {
    for (int64_t outputs = 1; outputs <= 300; ++outputs) {
      const int64_t width = tileWidth(stride, outputs);
      INFO("stride " << stride << ", outputs " << outputs << ", width " << width);
      REQUIRE((width >= 1 && width <= std::min<int64_t>(outputs, 64)));
      const int64_t tiles = (outputs + width - 1) / width;
      if (tiles > 1) CHECK(width >= 4);
    }
  }
}

TEST_CASE("cache policy: five rows of a tile fit the sets that its columns can use, unless it is very narrow") {
  for (const uint64_t stride : {16, 32, 64, 96, 128, 256}) {
    for (int64_t outputs = 1; outputs <= 300; ++outputs) {
      const int64_t width = tileWidth(stride, outputs), lines = 4 * (width + 2) + width;
      INFO("stride " << stride << ", outputs " << outputs << ", width " << width);
      CHECK((lines * setStride(stride) <= assumed.sets * assumed.ways || width <= 7));
    }
  }
}

TEST_CASE("cache policy: a spread stride is a whole number of vectors and does not collide") {
  for (int64_t channels = 1; channels <= 2048; ++channels) {
    const int64_t stride = spreadStride(channels);
    INFO(channels << " channels, stride " << stride);
    CHECK((stride >= channels && stride <= channels + 7 && stride % 4 == 0));
    CHECK(setStride(static_cast<uint64_t>(stride)) < 4);
  }
}

TEST_CASE("cache policy: a row group is sliced if it is large and slices start on cache lines") {
  CHECK(isSliced(240, 64, 3 * 60 * 240));
  CHECK_FALSE(isSliced(240, 63, 3 * 60 * 240));
  CHECK_FALSE(isSliced(48, 64, 3 * 60 * 240));
  CHECK_FALSE(isSliced(241, 64, 3 * 60 * 240));
  CHECK_FALSE(isSliced(240, 64, 3 * 10 * 240));
}

TEST_CASE("cache policy: planes at once are whole input channels or one, and fit the cache") {
  CHECK(planesAtOnce(0, 1) == kMaxPlanes);
  CHECK(planesAtOnce(100, 3) == 6);
  CHECK(planesAtOnce(100, 9) == 1);
  CHECK(planesAtOnce(4 * int64_t{4096} * 4096, 1) == 1);  // a filter as large as an image
  for (int64_t floats = 1; floats < 20000; ++floats) {
    const int planes = planesAtOnce(floats, 1);
    CHECK((planes == 1 || planes * floats <= assumed.floats() / 2));
  }
}

}  // namespace
}  // namespace depthwise
