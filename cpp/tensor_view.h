#pragma once

#include <cstddef>

#include "depthwise/geometry.h"

namespace depthwise {

/// The images of a batch in somebody else's memory. NHWC and NCHW differ in these four strides (in floats) and in
/// nothing else.
template <class Float>
struct TensorView {
  Float* data;
  size_t imageStride;
  size_t rowStride;
  size_t columnStride;
  size_t channelStride;

  Float* pixel(int image, int row, int column) const {
    return data + static_cast<size_t>(image) * imageStride + static_cast<size_t>(row) * rowStride +
           static_cast<size_t>(column) * columnStride;
  }

  bool channelsAreAdjacent() const { return channelStride == 1; }
};

template <class Float>
TensorView<Float> viewImages(Float* data, Layout layout, int height, int width, int channels) {
  const size_t rows = static_cast<size_t>(height), columns = static_cast<size_t>(width),
               depth = static_cast<size_t>(channels);
  const size_t image = rows * columns * depth;
  if (layout == Layout::kNhwc) return {data, image, columns * depth, depth, 1};
  return {data, image, columns, 1, rows * columns};
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
