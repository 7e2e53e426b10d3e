#include "batch_norm.h"

#include <cmath>

#include "channel_rows.h"

namespace depthwise {

Status batchNorm(const BatchNorm& norm, const float* x, size_t pixels, size_t channels, float* y) {
  const ChannelRows rows(pixels, channels);
  ChannelValues<3> values(rows);
  if (!values.status()) return values.status();
  for (size_t channel = 0; channel < channels; ++channel) {
    const double scale = norm.scale ? double{norm.scale[channel]} : 1.0;
    values.set(0, channel, -norm.mean[channel]);
    values.set(1, channel,
               static_cast<float>(scale / std::sqrt(double{norm.variance[channel]} + double{norm.epsilon})));
    values.set(2, channel, norm.offset ? norm.offset[channel] : 0);
  }
  const float* const minusMean = values.of(0);
  const float* const factor = values.of(1);
  const float* const offset = values.of(2);
  forEachFourLanes(rows, [&](auto some, size_t at, size_t lane) {
    // The mean first: of numbers that lie close together, far from 0, nothing is lost.
    const f32x4 distance = add(some.load(x + at), load(minusMean + lane));
    some.store(y + at, add(mul(distance, load(factor + lane)), load(offset + lane)));
  });
  return {};
}

}  // namespace depthwise
