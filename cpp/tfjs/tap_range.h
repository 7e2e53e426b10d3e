#pragma once

#include <algorithm>
#include <cstdint>

#include "../geometry.h"

namespace depthwise {

/// The outputs that read an input at some tap, not the padding. What is outside is left out rather than multiplied as a
/// zero: 0 times an infinity would be NaN.
struct TapRange {
  int32_t first, end;  ///< first ≤ end

  TapRange(const Axis& axis, int tap) {
    const int64_t before = axis.padBefore - int64_t{tap} * axis.dilation;  // output o reads o·stride − before
    const int64_t outsideFirst = before <= 0 ? 0 : (before + axis.stride - 1) / axis.stride;
    const int64_t last = axis.in - 1 + before;
    const int64_t insideEnd = last < 0 ? 0 : last / axis.stride + 1;
    first = static_cast<int32_t>(std::min<int64_t>(outsideFirst, axis.out));
    end = static_cast<int32_t>(std::clamp<int64_t>(insideEnd, first, axis.out));
  }
};

/// The input that output `out` reads at a tap whose range it is in.
inline int32_t inputOf(const Axis& axis, int32_t out, int tap) {
  return static_cast<int32_t>(int64_t{out} * axis.stride + int64_t{tap} * axis.dilation - axis.padBefore);
}

}  // namespace depthwise
