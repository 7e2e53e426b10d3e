#pragma once

#include <algorithm>

namespace depthwise {

/// Sweeps take four lanes at a time. Where the number of lanes is not a multiple of four, the last four are swept once
/// more as a block of their own, which begins anew and so writes the same values where it overlaps. Fewer than four
/// lanes have empty ones beside them (plane_columns.h).
struct LaneBlock {
  int first;    ///< its first lane in a tensor
  int packed;   ///< its first lane where blocks stand side by side without overlap
  int lanes;    ///< a multiple of four
  int overlap;  ///< how many of its lanes an earlier block has too
};

/// Rounded up to what sweeps take.
constexpr int wholeLanes(int lanes) { return (lanes + 3) / 4 * 4; }

/// Blocks of at most `most` lanes, a multiple of four.
template <class Visit>
inline void forEachLaneBlock(int lanes, int most, Visit&& visit) {
  const int whole = std::max(4, lanes / 4 * 4);
  LaneBlock block{0, 0, std::min(most, whole), 0};
  // One place that visits: what a visitor does would otherwise be in the wasm twice.
  for (;;) {
    visit(block);
    const int next = block.packed + block.lanes;
    if (next >= lanes) return;
    block = next < whole ? LaneBlock{next, next, std::min(most, whole - next), 0}
                         : LaneBlock{lanes - 4, whole, 4, whole - (lanes - 4)};
  }
}

/// Not more blocks than these.
constexpr int mostBlocks(int lanes, int most) { return lanes / most + 2; }

/// As few blocks as there can be.
template <class Visit>
inline void forEachLaneBlock(int lanes, Visit&& visit) {
  forEachLaneBlock(lanes, wholeLanes(lanes), visit);
}

}  // namespace depthwise
