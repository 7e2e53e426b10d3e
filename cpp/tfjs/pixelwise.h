#pragma once

#include "../geometry.h"

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

}  // namespace depthwise
