#pragma once

#include <cstdint>

namespace depthwise {

constexpr int64_t kFloatsPerLine = 16;  ///< a cache line of 64 bytes

/// What the kernels assume about the caches, and sizes that follow from measurements. They affect speed only.
///
/// First-level caches of x86 CPUs have 64 sets of 8 or 12 lines. Those of ARM CPUs have 64 to 256 sets of 4 to 12
/// lines. If a cache has more sets than assumed, columns collide less often than assumed. `npm run bench:caches`
/// simulates caches of 16 to 128 KB with these values and with others; docs/performance.md contains the result.
struct CacheAssumptions {
  int64_t sets = 64, ways = 12;          ///< of the first-level cache: 48 KB
  int secondLevelFloats = 1 << 16;       ///< of data that should stay in the second-level cache: 256 KB
  int maxGroupRows = 8;                  ///< rows in a row group (plan.h)
  int smallSlice = 32, largeSlice = 64;  ///< channels per slice: of tensors with fewer than 128 channels, of others

  constexpr int64_t floats() const { return kFloatsPerLine * sets * ways; }
};
#if defined(DEPTHWISE_SIMULATES_CACHES)
inline CacheAssumptions assumed;
#else
constexpr CacheAssumptions assumed;
#endif

}  // namespace depthwise
