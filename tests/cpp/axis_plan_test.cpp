#include "conv/plan.h"

#include <catch2/catch.hpp>

#include "plan_table.h"
#include "small_axes.h"

namespace depthwise {
namespace {

std::string wrongPhases(const Axis& axis, Pass pass) {
  const AxisPlan plan(axis, pass);
  PlanTable table = emptyTable(plan);
  plan.forEachPhase([&](const Phase& phase) {
    for (int64_t q = 0; q < phase.outCount; ++q) {
      const int64_t out = phase.outFirst + q * phase.outStep;
      phase.overwrite ? table.write(out) : table.expectWritten(out);
      for (int64_t m = 0; m < phase.taps; ++m) {
        const int64_t in = phase.inFirst + (q + m) * phase.inStep;
        if (in >= 0 && in < plan.inSize()) table.add(out, in, phase.tapFirst + m * phase.tapStep);
      }
    }
  });
  return table.wrong(definitionOf(axis, pass));
}

std::string wrongRowTaps(const Axis& axis, Pass pass) {
  const AxisPlan plan(axis, pass);
  PlanTable table = emptyTable(plan);
  for (int32_t out = 0; out < plan.outSize(); ++out) {
    table.write(out);
    const RowTaps taps = plan.rowTaps(out);
    for (int32_t m = 0; m < taps.count; ++m) {
      const int32_t in = taps.inFirst + m * taps.inStep;
      if (in < 0 || in >= plan.inSize()) table.complain("outside");
      table.add(out, in, taps.tapFirst + m * taps.tapStep);
    }
    if (taps.count > 0 && taps.inStep * (taps.count - 1) >= plan.span(1)) table.complain("further than span");
  }
  return table.wrong(definitionOf(axis, pass));
}

TEST_CASE("axis plan: phases list every product of the definition, each once") {
  const Pass pass = GENERATE(Pass::kForward, Pass::kInputGradient);
  INFO(nameOf(pass));
  for (const Axis& axis : smallAxes()) {
    INFO(description(axis));
    CHECK(wrongPhases(axis, pass) == "");
  }
}

TEST_CASE("axis plan: the taps of single rows list every product of the definition, each once") {
  const Pass pass = GENERATE(Pass::kForward, Pass::kInputGradient);
  INFO(nameOf(pass));
  for (const Axis& axis : smallAxes()) {
    INFO(description(axis));
    CHECK(wrongRowTaps(axis, pass) == "");
  }
}

TEST_CASE("axis plan: the inside of a progression that lies inside, partly inside and not at all") {
  const auto inside = [](int64_t size, int64_t first, int64_t step, int64_t count) {
    const Range range = insideOf(size, first, step, count);
    return std::pair(range.first, range.end);
  };
  CHECK(inside(10, 2, 3, 3) == std::pair<int64_t, int64_t>(0, 3));
  CHECK(inside(10, -4, 3, 3) == std::pair<int64_t, int64_t>(2, 3));
  CHECK(inside(10, -4, 3, 9) == std::pair<int64_t, int64_t>(2, 5));
  CHECK(inside(3, -2, 7, 4) == std::pair<int64_t, int64_t>(1, 1));
  CHECK(inside(3, 3, 1, 4) == std::pair<int64_t, int64_t>(0, 0));
  CHECK(inside(3, -9, 1, 4) == std::pair<int64_t, int64_t>(4, 4));
}

}  // namespace
}  // namespace depthwise
