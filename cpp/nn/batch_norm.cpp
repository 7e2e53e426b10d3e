#include "nn/batch_norm.h"

#include <cmath>

#include "nn/channel_rows.h"

namespace depthwise {
namespace {

double scaleOf(const BatchNorm& norm, int channel) { return norm.scale ? double{norm.scale[channel]} : 1.0; }

/// 1 / √(variance + epsilon)
double reciprocalDeviation(const BatchNorm& norm, int channel) {
  return 1 / std::sqrt(double{norm.variance[channel]} + double{norm.epsilon});
}

}  // namespace

Status batchNorm(const BatchNorm& norm, const float* x, int pixels, int channels, float* y) {
  const ChannelRows rows(pixels, channels);
  ChannelValues<3> values(rows);
  if (!values.status()) return values.status();
  for (int channel = 0; channel < channels; ++channel) {
    values.set(0, channel, -norm.mean[channel]);
    values.set(1, channel, static_cast<float>(scaleOf(norm, channel) * reciprocalDeviation(norm, channel)));
    values.set(2, channel, norm.offset ? norm.offset[channel] : 0);
  }
  const float* const minusMean = values.row(0);
  const float* const factor = values.row(1);
  const float* const offset = values.row(2);
  forEachVector(rows, [&](auto vector, ptrdiff_t at, ptrdiff_t inRow) {
    // Subtract the mean first: values that are close together and far from 0 lose no digits.
    const f32x4 centered = add(vector.load(x + at), load(minusMean + inRow));
    vector.store(y + at, add(mul(centered, load(factor + inRow)), load(offset + inRow)));
  });
  return {};
}

Status batchNormGradient(const BatchNorm& norm, const float* x, const float* dy, int pixels, int channels,
                         const BatchNormGradients& gradients) {
  const ChannelRows rows(pixels, channels);
  ChannelValues<2> values(rows);
  ChannelSums<2> sums(rows);
  for (const Status status : {values.status(), sums.status()}) {
    if (!status) return status;
  }
  for (int channel = 0; channel < channels; ++channel) {
    values.set(0, channel, -norm.mean[channel]);
    values.set(1, channel, static_cast<float>(scaleOf(norm, channel) * reciprocalDeviation(norm, channel)));
  }

  const float* const minusMean = values.row(0);
  const float* const factor = values.row(1);
  float* const dx = gradients.dx;
  sums.compute([&](auto vector, ptrdiff_t at, ptrdiff_t inRow) {
    const f32x4 gradient = vector.load(dy + at);
    const f32x4 centered = add(vector.load(x + at), load(minusMean + inRow));
    vector.store(dx + at, mul(gradient, load(factor + inRow)));
    return ChannelSums<2>::Terms{gradient, mul(gradient, centered)};
  });

  for (int channel = 0; channel < channels; ++channel) {
    const double r = reciprocalDeviation(norm, channel), scale = scaleOf(norm, channel);
    const double dOffset = sums.sum(0, channel), dScale = r * sums.sum(1, channel);
    gradients.dOffset[channel] = static_cast<float>(dOffset);
    gradients.dScale[channel] = static_cast<float>(dScale);
    gradients.dMean[channel] = static_cast<float>(-scale * r * dOffset);
    gradients.dVariance[channel] = static_cast<float>(-0.5 * scale * r * r * dScale);
  }
  return {};
}

}  // namespace depthwise
