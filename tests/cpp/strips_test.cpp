#include "conv/plan.h"

#include <catch2/catch.hpp>

#include "plan_table.h"
#include "small_axes.h"

namespace depthwise {
namespace {

std::string wrongStrips(const Axis& axis, Pass pass, size_t pitch, bool interlace, int64_t& strips) {
  const AxisPlan plan(axis, pass);
  Strips strip(plan, pitch, interlace);
  if (!strip.status()) return "out of memory";
  PlanTable table = emptyTable(plan);
  int32_t end = 0;
  for (int64_t s = 0; s < strip.count(); ++s) {
    strip.plan(s);
    if (strip.out().first != end) table.complain("a gap or an overlap between strips");
    end = strip.out().end;
    for (const Run& run : strip) {
      addRun(plan, run, table);
      if (run.interlaced && !interlace) table.complain("interlaced unasked");
      if (run.outFirst < strip.out().first || run.outLast() >= end) table.complain("writes outside of out()");
      if (run.taps == 0) continue;
      if (run.inFirst < strip.in().first || run.inLast() >= strip.in().end) table.complain("reads outside of in()");
    }
    if (strip.in().first < 0 || strip.in().end > plan.inSize()) table.complain("in() is not inside");
    if (strip.in().count() < 0) table.complain("in() ends before it begins");
    if (strip.in().count() > strip.mostIn()) table.complain("reads more than mostIn()");
    if (strip.out().count() > strip.mostOut()) table.complain("writes more than mostOut()");
  }
  if (end != plan.outSize()) table.complain("not every output is in a strip");
  strips += strip.count();
  return table.wrong(definitionOf(axis, pass));
}

/// So far apart that all pixels share a few sets: the narrowest strips that there are.
constexpr size_t kCollidingPitch = 1024;

TEST_CASE("strips: small axes") {
  const Pass pass = GENERATE(Pass::kForward, Pass::kInputGradient);
  INFO(nameOf(pass));
  int64_t strips = 0;
  for (const Axis& axis : smallAxes()) {
    INFO(description(axis));
    for (const bool interlace : {false, true}) {
      CHECK(wrongStrips(axis, pass, kCollidingPitch, interlace, strips) == "");
    }
  }
}

TEST_CASE("strips: stride 2 with three taps is interlaced where the middle tap meets no border") {
  const auto runsOf = [](const Axis& axis) {
    Strips strip({axis, Pass::kForward}, 4, true);
    strip.plan(0);
    return std::vector<Run>(strip.begin(), strip.end());
  };
  const auto even = runsOf({28, 14, 3, 2, 1, 0}), odd = runsOf({29, 15, 3, 2, 1, 1});
  REQUIRE(even.size() == 1);
  CHECK((even[0].interlaced && even[0].taps == 2 && even[0].lead == 0 && even[0].trail == 1));
  REQUIRE(odd.size() == 1);
  CHECK((odd[0].interlaced && odd[0].lead == 1 && odd[0].trail == 1));
  // Here the middle tap of the first output lies outside.
  CHECK(runsOf({28, 15, 3, 2, 1, 2}).size() > 1);
}

TEST_CASE("strips: long axes are cut into several") {
  const Pass pass = GENERATE(Pass::kForward, Pass::kInputGradient);
  INFO(nameOf(pass));
  for (const int32_t in : {63, 64, 65, 129, 200}) {
    for (const int32_t taps : {1, 2, 3, 5, 7}) {
      for (const int32_t stride : {1, 2, 3}) {
        for (const int32_t dilation : {1, 2, 3}) {
          const int32_t before = (taps - 1) * dilation / 2;
          const auto sizes = oracle::padded(in, taps, stride, dilation, before, before, "floor");
          const Axis axis{in, static_cast<int32_t>(sizes->out), taps, stride, taps == 1 ? 1 : dilation, before};
          INFO(description(axis));
          int64_t wide = 0, narrow = 0;
          CHECK(wrongStrips(axis, pass, 4, true, wide) == "");
          CHECK(wrongStrips(axis, pass, kCollidingPitch, true, narrow) == "");
          CHECK(narrow >= wide);
          const AxisPlan plan(axis, pass);
          if (plan.outSize() / plan.outStep() > 14) CHECK(narrow > 1);
        }
      }
    }
  }
}

TEST_CASE("strips: taps that meet nothing but the outside take no room") {
  const Pass pass = GENERATE(Pass::kForward, Pass::kInputGradient);
  INFO(nameOf(pass));
  // A hundred taps, of which each output meets one: as many phases as outputs, and hardly more runs.
  const Axis axis{10000, 10000, 99, 1, 10000, 490000};
  Strips strip({axis, pass}, 4, true);
  int64_t runs = 0;
  for (int64_t s = 0; s < strip.count(); ++s) {
    strip.plan(s);
    runs += strip.end() - strip.begin();
    CHECK((strip.in().count() <= strip.mostIn() && strip.out().count() <= strip.mostOut()));
  }
  CHECK(runs == 10000);
}

TEST_CASE("strips: an axis that reads nothing is all zeros") {
  const Pass pass = GENERATE(Pass::kForward, Pass::kInputGradient);
  INFO(nameOf(pass));
  // A single pixel, which the taps straddle.
  const Axis axis{1, 1, 2, 1, 2, 1};
  Strips strip({axis, pass}, 4, true);
  strip.plan(0);
  CHECK(strip.in().count() == 0);
  CHECK(strip.out().count() == 1);
  CHECK(std::all_of(strip.begin(), strip.end(), [](const Run& run) { return run.taps == 0; }));
}

}  // namespace
}  // namespace depthwise
