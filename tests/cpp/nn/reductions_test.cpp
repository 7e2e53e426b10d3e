#include "nn/reductions.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "channel_tensors.h"
#include "support/allocation_failures.h"
#include "support/compare.h"

namespace depthwise {
namespace {

/// The sum over the middle axis in float64, and the sum of the magnitudes.
struct Expected {
  double sum = 0, magnitude = 0;

  Expected(std::span<const float> x, const MiddleAxisShape& shape, size_t outer, size_t inner) {
    const size_t middle = static_cast<size_t>(shape.middle), innerSize = static_cast<size_t>(shape.inner);
    for (size_t m = 0; m < middle; ++m) {
      const double value = x[(outer * middle + m) * innerSize + inner];
      sum += value;
      magnitude += std::abs(value);
    }
  }
};

TEST_CASE("Sum of the middle axis: any size") {
  Random random(1);
  for (const int inner : kChannelCounts) {
    for (const int middle : kPixelCounts) {
      const MiddleAxisShape shape{random.within(0, 3), middle, inner};
      const double factor = random.oneOf(std::array{1.0, 0.25});
      INFO(shape.outer << "×" << middle << "×" << inner << " times " << factor);
      GuardedTensor x(int64_t{shape.outer} * middle * inner, 1), sums(int64_t{shape.outer} * inner, 2);
      fillFractions(x, random, -0.5f);
      REQUIRE(sumMiddleAxis(shape, x.data(), factor, sums.data()));
      CHECK(x.guardsAreIntact());
      CHECK(sums.guardsAreIntact());
      for (size_t i = 0; i < sums.size(); ++i) {
        const size_t innerSize = static_cast<size_t>(inner);
        const Expected expected(x.values(), shape, i / innerSize, i % innerSize);
        REQUIRE(std::abs(sums[i] - factor * expected.sum) <= 21 * 0x1p-24 * factor * expected.magnitude);
      }
    }
  }
}

TEST_CASE("Sum of the middle axis: rows of adjacent values, short and long") {
  Random random(4);
  for (const int size : {1, 2, 3, 63, 1023, 1024, 1500, 5000}) {
    const MiddleAxisShape shape{random.within(1, 9), size, 1};
    INFO(shape.outer << " rows of " << size);
    GuardedTensor x(int64_t{shape.outer} * size, 1), sums(shape.outer, 2);
    fillFractions(x, random, 0);
    REQUIRE(sumMiddleAxis(shape, x.data(), 1, sums.data()));
    CHECK(x.guardsAreIntact());
    CHECK(sums.guardsAreIntact());
    for (size_t i = 0; i < sums.size(); ++i) {
      const Expected expected(x.values(), shape, i, 0);
      REQUIRE(std::abs(sums[i] - expected.sum) <= 21 * 0x1p-24 * expected.magnitude);
    }
  }
}

TEST_CASE("Sum of the middle axis: few roundings in a long sum, and NaN and infinities affect their sum only") {
  constexpr int kMiddle = 800000;
  GuardedTensor x(2 * kMiddle), sums(2);
  for (size_t i = 0; i < x.size(); ++i) x.values()[i] = i % 2 == 0 ? 0.1f : 1.0f;
  REQUIRE(sumMiddleAxis({1, kMiddle, 2}, x.data(), 1, sums.data()));
  CHECK(std::abs(sums[0] / (kMiddle * double{0.1f}) - 1) < 1e-6);
  CHECK(sums[1] == kMiddle);
  x.values()[2000] = std::numeric_limits<float>::infinity();
  x.values()[2001] = std::numeric_limits<float>::quiet_NaN();
  REQUIRE(sumMiddleAxis({1, kMiddle, 2}, x.data(), 1, sums.data()));
  CHECK(sums[0] == std::numeric_limits<float>::infinity());
  CHECK(std::isnan(sums[1]));
}

TEST_CASE("Sum of the middle axis: any number of blocks, of which threads compute chunks") {
  for (const int chunks : {1, 2, 3, 15, 16, 17}) {
    for (const int difference : {-2, -1, 0, 1}) {
      const int middle = 240 * chunks + difference;
      INFO(middle << " rows");
      GuardedTensor x(int64_t{middle} * 64, 1), sums(64, 2);
      std::fill_n(x.data(), x.size(), 1.0f);
      REQUIRE(sumMiddleAxis({1, middle, 64}, x.data(), 1, sums.data()));
      CHECK(sums.guardsAreIntact());
      CHECK(std::all_of(sums.data(), sums.data() + 64, [&](float sum) { return sum == static_cast<float>(middle); }));
    }
  }
}

TEST_CASE("Broadcast to the middle axis: any size") {
  Random random(2);
  for (const int inner : kChannelCounts) {
    for (const int middle : kPixelCounts) {
      const MiddleAxisShape shape{random.within(0, 3), middle, inner};
      INFO(shape.outer << "×" << middle << "×" << inner);
      GuardedTensor values(int64_t{shape.outer} * inner, 3), x(int64_t{shape.outer} * middle * inner, 2);
      fillIntegers(values, random);
      allocatesNothing([&] { broadcastMiddleAxis(shape, values.data(), 0.5, x.data()); });
      CHECK(x.guardsAreIntact());
      for (size_t i = 0; i < x.size(); ++i) {
        const size_t innerSize = static_cast<size_t>(inner), outer = i / innerSize / static_cast<size_t>(middle);
        REQUIRE(x[i] == 0.5f * values[outer * innerSize + i % innerSize]);
      }
    }
  }
}

TEST_CASE("Sum of the middle axis: a failed allocation leaves the sums unwritten") {
  Random random(3);
  GuardedTensor x(3 * 20 * 7, 0), sums(3 * 7, 1);
  fillFractions(x, random, 0);
  CHECK(failEachAllocation({sums.values()}, [&] {
          return bool(sumMiddleAxis({3, 20, 7}, x.data(), 0.5, sums.data()));
        }) >= 2);
}

TEST_CASE("Segment sum: items are added in order, and items of unknown segments are ignored") {
  Random random(1);
  for (const int segments : {0, 1, 2, 5, 40}) {
    for (const int itemSize : {0, 1, 2, 3, 4, 5, 8, 17, 64}) {
      for (const int items : {0, 1, 2, 7, 100}) {
        INFO(segments << " segments, " << items << " items of " << itemSize);
        GuardedTensor x(int64_t{items} * itemSize, 1), sums(int64_t{segments} * itemSize, 2);
        fillFractions(x, random, -0.5f);
        std::vector<int> ids(static_cast<size_t>(items));
        for (int& id : ids) id = random.within(-2, segments + 2);
        if (items > 4) {
          ids[3] = std::numeric_limits<int>::min();
          ids[4] = std::numeric_limits<int>::max();
        }
        std::vector<float> expected(sums.size(), 0);
        for (int i = 0; i < items; ++i) {
          const int id = ids[static_cast<size_t>(i)];
          if (id < 0 || id >= segments) continue;
          for (int j = 0; j < itemSize; ++j) {
            expected[static_cast<size_t>(id * itemSize + j)] += x[static_cast<size_t>(i * itemSize + j)];
          }
        }
        allocatesNothing([&] { unsortedSegmentSum(x.data(), ids.data(), items, itemSize, segments, sums.data()); });
        CHECK(x.guardsAreIntact());
        CHECK(sums.guardsAreIntact());
        CHECK(bitDifference(sums.values(), expected) == "");
      }
    }
  }
}

TEST_CASE("Segment sum: a value that is not finite affects its segment only") {
  const std::vector<float> x{1, 2, std::numeric_limits<float>::infinity(), std::nanf(""), 3, 4};
  const std::vector<int> ids{0, 1, 2};
  std::vector<float> sums(6);
  unsortedSegmentSum(x.data(), ids.data(), 3, 2, 3, sums.data());
  CHECK(valueDifference(sums, x) == "");
}

}  // namespace
}  // namespace depthwise
