#include "nn/reductions.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "support/compare.h"
#include "support/guarded_tensor.h"
#include "support/random.h"

namespace depthwise {
namespace {

TEST_CASE("unsorted segment sum: each item in its segment, in order, and none where there is no such segment") {
  Random random(1);
  for (const int segments : {0, 1, 2, 5, 40}) {
    for (const int itemSize : {0, 1, 2, 3, 4, 5, 8, 17, 64}) {
      for (const int items : {0, 1, 2, 7, 100}) {
        INFO(segments << " segments, " << items << " items of " << itemSize);
        GuardedTensor x(int64_t{items} * itemSize, 1), sums(int64_t{segments} * itemSize, 2);
        for (float& value : x.values()) value = random.unit() - 0.5f;
        std::vector<int32_t> ids(static_cast<size_t>(items));
        for (int32_t& id : ids) id = random.within(-2, segments + 2);
        if (items > 4) ids[3] = std::numeric_limits<int32_t>::min(), ids[4] = std::numeric_limits<int32_t>::max();
        std::vector<float> expected(sums.size(), 0);
        for (int i = 0; i < items; ++i) {
          const int32_t id = ids[static_cast<size_t>(i)];
          if (id < 0 || id >= segments) continue;
          for (int j = 0; j < itemSize; ++j) {
            expected[static_cast<size_t>(id * itemSize + j)] += x[static_cast<size_t>(i * itemSize + j)];
          }
        }
        unsortedSegmentSum(x.data(), ids.data(), ids.size(), size_t(itemSize), size_t(segments), sums.data());
        CHECK(x.guardsAreIntact());
        CHECK(sums.guardsAreIntact());
        CHECK(bitDifference(sums.values(), expected) == "");
      }
    }
  }
}

TEST_CASE("unsorted segment sum: what is not finite stays in its segment") {
  const float inf = std::numeric_limits<float>::infinity();
  const std::vector<float> x{1, 2, inf, std::nanf(""), 3, 4};
  const std::vector<int32_t> ids{0, 1, 2};
  std::vector<float> sums(6);
  unsortedSegmentSum(x.data(), ids.data(), 3, 2, 3, sums.data());
  CHECK(valueDifference(sums, x) == "");
}

}  // namespace
}  // namespace depthwise
