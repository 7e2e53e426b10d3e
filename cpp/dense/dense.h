#pragma once

#include <algorithm>
#include <cstdint>

#include "geometry.h"
#include "depthwise/memory.h"

namespace depthwise {

/// Output and input are the same pixels: a 1×1 filter in steps of 1.
inline bool isPixelwise(const DenseGeometry& g) {
  const auto same = [](const Axis& axis) {
    return axis.taps == 1 && axis.stride == 1 && axis.padBefore == 0 && axis.in == axis.out;
  };
  return same(g.height) && same(g.width);
}

/// The same convolution in as few rows as possible: pixelwise, rows and images mean nothing, and long rows are fast.
/// NHWC only, and not for an empty batch.
inline DenseGeometry inLongRows(DenseGeometry g) {
  if (!isPixelwise(g)) return g;
  const int32_t pixels = g.batch * g.height.in * g.width.in;  // at most kMaxElements
  g.batch = 1;
  g.height = {1, 1, 1, 1, 1, 0};
  g.width = {pixels, pixels, 1, 1, 1, 0};
  return g;
}

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

/// dx, the gradient of Σ y·dy with respect to the input of a dense convolution: dx[n, r, s, c] = Σ_{p,q,o} dy[n, i, j,
/// o] · filter[p, q, c, o] over all outputs i, j that read r, s at p, q. NHWC only. `dx` does not overlap the others.
Status conv2dInputGradient(const DenseGeometry& geometry, const float* dy, const float* filter, float* dx);

/// dfilter, the gradient of Σ y·dy with respect to the filter of a dense convolution: dfilter[p, q, c, o] = Σ_{n,i,j}
/// x[n, i·stride + p·dilation − pad, j·…, c] · dy[n, i, j, o]. NHWC only. The sums are long, so they are made in three
/// steps (a block of pixels, many blocks, all): their error grows with about the cube root of their length. `dfilter`
/// does not overlap the others.
Status conv2dFilterGradient(const DenseGeometry& geometry, const float* x, const float* dy, float* dfilter);

}  // namespace depthwise
