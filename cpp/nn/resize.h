#pragma once

#include "depthwise/memory.h"

/// Gradients of resized images. The forward pass is a kernel of tfjs.
namespace depthwise {

enum class Interpolation { kNearest, kBilinear };

/// Where pixel i of `out` pixels reads an axis of `in` pixels.
enum class PixelGrid {
  kCorner,        ///< i·in/out
  kAlignCorners,  ///< i·(in − 1)/(out − 1): the first and the last pixels of both images are at the same places
  kHalfPixel,     ///< (i + ½)·in/out − ½, the center of the pixel; for kNearest the pixel around the center
};

/// The images: x is [batch, inHeight, inWidth, channels], y is [batch, outHeight, outWidth, channels].
struct ResizeShape {
  int batch, inHeight, inWidth, outHeight, outWidth, channels;
};

/// Computes dx, the gradient of Σ y·dy for y = resize(x).
///
/// Along each axis, an output is (1 − f)·x[low] + f·x[high]. This function adds (1 − f)·dy to dx[low] and f·dy to
/// dx[high]. Positions are computed in float32, as in TensorFlow and in the wasm backend of tfjs: a position that is a
/// whole number can round to just below this number, so kNearest with float64 selects other pixels for some sizes.
/// kNearest rounds down, with kAlignCorners to the nearest pixel (halves up). The gradient of a pixel
/// that no output reads is 0. dx must not overlap dy.
///
/// dy is first added along the rows, then the sums are added along the columns. So a gradient of m·n terms has about
/// m + n roundings.
Status resizeGradient(const ResizeShape& shape, Interpolation interpolation, PixelGrid grid, const float* dy,
                      float* dx);

}  // namespace depthwise
