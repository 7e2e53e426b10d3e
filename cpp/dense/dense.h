#pragma once

#include <algorithm>
#include <cstdint>

#include "depthwise/activation.h"
#include "depthwise/geometry.h"
#include "depthwise/memory.h"
#include "parallel/parallel.h"

/// Dense convolution (tfjs's conv2d): every output channel depends on every input channel.
///
/// All passes are matrix products on NHWC tensors: pixel_tile.h is the inner loop of correlations, and
/// matrix_tile.h that of the filter gradient. packing.h copies their operands.
/// nchw.h copies NCHW images. The shapes below are those of NHWC; in NCHW, channels are the second dimension of x and
/// y.
namespace depthwise {

/// Computes y = activation(convolution + bias):
///
///     y[n, i, j, o] = Σ_{p,q,c} x[n, i·stride + p·dilation − pad, j·…, c] · filter[p, q, c, o] · factors[o]
///
/// x is [batch, inHeight, inWidth, inChannels], filter [height, width, inChannels, outChannels], y [batch, outHeight,
/// outWidth, outChannels]. Bias, prelu slopes and `factors` have one value for each output channel. Without factors,
/// they are 1.
///
/// Taps in the padding are skipped, so a NaN or an infinity contributes only where a tap is inside the image. An empty
/// batch writes nothing. `y` must not overlap the inputs.
Status conv2dForward(const DenseGeometry& geometry, const float* x, const float* filter, const Epilogue& epilogue,
                     float* y, const float* factors = nullptr);

/// Computes dx, the gradient of Σ y·dy with respect to the input of a dense convolution:
///
///     dx[n, r, s, c] = Σ_{p,q,o} dy[n, i, j, o] · filter[p, q, c, o]
///
/// over all outputs (i, j) that read input (r, s) with tap (p, q). dy is [batch, outHeight, outWidth, outChannels],
/// filter [height, width, inChannels, outChannels], dx [batch, inHeight, inWidth, inChannels].
///
/// Taps in the padding are skipped, so a NaN or an infinity contributes only where a tap is inside the image. An input
/// that no output reads gets 0. An empty batch writes nothing. `dx` must not overlap `dy` or `filter`.
Status conv2dInputGradient(const DenseGeometry& geometry, const float* dy, const float* filter, float* dx);

/// Computes dfilter, the gradient of Σ y·dy with respect to the filter of a dense convolution:
///
///     dfilter[p, q, c, o] = Σ_{n,i,j} x[n, i·stride + p·dilation − pad, j·…, c] · dy[n, i, j, o]
///
/// over all outputs (i, j) whose tap (p, q) is inside the image. Shapes are those of conv2dInputGradient.
///
/// Taps in the padding are skipped, as in conv2dInputGradient. An empty batch gives zeros. The sums are computed in
/// three steps (a block of pixels, a group of blocks, all groups), so that the error grows with about the cube root of
/// their length. `dfilter` must not overlap `x` or `dy`.
Status conv2dFilterGradient(const DenseGeometry& geometry, const float* x, const float* dy, float* dfilter);

// The functions below are shared by the passes.

/// Returns whether each output reads the input at its own position: a 1×1 filter, stride 1, no padding.
inline bool isPixelwise(const DenseGeometry& g) {
  const auto isIdentity = [](const Axis& axis) {
    return axis.taps == 1 && axis.stride == 1 && axis.padBefore == 0 && axis.in == axis.out;
  };
  return isIdentity(g.height) && isIdentity(g.width);
}

/// Returns the convolution of `images` images, at least one. A pixelwise convolution becomes one image of one row,
/// because long rows are fast. Not inlined: the copies take 1 KB of the wasm, gzipped.
[[gnu::noinline]] inline DenseGeometry withImages(DenseGeometry g, int images) {
  g.batch = images;
  if (!isPixelwise(g)) return g;
  const int pixels = images * g.height.in * g.width.in;  // at most kMaxElements
  g.batch = 1;
  g.height = {.in = 1, .out = 1, .taps = 1, .stride = 1, .dilation = 1, .padBefore = 0};
  g.width = {.in = pixels, .out = pixels, .taps = 1, .stride = 1, .dilation = 1, .padBefore = 0};
  return g;
}

/// Returns the work of a pass.
inline Work workOf(const DenseGeometry& g) {
  return workOfFlops(2.0 * static_cast<double>(elementCount(g.yShape())) * g.height.taps * g.width.taps * g.inChannels);
}

/// The outputs from `first` up to, not including, `end`; first ≤ end.
struct OutputRange {
  int first, end;
};

/// Returns the outputs of an axis for which `tap` is inside the image. The passes skip the other outputs instead of
/// multiplying by zero, because 0 times an infinity is NaN. Not inlined: the copies take 0.3 KB of the wasm, gzipped.
[[gnu::noinline]] inline OutputRange outputsInside(const Axis& axis, int tap) {
  const int64_t offset = axis.padBefore - int64_t{tap} * axis.dilation;  // output o reads input o·stride − offset
  const int64_t first = offset <= 0 ? 0 : (offset + axis.stride - 1) / axis.stride;
  const int64_t lastInput = axis.in - 1 + offset;
  const int64_t end = lastInput < 0 ? 0 : lastInput / axis.stride + 1;
  const int clippedFirst = static_cast<int>(std::min<int64_t>(first, axis.out));
  return {clippedFirst, static_cast<int>(std::clamp<int64_t>(end, clippedFirst, axis.out))};
}

/// Returns the input that output `out` reads with `tap`, which must be inside the image.
inline int inputIndex(const Axis& axis, int out, int tap) {
  return static_cast<int>(int64_t{out} * axis.stride + int64_t{tap} * axis.dilation - axis.padBefore);
}

/// `count` adjacent indices of a dimension.
struct IndexRange {
  int first, count;
};

/// Calls `visit` with ranges of at most `maxCount` indices that cover 0 to `size`.
template <class Visit>
void forEachRange(int size, int maxCount, Visit&& visit) {
  for (int first = 0; first < size; first += maxCount) visit(IndexRange{first, std::min(maxCount, size - first)});
}

}  // namespace depthwise
