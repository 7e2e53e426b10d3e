#pragma once

#include <cstddef>

#include "../simd/f32x4.h"

/// Rows of floats, four at a time, whatever is left at their end.
namespace depthwise {

/// Four floats of a tensor that are read and written together.
struct FourLanes {
  static constexpr size_t count = 4;

  DEPTHWISE_INLINE f32x4 load(const float* from) const { return depthwise::load(from); }
  DEPTHWISE_INLINE void store(float* to, f32x4 value) const { depthwise::store(to, value); }
};
/// Fewer than four, where a row ends: zeros are read in place of the others, and only these are written.
struct FewLanes {
  size_t count;

  f32x4 load(const float* from) const {
    float four[4] = {};
    for (size_t i = 0; i < count; ++i) four[i] = from[i];
    return depthwise::load(four);
  }
  void store(float* to, f32x4 value) const {
    float four[4];
    depthwise::store(four, value);
    for (size_t i = 0; i < count; ++i) to[i] = four[i];
  }
};

/// visit(FourLanes or FewLanes, lane) for the lanes of a row.
template <class Visit>
DEPTHWISE_INLINE void forEachFourLanes(size_t lanes, Visit&& visit) {
  size_t lane = 0;
  for (; lane + 4 <= lanes; lane += 4) visit(FourLanes{}, lane);
  if (lane < lanes) visit(FewLanes{lanes - lane}, lane);
}

}  // namespace depthwise
