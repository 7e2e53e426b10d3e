#include "../../../bench/native/cache_model.h"

#include <catch2/catch.hpp>
#include <vector>

namespace {

TEST_CASE("cache model: the sets and ways follow from the size") {
  CHECK((CacheSize{32, 8}.sets() == 64 && CacheSize{48, 12}.sets() == 64 && CacheSize{64, 4}.sets() == 256));
}

TEST_CASE("cache model: as many lines of a set stay as there are ways, and the line used longest ago is replaced") {
  CacheModel cache({16, 4});  // 64 sets
  const auto use = [&](std::vector<uint64_t> lines) {
    std::vector<bool> hits;
    for (const uint64_t line : lines) hits.push_back(cache.use(line * 64));  // all in one set
    return hits;
  };
  CHECK(use({1, 2, 3, 4}) == std::vector<bool>(4, false));
  CHECK(use({4, 1, 2, 3}) == std::vector<bool>(4, true));
  CHECK(use({5}) == std::vector<bool>{false});  // replaces 4
  CHECK(use({1, 2, 3, 5}) == std::vector<bool>(4, true));
  CHECK(use({4, 1}) == std::vector<bool>{false, false});  // 4 replaced 1
  CHECK(cache.misses() == 7);
  CHECK_FALSE(cache.use(1));  // another set
  CHECK(cache.use(1));
  cache.resetMisses();
  CHECK(cache.misses() == 0);
}

}  // namespace
