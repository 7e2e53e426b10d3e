#include "conv/plan.h"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

#include "support/small_axes.h"

namespace depthwise {
namespace {

const char* nameOf(Pass pass) { return pass == Pass::kForward ? "forward" : "input gradient"; }

/// Which input meets which output at which tap along an axis. Every plan must list the products of the definition, each
/// once.
class Products {
 public:
  explicit Products(const AxisPlan& plan)
      : taps_(plan.taps()), inputs_(static_cast<size_t>(plan.outSize() * taps_), kNone), isWritten_(plan.outSize()) {}

  /// Output o of tap k reads input o·stride + k·dilation − padBefore.
  static Products ofDefinition(const Axis& axis, Pass pass) {
    Products all(AxisPlan(axis, pass));
    for (int64_t o = 0; o < axis.out; ++o) {
      for (int64_t k = 0; k < axis.taps; ++k) {
        const int64_t i = o * axis.stride + k * axis.dilation - axis.padBefore;
        if (i < 0 || i >= axis.in) continue;
        pass == Pass::kForward ? all.add(o, i, k) : all.add(i, o, k);
      }
    }
    return all;
  }

  void add(int64_t out, int64_t in, int64_t tap) {
    if (!isOutput(out) || tap < 0 || tap >= taps_) return fail("out of range");
    int64_t& entry = inputs_[static_cast<size_t>(out * taps_ + tap)];
    if (entry != kNone) return fail("a product twice");
    entry = in;
  }
  /// The first write of an output overwrites it; later writes add.
  void write(int64_t out, bool overwrite) {
    if (!isOutput(out)) return fail("out of range");
    if (overwrite && isWritten_[static_cast<size_t>(out)]) fail("an output is overwritten twice");
    if (!overwrite && !isWritten_[static_cast<size_t>(out)]) fail("an output is added to before it is written");
    isWritten_[static_cast<size_t>(out)] = true;
  }
  void fail(std::string_view why) {
    if (error_.empty()) error_ = why;
  }
  /// Returns what is wrong, or "".
  std::string error(const Products& definition) {
    for (const bool isWritten : isWritten_) {
      if (!isWritten) fail("not every output is written");
    }
    if (inputs_ != definition.inputs_) fail("not the products of the definition");
    return error_;
  }

 private:
  static constexpr int kNone = -1;

  bool isOutput(int64_t out) const { return out >= 0 && out < static_cast<int64_t>(isWritten_.size()); }

  int taps_;
  std::vector<int64_t> inputs_;
  std::vector<bool> isWritten_;
  std::string error_;
};

std::string phaseError(const Axis& axis, Pass pass) {
  const AxisPlan plan(axis, pass);
  Products products(plan);
  plan.forEachPhase([&](const Phase& phase) {
    for (int64_t q = 0; q < phase.outCount; ++q) {
      const int64_t out = phase.outFirst + q * phase.outStep;
      products.write(out, phase.overwrite);
      for (int64_t m = 0; m < phase.taps; ++m) {
        const int64_t in = phase.inFirst + (q + m) * phase.inStep;
        if (in >= 0 && in < plan.inSize()) products.add(out, in, phase.tapFirst + m * phase.tapStep);
      }
    }
  });
  return products.error(Products::ofDefinition(axis, pass));
}

std::string rowTapsError(const Axis& axis, Pass pass) {
  const AxisPlan plan(axis, pass);
  Products products(plan);
  for (int out = 0; out < plan.outSize(); ++out) {
    products.write(out, true);
    const RowTaps taps = plan.rowTaps(out);
    for (int m = 0; m < taps.count; ++m) {
      const int in = taps.inFirst + m * taps.inStep;
      if (in < 0 || in >= plan.inSize()) products.fail("an input outside of the axis");
      products.add(out, in, taps.tapFirst + m * taps.tapStep);
    }
    if (taps.count > 0 && taps.inStep * (taps.count - 1) >= plan.span(1)) products.fail("span is too small");
  }
  return products.error(Products::ofDefinition(axis, pass));
}

/// Adds the products of a segment and checks what microkernel.h expects of it.
void addSegment(const AxisPlan& plan, const Segment& s, Products& products) {
  if (s.outCount < 1) return products.fail("a segment without outputs");
  for (int64_t q = 0; q < s.outCount; ++q) products.write(s.outFirst + q * s.outStep, s.overwrite);
  if (s.taps == 0) {
    if (!s.overwrite) products.fail("a segment that adds nothing");
    return;
  }
  const int64_t columns = s.outCount + s.taps - 1;
  if (s.taps < 0 || s.taps > kMicrokernelTaps) products.fail("too many taps");
  if (s.clippedLeft < 0 || s.clippedLeft >= s.taps) products.fail("clippedLeft");
  if (s.clippedRight < 0 || s.clippedRight >= s.taps) products.fail("clippedRight");
  if (s.outCount < s.taps - 1) products.fail("fewer outputs than the microkernel has sums in progress");
  if (s.clippedLeft + s.clippedRight >= columns) products.fail("no column inside");
  if (s.inFirst < 0 || s.inLast() >= plan.inSize()) products.fail("a column outside of the axis");
  for (int64_t q = 0; q < s.outCount; ++q) {
    const int64_t out = s.outFirst + q * s.outStep;
    for (int64_t m = 0; m < s.taps; ++m) {
      const int64_t column = q + m;
      if (column < s.clippedLeft || column >= columns - s.clippedRight) continue;
      products.add(out, s.inFirst + (column - s.clippedLeft) * s.inStep, s.tapFirst + m * s.tapStep);
    }
    if (s.between != Between::kTap) continue;
    const int64_t between = s.inFirst + (q + 1 - s.clippedLeft) * s.inStep + s.betweenOffset;
    if (between < 0 || between >= plan.inSize()) products.fail("a column between lies outside of the axis");
    products.add(out, between, s.betweenTap);
  }
  if (s.between == Between::kNothing) return;
  if (s.taps != 2) products.fail("a tap between without two taps");
  if (s.between == Between::kTap) return;
  for (int64_t column = s.clippedLeft; column < columns - s.clippedRight; ++column) {
    const int64_t out = s.outFirst + (column - 1) * s.outStep + s.betweenOffset;
    products.write(out, s.overwrite);
    products.add(out, s.inFirst + (column - s.clippedLeft) * s.inStep, s.betweenTap);
  }
}

std::string segmentError(const Axis& axis, Pass pass, int64_t width) {
  const AxisPlan plan(axis, pass);
  Products products(plan);
  for (int64_t from = 0; from < plan.outSize(); from += width) {
    plan.forEachPhase([&](const Phase& phase) {
      int64_t count = 0;
      forEachSegment(phase, from, from + width, plan.inSize(), [&](const Segment& segment) {
        addSegment(plan, segment, products);
        ++count;
      });
      if (count > maxSegments(phase)) products.fail("more segments than maxSegments");
    });
  }
  return products.error(Products::ofDefinition(axis, pass));
}

std::string tileError(const Axis& axis, Pass pass, int64_t columnStride, bool interleave, int64_t& tileCount) {
  const AxisPlan plan(axis, pass);
  TilePlan tiles(plan, columnStride, interleave);
  if (!tiles.status()) return "out of memory";
  Products products(plan);
  int end = 0;
  for (int64_t tile = 0; tile < tiles.count(); ++tile) {
    tiles.plan(tile);
    const Columns in = tiles.in(), out = tiles.out();
    if (out.first != end) products.fail("a gap or an overlap between tiles");
    end = out.end;
    if (in.first < 0 || in.end > plan.inSize() || in.count() < 0) products.fail("in() is no range of the axis");
    if (in.count() > tiles.maxIn() || out.count() > tiles.maxOut()) products.fail("more columns than maxIn or maxOut");
    if (tiles.end() - tiles.begin() > tiles.maxSegments()) products.fail("more segments than maxSegments");
    for (const Segment& segment : tiles) {
      addSegment(plan, segment, products);
      if (segment.between != Between::kNothing && !interleave) products.fail("interleaved although not allowed");
      if (segment.outFirst < out.first || segment.outLast() >= end) products.fail("an output outside of out()");
      if (segment.taps == 0) continue;
      if (segment.inFirst < in.first || segment.inLast() >= in.end) products.fail("a column outside of in()");
    }
  }
  if (end != plan.outSize()) products.fail("not every output is in a tile");
  tileCount += tiles.count();
  return products.error(Products::ofDefinition(axis, pass));
}

/// With this stride all columns share a few sets of the cache, so that tiles are as narrow as possible.
constexpr int64_t kCollidingStride = 1024;

TEST_CASE("plan: phases, row taps, segments and tiles of small axes list the products of the definition") {
  const Pass pass = GENERATE(Pass::kForward, Pass::kInputGradient);
  INFO(nameOf(pass));
  int64_t tiles = 0;
  for (const Axis& axis : smallAxes()) {
    INFO(description(axis));
    CHECK(phaseError(axis, pass) == "");
    CHECK(rowTapsError(axis, pass) == "");
    for (const int64_t width : {1, 2, 3, 4, 7, 64}) {
      INFO("tiles of " << width << " outputs");
      CHECK(segmentError(axis, pass, width) == "");
    }
    CHECK(tileError(axis, pass, kCollidingStride, false, tiles) == "");
    CHECK(tileError(axis, pass, kCollidingStride, true, tiles) == "");
  }
}

TEST_CASE("plan: long axes are cut into several tiles, narrower if columns collide in the cache") {
  const Pass pass = GENERATE(Pass::kForward, Pass::kInputGradient);
  INFO(nameOf(pass));
  for (const int in : {63, 64, 65, 129, 200}) {
    for (const int taps : {1, 2, 3, 5, 7}) {
      for (const int stride : {1, 2, 3}) {
        for (const int dilation : {1, 2, 3}) {
          const int before = (taps - 1) * dilation / 2;
          const int out = (in + 2 * before - (taps - 1) * dilation - 1) / stride + 1;
          const Axis axis{in, out, taps, stride, taps == 1 ? 1 : dilation, before};
          INFO(description(axis));
          int64_t wide = 0, narrow = 0;
          CHECK(tileError(axis, pass, 4, true, wide) == "");
          CHECK(tileError(axis, pass, kCollidingStride, true, narrow) == "");
          CHECK(narrow >= wide);
          const AxisPlan plan(axis, pass);
          if (plan.outSize() / plan.outStep() > 14) CHECK(narrow > 1);
        }
      }
    }
  }
}

TEST_CASE("plan: insideOf returns the part of a progression that lies inside") {
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

std::vector<Segment> segmentsOf(const Axis& axis, Pass pass) {
  TilePlan tiles({axis, pass}, 4, true);
  REQUIRE(tiles.count() == 1);
  tiles.plan(0);
  return {tiles.begin(), tiles.end()};
}

TEST_CASE("plan: a row with seven taps is segments of three, three and one tap") {
  std::vector<int> taps;
  for (const Segment& segment : segmentsOf({50, 50, 7, 1, 1, 3}, GENERATE(Pass::kForward, Pass::kInputGradient))) {
    taps.push_back(segment.taps);
  }
  // The zero segment: the outputs at one end that the first three taps do not reach.
  CHECK(taps == std::vector<int>{0, 3, 3, 1});
}

TEST_CASE("plan: stride 2 with three taps is one interleaved segment, unless the middle tap is clipped") {
  const auto even = segmentsOf({28, 14, 3, 2, 1, 0}, Pass::kForward),
             odd = segmentsOf({29, 15, 3, 2, 1, 1}, Pass::kForward);
  REQUIRE(even.size() == 1);
  CHECK(
      (even[0].between == Between::kTap && even[0].taps == 2 && even[0].clippedLeft == 0 && even[0].clippedRight == 1));
  REQUIRE(odd.size() == 1);
  CHECK((odd[0].between == Between::kTap && odd[0].clippedLeft == 1 && odd[0].clippedRight == 1));
  CHECK(segmentsOf({28, 15, 3, 2, 1, 2}, Pass::kForward).size() > 1);
}

TEST_CASE("plan: the input gradient of stride 2 with three taps is one segment with outputs between") {
  for (const Axis& axis : {Axis{28, 14, 3, 2, 1, 0}, Axis{29, 15, 3, 2, 1, 1}, Axis{3, 2, 3, 2, 1, 1}}) {
    INFO(description(axis));
    const auto segments = segmentsOf(axis, Pass::kInputGradient);
    REQUIRE(segments.size() == 1);
    CHECK(segments[0].between == Between::kOutput);
  }
}

TEST_CASE("plan: taps that read only outside of the axis need no segment") {
  const Pass pass = GENERATE(Pass::kForward, Pass::kInputGradient);
  INFO(nameOf(pass));
  // Of 99 taps each output meets one: as many phases as outputs, and not many more segments.
  TilePlan tiles({{10000, 10000, 99, 1, 10000, 490000}, pass}, 4, true);
  int64_t segments = 0;
  for (int64_t tile = 0; tile < tiles.count(); ++tile) {
    tiles.plan(tile);
    segments += tiles.end() - tiles.begin();
  }
  CHECK(segments == 10000);
  // A single pixel between two taps: a zero segment.
  TilePlan single({{1, 1, 2, 1, 2, 1}, pass}, 4, true);
  single.plan(0);
  CHECK((single.in().count() == 0 && single.out().count() == 1));
  CHECK(std::all_of(single.begin(), single.end(), [](const Segment& segment) { return segment.taps == 0; }));
}

TEST_CASE("plan: rows of a group use the same taps and evenly spaced input rows") {
  const Pass pass = GENERATE(Pass::kForward, Pass::kInputGradient);
  INFO(nameOf(pass));
  constexpr ptrdiff_t kRowStride = 1000;
  for (const Axis& axis : smallAxes()) {
    INFO(description(axis));
    const AxisPlan rows(axis, pass);
    const RowPlan plan(rows);
    REQUIRE(plan.status());
    REQUIRE(plan.count() == rows.outSize());
    for (int row = 0; row < plan.count();) {
      const Repeat group = plan.group(row, kRowStride);
      REQUIRE((group.count >= 1 && row + group.count <= plan.count() && group.every == 1));
      const RowTaps first = plan[row];
      for (int i = 0; i < group.count; ++i) {
        const RowTaps taps = plan[row + i], expected = rows.rowTaps(row + i);
        CHECK((taps.inFirst == expected.inFirst && taps.tapFirst == expected.tapFirst && taps.count == expected.count));
        CHECK((taps.tapFirst == first.tapFirst && taps.tapStep == first.tapStep && taps.count == first.count));
        CHECK((taps.inStep == first.inStep && (taps.inFirst - first.inFirst) * kRowStride == i * group.inStride));
      }
      row += group.count;
    }
  }
}

TEST_CASE("plan: the rows of an image are groups of at most eight, except at the borders") {
  const auto groups = [](const Axis& axis) {
    const RowPlan plan({axis, Pass::kForward});
    std::vector<int> all;
    for (int row = 0; row < plan.count(); row += all.back()) all.push_back(plan.group(row, 1).count);
    return all;
  };
  CHECK(groups({8, 8, 3, 1, 1, 1}) == std::vector<int>{1, 6, 1});
  CHECK(groups({16, 8, 3, 2, 1, 0}) == std::vector<int>{7, 1});
  CHECK(groups({8, 8, 5, 1, 1, 2}) == std::vector<int>{1, 1, 4, 1, 1});
  CHECK(groups({20, 20, 3, 1, 1, 1}) == std::vector<int>{1, 8, 8, 2, 1});
}

TEST_CASE("plan: rows that are not stored are computed when they are needed") {
  const AxisPlan rows({10000, 10000, 3, 1, 1, 1}, GENERATE(Pass::kForward, Pass::kInputGradient));
  const RowPlan plan(rows);
  for (const int row : {0, RowPlan::kStored - 1, RowPlan::kStored, 9999}) {
    CHECK(plan[row].inFirst == rows.rowTaps(row).inFirst);
    CHECK(plan[row].count == rows.rowTaps(row).count);
    CHECK(plan.group(row, 1).count >= 1);
  }
}

/// Checks blocks of at most `max` lanes and returns their number.
int checkLaneBlocks(int lanes, int max) {
  INFO(lanes << " lanes, blocks of at most " << max);
  std::vector<int> uses(static_cast<size_t>(std::max(lanes, 4)));
  int packed = 0, blocks = 0;
  forEachLaneBlock(lanes, max, [&](const LaneBlock& block) {
    ++blocks;
    CHECK((block.lanes > 0 && block.lanes <= max && block.lanes % 4 == 0));
    CHECK(block.packedFirst == packed);
    packed += block.lanes;
    int overlap = 0;
    for (int lane = block.first; lane < block.first + block.lanes; ++lane) {
      overlap += uses.at(static_cast<size_t>(lane))++ > 0;
    }
    CHECK(block.overlap == overlap);
  });
  CHECK(std::count(uses.begin(), uses.end(), 0) == 0);
  CHECK(packed == wholeLanes(lanes));
  CHECK(blocks <= maxLaneBlocks(lanes, max));
  return blocks;
}

TEST_CASE("plan: lane blocks cover every lane, and no lane outside if there are four or more") {
  for (int lanes = 1; lanes <= 40; ++lanes) {
    CHECK(wholeLanes(lanes) % 4 == 0);
    CHECK((wholeLanes(lanes) >= lanes && wholeLanes(lanes) < lanes + 4));
    CHECK(checkLaneBlocks(lanes, wholeLanes(lanes)) == (lanes % 4 == 0 || lanes < 4 ? 1 : 2));
    for (const int max : {4, 8, 12, 32}) checkLaneBlocks(lanes, max);
  }
  CHECK(checkLaneBlocks(40, 16) == 3);
}

}  // namespace
}  // namespace depthwise
