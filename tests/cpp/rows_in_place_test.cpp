#include "conv/packing.h"

#include <catch2/catch.hpp>

#include "small_axes.h"

namespace depthwise {
namespace {

/// The most rows in place that three neighbouring taps of any output meet.
int mostOfThree(const AxisPlan& rows) {
  const RowsInPlace inPlace = rowsInPlace(rows);
  int most = 0;
  for (int32_t output = 0; output < rows.outSize(); ++output) {
    const RowTaps taps = rows.rowTaps(output);
    for (int32_t begin = 0; begin < taps.count; begin += 3) {
      int count = 0;
      for (int32_t tap = begin; tap < std::min(begin + 3, taps.count); ++tap) {
        count += inPlace.has(taps.inFirst + tap * taps.inStep);
      }
      most = std::max(most, count);
    }
  }
  return most;
}

TEST_CASE("rows in place: of three neighbouring taps of any output at most one meets such a row") {
  for (const Axis& axis : smallAxes()) {
    const int forward = mostOfThree({axis, Pass::kForward});
    const int gradient = mostOfThree({axis, Pass::kInputGradient});
    if (forward <= 1 && gradient <= 1) continue;
    INFO(description(axis));
    CHECK(forward <= 1);
    CHECK(gradient <= 1);
  }
}

TEST_CASE("rows in place: every third row with stride 1, with stride 2 those that one output reads") {
  const Axis one{14, 14, 3, 1, 1, 1}, two{14, 7, 3, 2, 1, 0}, padded{14, 7, 3, 2, 1, 1}, far{14, 14, 3, 1, 3, 3};
  CHECK(rowsInPlace({one, Pass::kForward}).period == 3);
  CHECK(rowsInPlace({two, Pass::kForward}).has(1));
  CHECK_FALSE(rowsInPlace({two, Pass::kForward}).has(2));
  CHECK(rowsInPlace({padded, Pass::kForward}).has(0));
  CHECK_FALSE(rowsInPlace({padded, Pass::kForward}).has(1));
  CHECK(rowsInPlace({far, Pass::kForward}).period == 0);
}

}  // namespace
}  // namespace depthwise
