#include "nn/pooling.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "nn/channel_rows.h"

namespace depthwise {
namespace {

/// What a window covers of an axis: input first + i·dilation, for i below count.
struct Cover {
  int64_t first, count;
};

Cover coverOf(const Axis& axis, int64_t out) {
  const int64_t corner = out * axis.stride - axis.padBefore;
  const int64_t skipped = corner < 0 ? (axis.dilation - 1 - corner) / axis.dilation : 0;  // taps in the padding
  const int64_t first = corner + skipped * axis.dilation;
  const int64_t fitting = first < axis.in ? (axis.in - 1 - first) / axis.dilation + 1 : 0;
  return {first, std::max<int64_t>(0, std::min(axis.taps - skipped, fitting))};
}

/// Four channels of a window: their largest values, and the pixels of the image where these are. The pixels are held as
/// the bits of floats, to be chosen by the comparison of the values: whole numbers up to 2^30 are bits of finite
/// floats.
class Largest {
 public:
  DEPTHWISE_INLINE void meet(f32x4 values, int32_t pixel) {
    pixels_ = ifLessThenElse(values_, values, splat(std::bit_cast<float>(pixel)), pixels_);
    values_ = ifLessThenElse(values_, values, values, values_);
  }

  /// Adds dy of the window to these pixels of an image.
  DEPTHWISE_INLINE void addTo(float* image, size_t pitch, const float* dy, size_t lanes) const {
    float pixels[4];
    store(pixels, pixels_);
    for (size_t lane = 0; lane < lanes; ++lane) {
      const int32_t pixel = std::bit_cast<int32_t>(pixels[lane]);
      if (pixel != kNone) image[static_cast<size_t>(pixel) * pitch + lane] += dy[lane];
    }
  }

 private:
  static constexpr int32_t kNone = 1 << 30;

  f32x4 values_ = splat(-std::numeric_limits<float>::infinity());
  f32x4 pixels_ = splat(std::bit_cast<float>(kNone));
};

}  // namespace

void maxPoolGradient(const PoolGeometry& g, const float* x, const float* dy, float* dx) {
  const size_t channels = static_cast<size_t>(g.channels);
  const size_t imageSize = static_cast<size_t>(g.height.in) * static_cast<size_t>(g.width.in) * channels;
  for (int32_t image = 0; image < g.batch; ++image, x += imageSize, dx += imageSize) {
    std::fill_n(dx, imageSize, 0.0f);
    for (int32_t row = 0; row < g.height.out; ++row) {
      const Cover rows = coverOf(g.height, row);
      for (int32_t column = 0; column < g.width.out; ++column, dy += channels) {
        const Cover columns = coverOf(g.width, column);
        forEachFourLanes(channels, [&](auto some, size_t first) {
          Largest largest;
          for (int64_t i = 0; i < rows.count; ++i) {
            const int64_t line = (rows.first + i * g.height.dilation) * g.width.in + columns.first;
            for (int64_t j = 0; j < columns.count; ++j) {
              const int64_t pixel = line + j * g.width.dilation;
              largest.meet(some.load(x + static_cast<size_t>(pixel) * channels + first), static_cast<int32_t>(pixel));
            }
          }
          largest.addTo(dx + first, channels, dy + first, some.count);
        });
      }
    }
  }
}

}  // namespace depthwise
