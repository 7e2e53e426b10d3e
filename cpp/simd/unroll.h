#pragma once

#include <type_traits>

#if defined(__GNUC__)
#define DEPTHWISE_INLINE inline __attribute__((always_inline))
#else
#define DEPTHWISE_INLINE inline
#endif

namespace depthwise {

/// body(0), body(1), … body(Count − 1), each with its number as a compile-time constant. Loops over accumulators are
/// unrolled this way, because only then do the accumulators stay in registers: `#pragma unroll` over an array leaves
/// them in memory (9 instead of 45 GFLOP/s).
template <int Count, int Index = 0, class Body>
DEPTHWISE_INLINE void unroll(Body&& body) {
  if constexpr (Index < Count) {
    body(std::integral_constant<int, Index>{});
    unroll<Count, Index + 1>(body);
  }
}

}  // namespace depthwise
