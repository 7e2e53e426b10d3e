#include "kernels/row_plan.h"

#include <catch2/catch.hpp>

#include "small_axes.h"

namespace depthwise {
namespace {

TEMPLATE_TEST_CASE("row plan: holds the taps of every output row", "", ForwardPlan, InputGradientPlan) {
  for (const Axis& axis : smallAxes()) {
    INFO(description(axis));
    const RowPlan<TestType> plan(axis);
    REQUIRE(plan.status());
    REQUIRE(plan.count() == TestType::outSize(axis));
    for (int32_t row = 0; row < plan.count(); ++row) {
      const RowTaps expected = TestType::rowTaps(axis, row), got = plan[row];
      CHECK((got.inFirst == expected.inFirst && got.inStep == expected.inStep && got.tapFirst == expected.tapFirst &&
             got.tapStep == expected.tapStep && got.count == expected.count));
    }
  }
}

TEMPLATE_TEST_CASE("row plan: rows past those that it holds are found when they are asked for", "", ForwardPlan,
                   InputGradientPlan) {
  const Axis axis{10000, 10000, 3, 1, 1, 1};
  const RowPlan<TestType> plan(axis);
  REQUIRE(plan.count() == 10000);
  for (const int32_t row : {0, 2047, 2048, 5000, 9999}) {
    CHECK(plan[row].inFirst == TestType::rowTaps(axis, row).inFirst);
    CHECK(plan[row].count == TestType::rowTaps(axis, row).count);
  }
}

}  // namespace
}  // namespace depthwise
