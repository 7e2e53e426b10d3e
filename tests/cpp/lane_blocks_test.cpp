#include "conv/nhwc.h"

#include <catch2/catch.hpp>
#include <vector>

namespace depthwise {
namespace {

/// Blocks of at most `most` lanes, how many there are.
int checkedBlocks(int lanes, int most) {
  INFO(lanes << " lanes, at most " << most << " at a time");
  std::vector<int> covered(static_cast<size_t>(std::max(lanes, 4)));
  int packed = 0, blocks = 0;
  forEachLaneBlock(lanes, most, [&](const LaneBlock& block) {
    ++blocks;
    CHECK(block.lanes % 4 == 0);
    CHECK((block.lanes > 0 && block.lanes <= most));
    CHECK(block.packed == packed);
    packed += block.lanes;
    int overlap = 0;
    for (int lane = block.first; lane < block.first + block.lanes; ++lane) {
      overlap += covered.at(static_cast<size_t>(lane))++ > 0;
    }
    CHECK(block.overlap == overlap);
  });
  CHECK(std::count(covered.begin(), covered.end(), 0) == 0);
  CHECK(packed == wholeLanes(lanes));
  CHECK(blocks <= maxBlocks(lanes, most));
  return blocks;
}

TEST_CASE("lane blocks: together cover every lane, and only from four lanes up none beside them") {
  for (int lanes = 1; lanes <= 40; ++lanes) {
    CHECK(checkedBlocks(lanes, wholeLanes(lanes)) == (lanes % 4 == 0 || lanes < 4 ? 1 : 2));
    for (const int most : {4, 8, 12, 32}) checkedBlocks(lanes, most);
  }
  CHECK(checkedBlocks(40, 16) == 3);
}

TEST_CASE("lane blocks: whole lanes are the next multiple of four") {
  CHECK(wholeLanes(1) == 4);
  CHECK(wholeLanes(4) == 4);
  CHECK(wholeLanes(5) == 8);
}

}  // namespace
}  // namespace depthwise
