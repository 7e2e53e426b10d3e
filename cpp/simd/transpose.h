#pragma once

#include <cstddef>

#include "simd/f32x4.h"

namespace depthwise {

/// Transposes four rows of four floats.
DEPTHWISE_INLINE void transpose4x4(const float* from, ptrdiff_t fromStride, float* to, ptrdiff_t toStride) {
  const f32x4 a = load(from), b = load(from + fromStride), c = load(from + 2 * fromStride),
              d = load(from + 3 * fromStride);
  const f32x4 abEven = concatEven(a, b), abOdd = concatOdd(a, b), cdEven = concatEven(c, d), cdOdd = concatOdd(c, d);
  store(to, concatEven(abEven, cdEven));
  store(to + toStride, concatEven(abOdd, cdOdd));
  store(to + 2 * toStride, concatOdd(abEven, cdEven));
  store(to + 3 * toStride, concatOdd(abOdd, cdOdd));
}

}  // namespace depthwise
