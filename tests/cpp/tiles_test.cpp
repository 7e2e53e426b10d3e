#include "conv/plan.h"

#include <catch2/catch.hpp>

#include "plan_table.h"
#include "small_axes.h"

namespace depthwise {
namespace {

std::string wrongTiles(const Axis& axis, Pass pass, size_t pitch, bool interleave, int64_t& tileCount) {
  const AxisPlan plan(axis, pass);
  TilePlan tiles(plan, pitch, interleave);
  if (!tiles.status()) return "out of memory";
  PlanTable table = emptyTable(plan);
  int32_t end = 0;
  for (int64_t s = 0; s < tiles.count(); ++s) {
    tiles.plan(s);
    if (tiles.out().first != end) table.complain("a gap or an overlap between tiles");
    end = tiles.out().end;
    for (const Segment& segment : tiles) {
      addSegment(plan, segment, table);
      if (segment.interleaved && !interleave) table.complain("interleaved unasked");
      if (segment.outFirst < tiles.out().first || segment.outLast() >= end) table.complain("writes outside of out()");
      if (segment.taps == 0) continue;
      if (segment.inFirst < tiles.in().first || segment.inLast() >= tiles.in().end) table.complain("reads outside of in()");
    }
    if (tiles.in().first < 0 || tiles.in().end > plan.inSize()) table.complain("in() is not inside");
    if (tiles.in().count() < 0) table.complain("in() ends before it begins");
    if (tiles.in().count() > tiles.maxIn()) table.complain("reads more than maxIn()");
    if (tiles.out().count() > tiles.maxOut()) table.complain("writes more than maxOut()");
  }
  if (end != plan.outSize()) table.complain("not every output is in a tile");
  tileCount += tiles.count();
  return table.wrong(definitionOf(axis, pass));
}

/// So far apart that all pixels share a few sets: the narrowest tiles that there are.
constexpr size_t kCollidingPitch = 1024;

TEST_CASE("tiles: small axes") {
  const Pass pass = GENERATE(Pass::kForward, Pass::kInputGradient);
  INFO(nameOf(pass));
  int64_t tiles = 0;
  for (const Axis& axis : smallAxes()) {
    INFO(description(axis));
    for (const bool interleave : {false, true}) {
      CHECK(wrongTiles(axis, pass, kCollidingPitch, interleave, tileCount) == "");
    }
  }
}

TEST_CASE("tiles: stride 2 with three taps is interleaved where the middle tap meets no border") {
  const auto segmentsOf = [](const Axis& axis) {
    TilePlan tiles({axis, Pass::kForward}, 4, true);
    tiles.plan(0);
    return std::vector<Segment>(tiles.begin(), tiles.end());
  };
  const auto even = segmentsOf({28, 14, 3, 2, 1, 0}), odd = segmentsOf({29, 15, 3, 2, 1, 1});
  REQUIRE(even.size() == 1);
  CHECK((even[0].interleaved && even[0].taps == 2 && even[0].clippedLeft == 0 && even[0].clippedRight == 1));
  REQUIRE(odd.size() == 1);
  CHECK((odd[0].interleaved && odd[0].clippedLeft == 1 && odd[0].clippedRight == 1));
  // Here the middle tap of the first output lies outside.
  CHECK(segmentsOf({28, 15, 3, 2, 1, 2}).size() > 1);
}

TEST_CASE("tiles: long axes are cut into several") {
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
          CHECK(wrongTiles(axis, pass, 4, true, wide) == "");
          CHECK(wrongTiles(axis, pass, kCollidingPitch, true, narrow) == "");
          CHECK(narrow >= wide);
          const AxisPlan plan(axis, pass);
          if (plan.outSize() / plan.outStep() > 14) CHECK(narrow > 1);
        }
      }
    }
  }
}

TEST_CASE("tiles: taps that meet nothing but the outside take no room") {
  const Pass pass = GENERATE(Pass::kForward, Pass::kInputGradient);
  INFO(nameOf(pass));
  // A hundred taps, of which each output meets one: as many phases as outputs, and hardly more runs.
  const Axis axis{10000, 10000, 99, 1, 10000, 490000};
  TilePlan tiles({axis, pass}, 4, true);
  int64_t segmentCount = 0;
  for (int64_t s = 0; s < tiles.count(); ++s) {
    tiles.plan(s);
    segmentCount += tiles.end() - tiles.begin();
    CHECK((tiles.in().count() <= tiles.maxIn() && tiles.out().count() <= tiles.maxOut()));
  }
  CHECK(segmentCount == 10000);
}

TEST_CASE("tiles: an axis that reads nothing is all zeros") {
  const Pass pass = GENERATE(Pass::kForward, Pass::kInputGradient);
  INFO(nameOf(pass));
  // A single pixel, which the taps straddle.
  const Axis axis{1, 1, 2, 1, 2, 1};
  TilePlan tiles({axis, pass}, 4, true);
  tiles.plan(0);
  CHECK(tiles.in().count() == 0);
  CHECK(tiles.out().count() == 1);
  CHECK(std::all_of(tiles.begin(), tiles.end(), [](const Segment& segment) { return segment.taps == 0; }));
}

}  // namespace
}  // namespace depthwise
