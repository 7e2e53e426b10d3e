#include "conv/packing.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "support/compare.h"
#include "support/passes.h"
#include "support/small_axes.h"

namespace depthwise {
namespace {

struct PixelCase {
  int channels, multiplier, pixels;
  ptrdiff_t columnStride;  ///< of packed pixels

  int packedChannels() const { return channels * multiplier; }
  int64_t tensorSize() const { return int64_t{pixels} * channels; }
  int64_t packedSize() const { return (pixels - 1) * columnStride + packedChannels(); }
  size_t tensorAt(int pixel, int channel) const { return static_cast<size_t>(pixel * channels + channel); }
  size_t packedAt(int pixel, int channel) const { return static_cast<size_t>(pixel * columnStride + channel); }
};

template <class Check>
void forEachPixelCase(Check&& check) {
  for (int channels = 1; channels <= 13; ++channels) {
    for (int multiplier = 1; multiplier <= 5; ++multiplier) {
      for (const int pixels : {1, 2, 5}) {
        for (const int gap : {0, 3, 16}) {
          INFO(channels << " channels × " << multiplier << ", " << pixels << " pixels, a gap of " << gap);
          check(PixelCase{channels, multiplier, pixels, channels * multiplier + gap});
        }
      }
    }
  }
}

TEST_CASE("packing: packPixels copies each channel multiplier times and keeps the gaps") {
  Random random(1);
  forEachPixelCase([&](const PixelCase& c) {
    GuardedTensor from(c.tensorSize(), 1), to(c.packedSize(), 2, 77);
    fill(from, random, Values::kFractions);
    std::vector<float> expected(to.size(), 77);
    for (int i = 0; i < c.pixels; ++i) {
      for (int k = 0; k < c.packedChannels(); ++k) expected[c.packedAt(i, k)] = from[c.tensorAt(i, k / c.multiplier)];
    }
    packPixels(from.data(), c.channels, c.channels, c.multiplier, c.pixels, to.data(), c.columnStride);
    CHECK(bitDifference(to.values(), expected) == "");
    CHECK(to.guardsAreIntact());
  });
}

TEST_CASE("packing: packPixels copies some of the channels of a tensor") {
  const std::vector<float> from{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};  // three pixels of four channels
  std::vector<float> to(6);
  packPixels(from.data() + 2, 4, 2, 1, 3, to.data(), 2);
  CHECK(to == std::vector<float>{2, 3, 6, 7, 10, 11});
}

TEST_CASE("packing: foldPixels sums the multiplier values of each channel") {
  Random random(2);
  forEachPixelCase([&](const PixelCase& c) {
    GuardedTensor from(c.packedSize(), 3), to(c.tensorSize(), 1, 77);
    fill(from, random, Values::kIntegers);
    std::vector<float> expected(to.size(), 0);
    for (int i = 0; i < c.pixels; ++i) {
      for (int k = 0; k < c.packedChannels(); ++k) expected[c.tensorAt(i, k / c.multiplier)] += from[c.packedAt(i, k)];
    }
    foldPixels(from.data(), c.columnStride, c.channels, c.multiplier, c.pixels, to.data());
    CHECK(valueDifference(to.values(), expected) == "");
    CHECK(to.guardsAreIntact());
  });
}

/// A tensor and its operand.
struct Input {
  explicit Input(const Convolution& convolution) : geometry(geometryOf(convolution)), x(geometry.xShape(), 5) {
    Random random(1);
    fill(x, random, Values::kFractions);
  }
  Operand<const float> operand() const {
    return {.tensor = viewX(geometry, x.data()), .channels = geometry.channels, .multiplier = geometry.multiplier};
  }

  Geometry geometry;
  GuardedTensor x;
};

/// Reads windows of `span` rows, as the loop nests do while they go down an image, and compares every channel.
void checkWindows(const Convolution& convolution, int span, bool packed, Columns columns, int64_t columnsInUse = 1) {
  INFO(convolution.description());
  const Input input(convolution);
  const Geometry& g = input.geometry;
  const TensorView<const float> tensor = input.operand().tensor;
  InputRows rows(input.operand(), span, columns.count(), columnsInUse);
  REQUIRE(rows.status());
  CHECK(rows.isPacked() == packed);
  bool isEqual = true;
  for (int image = 0; image < g.batch; ++image) {
    rows.begin(image, columns);
    for (int first = 0; first + span <= g.height.in; ++first) {
      std::vector<const float*> window;
      for (int row = first; row < first + span; ++row) window.push_back(rows.pixel(row, columns.first));
      for (int row = first; row < first + span; ++row) {
        for (int column = columns.first; column < columns.end; ++column) {
          for (int channel = 0; channel < g.outChannels(); ++channel) {
            const float got =
                window[static_cast<size_t>(row - first)][(column - columns.first) * rows.columnStride() + channel];
            isEqual = isEqual && got == tensor.pixel(image, row, column)[channel / g.multiplier];
          }
        }
      }
    }
  }
  CHECK(isEqual);
}

TEST_CASE("packing: input rows are rows of the tensor, or packed copies that stay valid for a window") {
  checkWindows(Convolution({2, 6, 5, 4}, {1, 1, 4, 1}), 3, false, {0, 5});
  checkWindows(Convolution({2, 6, 5, 7}, {1, 1, 7, 1}), 3, false, {0, 5});
  checkWindows(Convolution({2, 5, 3, 256}, {1, 1, 256, 1}), 3, false, {0, 3}, 9);
  checkWindows(Convolution({2, 5, 3, 256}, {1, 1, 256, 1}), 3, true, {0, 3}, 1000);
  checkWindows(Convolution({2, 7, 5, 2}, {1, 1, 2, 2}), 3, true, {0, 5});
  checkWindows(Convolution({2, 7, 5, 2}, {1, 1, 2, 2}), 7, true, {1, 4});
  checkWindows(Convolution({2, 7, 5, 6}, {1, 1, 6, 2}), 2, true, {2, 5});
  checkWindows(Convolution({2, 7, 5, 6}, {1, 1, 6, 3}), 4, true, {0, 5});
}

TEST_CASE("packing: if columns collide, one of three input rows stays in place and the three use different sets") {
  const Input input(Convolution({2, 9, 5, 512}, {1, 1, 512, 1}));
  const TensorView<const float> tensor = input.operand().tensor;
  const Columns columns{1, 4};
  InputRows rows(input.operand(), 3, columns.count(), 100, {.period = 3, .first = 1});
  REQUIRE(rows.status());
  CHECK(rows.columnStride() == tensor.columnStride);
  for (int image = 0; image < 2; ++image) {
    rows.begin(image, columns);
    for (int first = 0; first + 3 <= 9; ++first) {
      INFO("image " << image << ", rows from " << first);
      std::set<uintptr_t> sets;
      bool isEqual = true;
      for (int row = first; row < first + 3; ++row) {
        const float* const got = rows.pixel(row, columns.first);
        CHECK((got == tensor.pixel(image, row, columns.first)) == (row % 3 == 1));
        sets.insert(reinterpret_cast<uintptr_t>(got) / kCacheLine % static_cast<uintptr_t>(setStride(512)));
      }
      for (int row = first; row < first + 3; ++row) {
        for (int column = columns.first; column < columns.end; ++column) {
          const float* const expected = tensor.pixel(image, row, column);
          isEqual = isEqual && std::equal(expected, expected + 512, rows.pixel(row, column));
        }
      }
      CHECK(sets.size() == 3);
      CHECK(isEqual);
    }
  }
}

TEST_CASE("packing: no input row stays in place if its own columns collide, or with a channel multiplier") {
  for (const Convolution& convolution :
       {Convolution({1, 3, 40, 512}, {1, 1, 512, 1}), Convolution({1, 3, 3, 256}, {1, 1, 256, 2})}) {
    const Input input(convolution);
    const int columns = input.geometry.width.in;
    InputRows rows(input.operand(), 3, columns, 1000, {.period = 3, .first = 0});
    REQUIRE(rows.status());
    rows.begin(0, {0, columns});
    CHECK(rows.pixel(0, 0) != input.x.data());
  }
}

TEST_CASE("packing: of three neighbouring taps at most one meets a row in place") {
  const Pass pass = GENERATE(Pass::kForward, Pass::kInputGradient);
  for (const Axis& axis : smallAxes()) {
    INFO(description(axis));
    const AxisPlan rows(axis, pass);
    const RowsInPlace inPlace = rowsInPlace(rows);
    int max = 0;
    for (int output = 0; output < rows.outSize(); ++output) {
      const RowTaps taps = rows.rowTaps(output);
      for (int first = 0; first < taps.count; first += 3) {
        int count = 0;
        for (int tap = first; tap < std::min(first + 3, taps.count); ++tap) {
          count += inPlace.has(taps.inFirst + tap * taps.inStep);
        }
        max = std::max(max, count);
      }
    }
    CHECK(max <= 1);
  }
}

TEST_CASE("packing: with stride 1 every third row stays in place, with stride 2 the rows of the middle tap") {
  const auto inPlace = [](const Axis& axis) { return rowsInPlace({axis, Pass::kForward}); };
  CHECK(inPlace({14, 14, 3, 1, 1, 1}).period == 3);
  CHECK((inPlace({14, 7, 3, 2, 1, 0}).has(1) && !inPlace({14, 7, 3, 2, 1, 0}).has(2)));
  CHECK((inPlace({14, 7, 3, 2, 1, 1}).has(0) && !inPlace({14, 7, 3, 2, 1, 1}).has(1)));
  CHECK(inPlace({14, 14, 3, 1, 3, 3}).period == 0);
}

/// Rows of a plane with gaps between columns and rows, and an order of columns.
struct OrderCase {
  static constexpr int kRows = 3;

  ptrdiff_t columns;
  ptrdiff_t columnStride;
  ColumnOrder order;

  ptrdiff_t rowStride() const { return columns * columnStride + 5; }
  ptrdiff_t packedStride() const { return static_cast<ptrdiff_t>(order.size()) + 2; }
  size_t at(int row, int64_t column) const { return static_cast<size_t>(row * rowStride() + column * columnStride); }
  size_t packedAt(int row, int64_t column) const {
    return static_cast<size_t>(row * packedStride() + order.placeOf(column));
  }
  int64_t planeSize() const { return static_cast<int64_t>(at(kRows - 1, columns - 1)) + 1; }
  int64_t packedSize() const { return (kRows - 1) * packedStride() + order.size(); }
  template <class Float>
  PlaneView<Float> view(Float* data) const {
    return {.data = data, .rowStride = rowStride(), .columnStride = columnStride, .rows = kRows};
  }

  /// Calls visit(row, column) for the columns of the order that lie inside.
  template <class Visit>
  void forEachColumn(Visit&& visit) const {
    for (int row = 0; row < kRows; ++row) {
      for (int64_t i = 0; i < order.size(); ++i) {
        if (order.first + i >= 0 && order.first + i < columns) visit(row, order.first + i);
      }
    }
  }
};

template <class Check>
void forEachOrderCase(Check&& check) {
  for (const ptrdiff_t columns : {1, 2, 3, 4, 5, 8, 9, 14, 19}) {
    for (const ptrdiff_t columnStride : {1, 2, 3}) {
      for (const int64_t step : {1, 2, 3, 5}) {
        for (const int64_t first : {-7, -1, 0, 2}) {
          for (const int64_t length : {1, 2, 4, 9, 12}) {
            INFO(columns << " columns, stride " << columnStride << ", order from " << first << " by " << step
                         << ", length " << length);
            check(OrderCase{columns, columnStride, {first, step, length}});
          }
        }
      }
    }
  }
}

TEST_CASE("packing: every column has its own place in an order, next to the column one step away") {
  const ColumnOrder order{-3, 3, 4};
  std::set<ptrdiff_t> places;
  for (int64_t column = -3; column < 9; ++column) {
    places.insert(order.placeOf(column));
    if (column < 6) CHECK(order.placeOf(column + 3) == order.placeOf(column) + 1);
  }
  CHECK((places.size() == 12 && *places.begin() == 0 && *places.rbegin() == 11));
}

TEST_CASE("packing: gatherColumns copies columns to their places and keeps other places") {
  Random random(1);
  forEachOrderCase([&](const OrderCase& c) {
    GuardedTensor plane(c.planeSize(), 1), packed(c.packedSize(), 3, 77);
    fill(plane, random, Values::kIntegers);
    std::vector<float> expected(packed.size(), 77);
    c.forEachColumn([&](int row, int64_t column) { expected[c.packedAt(row, column)] = plane[c.at(row, column)]; });
    gatherColumns(c.view<const float>(plane.data()), ColumnSequences(c.order, c.columns), packed.data(),
                  c.packedStride());
    CHECK(valueDifference(packed.values(), expected) == "");
    CHECK(packed.guardsAreIntact());
  });
}

TEST_CASE("packing: scatterColumns copies and scatterAddColumns adds columns to the plane") {
  const bool adds = GENERATE(false, true);
  Random random(2);
  forEachOrderCase([&](const OrderCase& c) {
    GuardedTensor plane(c.planeSize(), 1), packed(c.packedSize(), 3);
    fill(plane, random, Values::kIntegers);
    fill(packed, random, Values::kIntegers);
    std::vector<float> expected(plane.values().begin(), plane.values().end());
    c.forEachColumn([&](int row, int64_t column) {
      float& value = expected[c.at(row, column)];
      value = packed[c.packedAt(row, column)] + (adds ? value : 0);
    });
    const auto scatter = adds ? scatterAddColumns : scatterColumns;
    scatter(packed.data(), c.packedStride(), ColumnSequences(c.order, c.columns), c.view(plane.data()));
    CHECK(valueDifference(plane.values(), expected) == "");
    CHECK(plane.guardsAreIntact());
  });
}

}  // namespace
}  // namespace depthwise
