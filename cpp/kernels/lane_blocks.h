#pragma once

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

template <class Visit>
inline void forEachLaneBlock(int lanes, Visit&& visit) {
  if (lanes < 4) return visit(LaneBlock{0, 0, 4, 0});
  const int whole = lanes / 4 * 4;
  visit(LaneBlock{0, 0, whole, 0});
  if (whole < lanes) visit(LaneBlock{lanes - 4, whole, 4, whole - (lanes - 4)});
}

}  // namespace depthwise
