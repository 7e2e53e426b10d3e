#include "nn/pooling.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "nn/channel_rows.h"

namespace depthwise {
namespace {

/// The inputs of an axis that a window reads: first + i·dilation for i < count.
struct ClippedWindow {
  int64_t first;
  int count;
};

/// Returns the inputs of window `out` that are inside the image.
ClippedWindow clipWindow(const Axis& axis, int out) {
  const int64_t start = int64_t{out} * axis.stride - axis.padBefore;
  const int64_t clippedTaps = start < 0 ? (axis.dilation - 1 - start) / axis.dilation : 0;
  const int64_t first = start + clippedTaps * axis.dilation;
  const int64_t tapsToEnd = first < axis.in ? (axis.in - 1 - first) / axis.dilation + 1 : 0;
  return {first, static_cast<int>(std::max<int64_t>(0, std::min(axis.taps - clippedTaps, tapsToEnd)))};
}

/// The maximum of a window and its pixel, for four channels. Pixels are stored as the bits of floats, so that the
/// comparison of the values selects them too. Integers up to 2^30 are the bits of finite floats.
class ArgMax {
 public:
  DEPTHWISE_INLINE void update(f32x4 values, int pixel) {
    pixels_ = ifLessThenElse(values_, values, splat(std::bit_cast<float>(pixel)), pixels_);
    values_ = ifLessThenElse(values_, values, values, values_);
  }

  /// Adds dy of the window to the pixels of the maxima.
  DEPTHWISE_INLINE void scatter(const float* dy, int channels, float* image, ptrdiff_t pixelStride) const {
    float pixels[4];
    store(pixels, pixels_);
    for (int channel = 0; channel < channels; ++channel) {
      const int pixel = std::bit_cast<int>(pixels[channel]);
      if (pixel != kNone) image[pixel * pixelStride + channel] += dy[channel];
    }
  }

 private:
  static constexpr int kNone = 1 << 30;  // more than the number of any pixel

  f32x4 values_ = splat(-std::numeric_limits<float>::infinity());
  f32x4 pixels_ = splat(std::bit_cast<float>(kNone));
};

}  // namespace

void maxPoolGradient(const PoolGeometry& g, const float* x, const float* dy, float* dx) {
  const ptrdiff_t channels = g.channels, imageSize = channels * g.height.in * g.width.in;
  for (int image = 0; image < g.batch; ++image, x += imageSize, dx += imageSize) {
    std::fill_n(dx, imageSize, 0.0f);
    for (int row = 0; row < g.height.out; ++row) {
      const ClippedWindow rows = clipWindow(g.height, row);
      for (int column = 0; column < g.width.out; ++column, dy += channels) {
        const ClippedWindow columns = clipWindow(g.width, column);
        forEachVector(channels, [&](auto vector, ptrdiff_t channel) {
          ArgMax max;
          for (int i = 0; i < rows.count; ++i) {
            const int64_t firstPixel = (rows.first + int64_t{i} * g.height.dilation) * g.width.in + columns.first;
            for (int j = 0; j < columns.count; ++j) {
              const int pixel = static_cast<int>(firstPixel + int64_t{j} * g.width.dilation);
              max.update(vector.load(x + pixel * channels + channel), pixel);
            }
          }
          max.scatter(dy + channel, vector.count, dx + channel, channels);
        });
      }
    }
  }
}

}  // namespace depthwise
