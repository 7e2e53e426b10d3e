#include "conv/packing.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "passes.h"

namespace depthwise {
namespace {

/// Asks for windows of `span` rows as a kernel going down an image does, and looks at every lane of them.
void checkWindows(const Convolution& convolution, int32_t span, bool packed, Columns columns, int64_t pixels = 1) {
  INFO(convolution.description());
  const Geometry g = geometryOf(convolution);
  Random random(1);
  GuardedTensor x(g.xShape(), 5);
  fill(x, random, Values::kFractions);
  const TensorView<const float> view = viewX(g, std::as_const(x).data());
  InputRows rows(view, g.channels, g.multiplier, span, columns.count(), pixels);
  REQUIRE(rows.status());
  bool right = true, own = true;
  for (int image = 0; image < g.batch; ++image) {
    rows.begin(image, columns);
    for (int32_t first = 0; first + span <= g.height.in; ++first) {
      std::vector<const float*> window;
      for (int32_t row = first; row < first + span; ++row) {
        window.push_back(rows.pixel(row, columns.first));
        own = own && window.back() == view.pixel(image, row, columns.first);
      }
      for (int32_t row = first; row < first + span; ++row) {
        for (int32_t column = columns.first; column < columns.end; ++column) {
          for (int lane = 0; lane < g.outChannels(); ++lane) {
            const float got =
                window[static_cast<size_t>(row - first)]
                      [static_cast<size_t>(column - columns.first) * rows.pitch() + static_cast<size_t>(lane)];
            const size_t channel = static_cast<size_t>(lane / g.multiplier);
            right = right && got == view.pixel(image, row, column)[channel * view.channelStride];
          }
        }
      }
    }
  }
  CHECK(right);
  CHECK(own == !packed);
}

TEST_CASE("input rows: are the tensor's own where sweeps can take them") {
  checkWindows(Convolution({2, 6, 5, 4}, {1, 1, 4, 1}), 3, false, {0, 5});
  checkWindows(Convolution({2, 6, 5, 7}, {1, 1, 7, 1}), 3, false, {0, 5});
}

TEST_CASE("input rows: are copies otherwise, of the columns that are read, and a window of them stays valid") {
  checkWindows(Convolution({2, 7, 5, 2}, {1, 1, 2, 2}), 3, true, {0, 5});
  checkWindows(Convolution({2, 7, 5, 2}, {1, 1, 2, 2}), 7, true, {1, 4});
  checkWindows(Convolution({2, 7, 5, 6}, {1, 1, 6, 2}), 2, true, {2, 5});
  checkWindows(Convolution({2, 7, 5, 6}, {1, 1, 6, 3}), 4, true, {0, 5});
  checkWindows(Convolution({2, 5, 3, 256}, {1, 1, 256, 1}), 3, true, {0, 3}, 1000);
  checkWindows(Convolution({2, 5, 3, 256}, {1, 1, 256, 1}), 3, false, {0, 3}, 9);
}

TEST_CASE("input rows: where pixels collide, a row of three may stay in place, and three rows never share a set") {
  const Convolution convolution({2, 9, 5, 512}, {1, 1, 512, 1});
  const Geometry g = geometryOf(convolution);
  Random random(1);
  GuardedTensor x(g.xShape(), 5);
  fill(x, random, Values::kFractions);
  const TensorView<const float> view = viewX(g, std::as_const(x).data());
  const Columns columns{1, 4};
  InputRows rows(view, g.channels, 1, 3, columns.count(), 100, RowsInPlace{3, 1});
  REQUIRE(rows.status());
  CHECK(rows.pitch() == view.columnStride);
  for (int image = 0; image < g.batch; ++image) {
    rows.begin(image, columns);
    for (int32_t first = 0; first + 3 <= g.height.in; ++first) {
      INFO("image " << image << ", rows from " << first);
      std::set<uintptr_t> sets;
      for (int32_t row = first; row < first + 3; ++row) {
        const float* const got = rows.pixel(row, columns.first);
        CHECK((got == view.pixel(image, row, columns.first)) == (row % 3 == 1));
        sets.insert(reinterpret_cast<uintptr_t>(got) / kCacheLine % static_cast<uintptr_t>(setStride(512)));
      }
      CHECK(sets.size() == 3);
      bool right = true;
      for (int32_t row = first; row < first + 3; ++row) {
        for (int32_t column = columns.first; column < columns.end; ++column) {
          const float* const expected = view.pixel(image, row, column);
          right = right && std::equal(expected, expected + g.channels, rows.pixel(row, column));
        }
      }
      CHECK(right);
    }
  }
}

TEST_CASE("input rows: all are copied where those of one row collide, or have several lanes a channel") {
  const Convolution wide({1, 3, 40, 512}, {1, 1, 512, 1}), doubled({1, 3, 3, 256}, {1, 1, 256, 2});
  for (const Convolution& convolution : {wide, doubled}) {
    const Geometry g = geometryOf(convolution);
    GuardedTensor x(g.xShape(), 5);
    const TensorView<const float> view = viewX(g, std::as_const(x).data());
    InputRows rows(view, g.channels, g.multiplier, 3, g.width.in, 1000, RowsInPlace{3, 0});
    REQUIRE(rows.status());
    rows.begin(0, {0, g.width.in});
    CHECK(rows.pixel(0, 0) != view.pixel(0, 0, 0));
  }
}

}  // namespace
}  // namespace depthwise
