#include "kernels/lane_blocks.h"

#include <catch2/catch.hpp>
#include <vector>

namespace depthwise {
namespace {

TEST_CASE("lane blocks: together cover every lane, and only from four lanes up none beside them") {
  for (int lanes = 1; lanes <= 40; ++lanes) {
    INFO(lanes << " lanes");
    std::vector<int> covered(static_cast<size_t>(std::max(lanes, 4)));
    int packed = 0;
    forEachLaneBlock(lanes, [&](const LaneBlock& block) {
      CHECK(block.lanes % 4 == 0);
      CHECK(block.packed == packed);
      packed += block.lanes;
      int overlap = 0;
      for (int lane = block.first; lane < block.first + block.lanes; ++lane) {
        overlap += covered.at(static_cast<size_t>(lane))++ > 0;
      }
      CHECK(block.overlap == overlap);
    });
    CHECK(std::count(covered.begin(), covered.end(), 0) == 0);
    CHECK(packed == (lanes + 3) / 4 * 4);
  }
}

TEST_CASE("lane blocks: whole lanes are the next multiple of four") {
  CHECK(wholeLanes(1) == 4);
  CHECK(wholeLanes(4) == 4);
  CHECK(wholeLanes(5) == 8);
}

}  // namespace
}  // namespace depthwise
