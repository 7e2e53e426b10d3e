#include "conv/plan.h"

#include <catch2/catch.hpp>

#include "plan_table.h"
#include "small_axes.h"

namespace depthwise {
namespace {

/// All runs of tiles of `width` outputs of each phase.
std::string wrongSegments(const Axis& axis, Pass pass, int64_t width) {
  const AxisPlan plan(axis, pass);
  PlanTable table = emptyTable(plan);
  for (int64_t from = 0; from < plan.outSize(); from += width) {
    plan.forEachPhase([&](const Phase& phase) {
      int64_t count = 0;
      forEachSegment(phase, from, from + width, plan.inSize(), [&](const Segment& segment) {
        addSegment(plan, segment, table);
        // A sweep runs to the place where its outputs end, and must not begin behind it.
        if (segment.outCount < segment.taps - 1) table.complain("fewer outputs than a sweep has sums under way");
        ++count;
      });
      if (count > maxSegments(phase)) table.complain("more segments than maxSegments says");
    });
  }
  return table.wrong(definitionOf(axis, pass));
}

TEST_CASE("segments: cover the definition and keep to their borders, in tiles of any width") {
  const Pass pass = GENERATE(Pass::kForward, Pass::kInputGradient);
  INFO(nameOf(pass));
  for (const Axis& axis : smallAxes()) {
    INFO(description(axis));
    for (const int64_t width : {1, 2, 3, 4, 7, 64}) {
      INFO("tiles of " << width);
      CHECK(wrongSegments(axis, pass, width) == "");
    }
  }
}

TEST_CASE("segments: of long rows take three taps at a time") {
  const AxisPlan plan({50, 50, 7, 1, 1, 3}, GENERATE(Pass::kForward, Pass::kInputGradient));
  std::vector<int> taps;
  plan.forEachPhase(
      [&](const Phase& phase) { forEachSegment(phase, 0, 50, 50, [&](const Segment& segment) { taps.push_back(segment.taps); }); });
  // The output at the far end is out of reach of the first three taps, and the other way round.
  CHECK(std::count(taps.begin(), taps.end(), 3) == 2);
  CHECK(std::count(taps.begin(), taps.end(), 1) == 1);
}

}  // namespace
}  // namespace depthwise
