#include "conv/packing.h"

#include <catch2/catch.hpp>

#include "compare.h"
#include "passes.h"

namespace depthwise {
namespace {

constexpr int32_t kRows = 3;

/// Rows of a plane with gaps between columns and rows, and an order of some of its columns.
struct OrderCase {
  int64_t columns;
  size_t columnStride;
  ColumnOrder order;

  size_t rowStride() const { return static_cast<size_t>(columns) * columnStride + 5; }
  size_t pitch() const { return order.size() + 2; }
  size_t at(int row, int64_t column) const {
    return static_cast<size_t>(row) * rowStride() + static_cast<size_t>(column) * columnStride;
  }
  size_t placeAt(int row, int64_t column) const { return static_cast<size_t>(row) * pitch() + order.placeOf(column); }
  /// Nothing behind the last column belongs to the plane.
  GuardedTensor plane(float value = 0) const {
    return GuardedTensor(static_cast<int64_t>(at(kRows - 1, columns - 1)) + 1, 1, value);
  }
  GuardedTensor ordered(float value = 0) const {
    return GuardedTensor(static_cast<int64_t>((kRows - 1) * pitch() + order.size()), 3, value);
  }

  /// Calls visit(row, column) for the columns that lie inside and have a place.
  template <class Visit>
  void forEachColumn(Visit&& visit) const {
    const int64_t end = order.first + order.step * order.length;
    for (int row = 0; row < kRows; ++row) {
      for (int64_t column = std::max<int64_t>(0, order.first); column < std::min(columns, end); ++column) {
        visit(row, column);
      }
    }
  }
};

template <class Check>
void forEachCase(Check&& check) {
  for (const int64_t columns : {1, 2, 3, 4, 5, 8, 9, 14, 19}) {
    for (const size_t columnStride : {1, 2, 3}) {
      for (const int64_t step : {1, 2, 3, 5}) {
        for (const int64_t first : {-7, -1, 0, 2}) {
          for (const int64_t length : {1, 2, 4, 9, 12}) {
            INFO(columns << " columns, " << columnStride << " apart, order from " << first << " by " << step << ", "
                         << length << " long");
            check(OrderCase{columns, columnStride, {first, step, length}});
          }
        }
      }
    }
  }
}

TEST_CASE("column order: every column has a place of its own, those `step` apart side by side") {
  const ColumnOrder order{-3, 3, 4};
  std::vector<int> taken(order.size());
  for (int64_t column = -3; column < 9; ++column) {
    ++taken.at(order.placeOf(column));
    if (column < 6) CHECK(order.placeOf(column + 3) == order.placeOf(column) + 1);
  }
  CHECK(taken == std::vector<int>(12, 1));
}

TEST_CASE("column order: columns go to their places, and other places stay") {
  Random random(1);
  forEachCase([&](const OrderCase& c) {
    GuardedTensor plane = c.plane(), ordered = c.ordered(77);
    fill(plane, random, Values::kIntegers);
    std::vector<float> expected(ordered.size(), 77);
    c.forEachColumn([&](int row, int64_t column) { expected[c.placeAt(row, column)] = plane[c.at(row, column)]; });
    gatherColumns({plane.data(), c.rowStride(), c.columnStride, kRows}, ColumnSequences(c.order, c.columns),
                  ordered.data(), c.pitch());
    CHECK(valueDifference(ordered.values(), expected) == "");
    CHECK(ordered.guardsAreIntact());
  });
}

TEST_CASE("column order: and back, replacing or adding, and what lies between stays") {
  Random random(2);
  forEachCase([&](const OrderCase& c) {
    for (const bool adds : {false, true}) {
      GuardedTensor plane = c.plane(), ordered = c.ordered();
      fill(plane, random, Values::kIntegers);
      fill(ordered, random, Values::kIntegers);
      std::vector<float> expected(plane.values().begin(), plane.values().end());
      c.forEachColumn([&](int row, int64_t column) {
        const float value = ordered[c.placeAt(row, column)];
        expected[c.at(row, column)] = adds ? expected[c.at(row, column)] + value : value;
      });
      const auto scatter = adds ? scatterAddColumns : scatterColumns;
      scatter(ordered.data(), c.pitch(), ColumnSequences(c.order, c.columns),
              {plane.data(), c.rowStride(), c.columnStride, kRows});
      CHECK(valueDifference(plane.values(), expected) == "");
      CHECK(plane.guardsAreIntact());
    }
  });
}

}  // namespace
}  // namespace depthwise
