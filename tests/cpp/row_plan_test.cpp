#include "conv/plan.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <vector>

#include "plan_table.h"
#include "small_axes.h"

namespace depthwise {
namespace {

TEST_CASE("row plan: holds the taps of every output row") {
  const Pass pass = GENERATE(Pass::kForward, Pass::kInputGradient);
  INFO(nameOf(pass));
  for (const Axis& axis : smallAxes()) {
    INFO(description(axis));
    const AxisPlan rows(axis, pass);
    const RowPlan plan(rows);
    REQUIRE(plan.status());
    REQUIRE(plan.count() == rows.outSize());
    for (int32_t row = 0; row < plan.count(); ++row) {
      const RowTaps expected = rows.rowTaps(row), got = plan[row];
      CHECK((got.inFirst == expected.inFirst && got.inStep == expected.inStep && got.tapFirst == expected.tapFirst &&
             got.tapStep == expected.tapStep && got.count == expected.count));
    }
  }
}

/// What is wrong with what the plan calls alike, "" if nothing is.
std::string wrongGroups(const AxisPlan& axis, int& together) {
  constexpr size_t kRowStride = 1000;
  const RowPlan plan(axis);
  for (int32_t row = 0; row < plan.count();) {
    const Repeat group = plan.group(row, kRowStride);
    const RowTaps first = plan[row];
    if (group.count < 1 || row + group.count > plan.count()) return "not rows of the plan";
    if (group.every != 1) return "not the next row at each place";
    for (int32_t i = 1; i < group.count; ++i, ++together) {
      const RowTaps taps = plan[row + i];
      if (taps.count != first.count || taps.tapFirst != first.tapFirst || taps.tapStep != first.tapStep ||
          taps.inStep != first.inStep) {
        return "other taps";
      }
      const ptrdiff_t apart = ptrdiff_t{taps.inFirst - first.inFirst} * ptrdiff_t{kRowStride};
      if (apart != i * group.inStride) return "other rows of the input";
    }
    row += group.count;
  }
  return "";
}

TEST_CASE("row plan: rows that are fusable alike have the same taps, and rows of the input one step after the other") {
  const Pass pass = GENERATE(Pass::kForward, Pass::kInputGradient);
  INFO(nameOf(pass));
  int together = 0;
  for (const Axis& axis : smallAxes()) {
    INFO(description(axis));
    CHECK(wrongGroups({axis, pass}, together) == "");
  }
  CHECK(together > 0);
}

TEST_CASE("row plan: but for the borders, the rows of an image are alike") {
  const auto counts = [](const Axis& axis) {
    const RowPlan plan({axis, Pass::kForward});
    std::vector<int32_t> all;
    for (int32_t row = 0; row < plan.count(); row += all.back()) all.push_back(plan.group(row, 1).count);
    return all;
  };
  CHECK(counts({8, 8, 3, 1, 1, 1}) == std::vector<int32_t>{1, 6, 1});
  CHECK(counts({16, 8, 3, 2, 1, 0}) == std::vector<int32_t>{7, 1});
  CHECK(counts({8, 8, 5, 1, 1, 2}) == std::vector<int32_t>{1, 1, 4, 1, 1});
  const auto ofMany = counts({100, 100, 3, 1, 1, 1});
  CHECK(*std::max_element(ofMany.begin(), ofMany.end()) < 50);  // so few that the cache holds them
}

TEST_CASE("row plan: rows past those that it holds are found when they are asked for") {
  const AxisPlan rows({10000, 10000, 3, 1, 1, 1}, GENERATE(Pass::kForward, Pass::kInputGradient));
  const RowPlan plan(rows);
  REQUIRE(plan.count() == 10000);
  for (const int32_t row : {0, 2047, 2048, 5000, 9999}) {
    CHECK(plan[row].inFirst == rows.rowTaps(row).inFirst);
    CHECK(plan[row].count == rows.rowTaps(row).count);
    CHECK(plan.group(row, 1).count >= 1);
  }
}

}  // namespace
}  // namespace depthwise
