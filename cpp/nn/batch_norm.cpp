#include "nn/batch_norm.h"

#include <cmath>

#include "nn/channel_rows.h"

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

Status batchNormGradient(const BatchNorm& norm, const float* x, const float* dy, size_t pixels, size_t channels,
                         const BatchNormGradients& to) {
  const ChannelRows rows(pixels, channels);
  ChannelValues<2> values(rows);
  ChannelSums<2> sums(rows);
  for (const Status status : {values.status(), sums.status()}) {
    if (!status) return status;
  }
  const auto scale = [&](size_t channel) { return norm.scale ? double{norm.scale[channel]} : 1.0; };
  const auto reciprocal = [&](size_t channel) {
    return 1 / std::sqrt(double{norm.variance[channel]} + double{norm.epsilon});
  };
  for (size_t channel = 0; channel < channels; ++channel) {
    values.set(0, channel, -norm.mean[channel]);
    values.set(1, channel, static_cast<float>(scale(channel) * reciprocal(channel)));
  }

  const float* const minusMean = values.of(0);
  const float* const factor = values.of(1);
  float* const dx = to.dx;
  sums.take([&](auto some, size_t at, size_t lane) {
    const f32x4 gradient = some.load(dy + at);
    const f32x4 distance = add(some.load(x + at), load(minusMean + lane));
    some.store(dx + at, mul(gradient, load(factor + lane)));
    return ChannelSums<2>::Terms{gradient, mul(gradient, distance)};
  });

  for (size_t channel = 0; channel < channels; ++channel) {
    const double r = reciprocal(channel), dOffset = sums.sum(0, channel), dScale = r * sums.sum(1, channel);
    to.dOffset[channel] = static_cast<float>(dOffset);
    to.dScale[channel] = static_cast<float>(dScale);
    to.dMean[channel] = static_cast<float>(-scale(channel) * r * dOffset);
    to.dVariance[channel] = static_cast<float>(-0.5 * scale(channel) * r * r * dScale);
  }
  return {};
}

}  // namespace depthwise
