#include "nn/resize.h"

#include <algorithm>
#include <cmath>

#include "parallel/parallel.h"

namespace depthwise {
namespace {

/// The pixels of an axis that an output reads: (1 − fraction)·x[low] + fraction·x[high].
struct Source {
  int low, high;
  float fraction;
};

/// One axis of a resized image.
struct ResizeAxis {
  int in, out;
  Interpolation interpolation;
  PixelGrid grid;

  Source sourceOf(int i) const {
    const bool aligned = grid == PixelGrid::kAlignCorners;
    const int cornersOnly = aligned && out > 1 ? 1 : 0;
    const float scale = static_cast<float>(in - cornersOnly) / static_cast<float>(out - cornersOnly);
    const float index = static_cast<float>(i), last = static_cast<float>(in - 1);
    if (interpolation == Interpolation::kNearest) {
      const float position = (grid == PixelGrid::kHalfPixel ? index + 0.5f : index) * scale;
      const float below = std::floor(position);
      const float rounded = aligned && position - below >= 0.5f ? below + 1 : below;
      const int pixel = static_cast<int>(std::min(rounded, last));
      return {pixel, pixel, 0};
    }
    const float position = grid == PixelGrid::kHalfPixel ? (index + 0.5f) * scale - 0.5f : index * scale;
    const float inside = std::clamp(position, 0.0f, last);
    const int low = static_cast<int>(inside);
    return {low, std::min(low + 1, in - 1), inside - static_cast<float>(low)};
  }
};

/// sums += factor·values
void addScaled(const float* values, float factor, ptrdiff_t size, float* sums) {
  for (ptrdiff_t i = 0; i < size; ++i) sums[i] += factor * values[i];
}

/// Adds `size` values, weighted, to the two elements of `sums` that a source selects. Elements are `size` floats apart.
void addToSource(const Source& source, const float* values, ptrdiff_t size, float* sums) {
  addScaled(values, 1 - source.fraction, size, sums + source.low * size);
  // Without this condition, an infinite dy would give NaN in a pixel that it does not affect.
  if (source.fraction != 0) addScaled(values, source.fraction, size, sums + source.high * size);
}

/// Computes the gradient of some images. It is not inlined, because two copies of its loops take 0.3 KB more, gzipped.
[[gnu::noinline]] Status resizeGradientOfImages(const ResizeShape& shape, Interpolation interpolation, PixelGrid grid,
                                                const float* dy, float* dx) {
  const ptrdiff_t channels = shape.channels, rowSize = shape.inWidth * channels;
  const ResizeAxis height{shape.inHeight, shape.outHeight, interpolation, grid};
  const ResizeAxis width{shape.inWidth, shape.outWidth, interpolation, grid};
  Buffer<float> rowSums(rowSize);
  Buffer<Source> columns(shape.outWidth);
  for (const Status status : {rowSums.status(), columns.status()}) {
    if (!status) return status;
  }
  std::fill_n(dx, shape.batch * shape.inHeight * rowSize, 0.0f);
  if (shape.inHeight == 0 || shape.inWidth == 0) return {};
  for (int j = 0; j < shape.outWidth; ++j) columns[j] = width.sourceOf(j);

  for (int image = 0; image < shape.batch; ++image, dx += shape.inHeight * rowSize) {
    for (int i = 0; i < shape.outHeight; ++i) {
      std::fill_n(rowSums.data(), rowSize, 0.0f);
      for (int j = 0; j < shape.outWidth; ++j, dy += channels) addToSource(columns[j], dy, channels, rowSums.data());
      addToSource(height.sourceOf(i), rowSums.data(), rowSize, dx);
    }
  }
  return {};
}

}  // namespace

Status resizeGradient(const ResizeShape& shape, Interpolation interpolation, PixelGrid grid, const float* dy,
                      float* dx) {
  const ptrdiff_t dxSize = ptrdiff_t{shape.inHeight} * shape.inWidth * shape.channels;
  const ptrdiff_t dySize = ptrdiff_t{shape.outHeight} * shape.outWidth * shape.channels;
  // Each value of dy is added to two columns, and each row to two rows.
  const Work work = workOfBytes(double{sizeof(float)} * shape.batch * static_cast<double>(2 * dxSize + 3 * dySize));
  return parallelFor(shape.batch, 1, work, [&](ptrdiff_t first, ptrdiff_t end) {
    ResizeShape part = shape;
    part.batch = static_cast<int>(end - first);
    return resizeGradientOfImages(part, interpolation, grid, dy + first * dySize, dx + first * dxSize);
  });
}

}  // namespace depthwise
