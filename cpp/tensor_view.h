#pragma once

#include <cstddef>

#include "depthwise/geometry.h"

namespace depthwise {

/// The images of a batch, in memory that the view does not own. Strides are in floats. NHWC and NCHW differ only in the
/// strides.
template <class Float>
struct TensorView {
  Float* data;
  ptrdiff_t imageStride, rowStride, columnStride, channelStride;

  /// Returns a pointer to channel 0 of a pixel.
  Float* pixel(int image, int row, int column) const {
    return data + (image * imageStride + row * rowStride + column * columnStride);
  }

  bool channelsAreAdjacent() const { return channelStride == 1; }
};

/// Returns the view of a tensor. The batch must not be empty, because its strides might not fit a ptrdiff_t.
/// Not inlined: the copies take 0.2 KB of the wasm, gzipped.
template <class Float>
[[gnu::noinline]] TensorView<Float> viewImages(Float* data, Layout layout, int height, int width, int channels) {
  const ptrdiff_t row = layout == Layout::kNhwc ? ptrdiff_t{width} * channels : width;
  const ptrdiff_t image = ptrdiff_t{height} * width * channels;
  if (layout == Layout::kNhwc) {
    return {.data = data, .imageStride = image, .rowStride = row, .columnStride = channels, .channelStride = 1};
  }
  return {.data = data, .imageStride = image, .rowStride = row, .columnStride = 1, .channelStride = height * row};
}

template <class Float>
TensorView<Float> viewX(const Geometry& g, Float* data) {
  return viewImages(data, g.layout, g.height.in, g.width.in, g.channels);
}

template <class Float>
TensorView<Float> viewY(const Geometry& g, Float* data) {
  return viewImages(data, g.layout, g.height.out, g.width.out, g.outChannels());
}

}  // namespace depthwise
