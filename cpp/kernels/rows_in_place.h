#pragma once

#include <cstdint>

#include "axis_plan.h"
#include "cache_policy.h"

/// Where pixels collide in the cache (pixelsCollide), three rows that are read by turns are too many for the sets that
/// they can use, and one is not. So one of each three may stay where it is, and the others are copied to where other
/// sets are. Performance only, as in cache_policy.h.
namespace depthwise {

/// Every period-th row; 0: none.
struct RowsInPlace {
  int32_t period = 0, first = 0;

  bool has(int32_t row) const { return period > 0 && row % period == first; }
};

/// Of the rows that outputs read, so many that three neighbouring taps meet at most one of them.
inline RowsInPlace rowsInPlace(const AxisPlan& rows) {
  const int64_t distance = rows.tapDistance();
  if (distance == 1 && rows.outputDistance() == 2 && rows.taps() == 3) {
    const bool beginsOdd = rows.tapsOf(0).inFirst % 2 != 0;
    return {2, beginsOdd ? 0 : 1};  // those between, which one output reads
  }
  return distance % 3 != 0 ? RowsInPlace{3, 0} : RowsInPlace{};
}

/// Where in a page (kCacheSets lines) a copy of a row begins, if rows in place begin at `lineInPlace`: three neighbours
/// and a row in place then use different sets.
inline uint64_t lineOfCopy(uint64_t lineInPlace, uint64_t pixelStep, int32_t row) {
  const int64_t apart = setStride(pixelStep) / 4;
  return (lineInPlace + static_cast<uint64_t>((row % 3 + 1) * apart)) % kCacheSets;
}

}  // namespace depthwise
