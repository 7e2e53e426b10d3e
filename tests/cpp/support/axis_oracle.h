#pragma once

#include <cmath>
#include <cstdint>
#include <optional>
#include <string_view>

/// Output size and padding as TensorFlow and tfjs define them, in their own terms and in float64, to compare
/// geometry.cpp with.
namespace depthwise::oracle {

struct AxisSizes {
  int64_t out, padBefore;
};

inline int64_t reach(int64_t taps, int64_t dilation) { return taps + (taps - 1) * (dilation - 1); }

/// TensorFlow: "SAME" pads such that out = ⌈in / stride⌉, one more after than before where the padding is odd.
inline AxisSizes same(int64_t in, int64_t taps, int64_t stride, int64_t dilation) {
  const int64_t padding = in % stride == 0 ? std::max<int64_t>(reach(taps, dilation) - stride, 0)
                                           : std::max<int64_t>(reach(taps, dilation) - in % stride, 0);
  return {static_cast<int64_t>(std::ceil(double(in) / double(stride))), padding / 2};
}

/// tfjs: round((in − reach + before + after) / stride + 1), the default being to cut. Nothing where not one window
/// fits.
inline std::optional<AxisSizes> padded(int64_t in, int64_t taps, int64_t stride, int64_t dilation, int64_t before,
                                       int64_t after, std::string_view rounding) {
  const int64_t space = in + before + after - reach(taps, dilation);
  if (space < 0) return std::nullopt;
  const double out = double(space) / double(stride) + 1;
  const double rounded = rounding == "ceil"    ? std::ceil(out)
                         : rounding == "round" ? std::floor(out + 0.5)
                                               : std::trunc(out);
  return AxisSizes{static_cast<int64_t>(rounded), before};
}

}  // namespace depthwise::oracle
