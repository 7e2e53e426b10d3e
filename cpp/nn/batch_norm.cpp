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

/// What a channel is multiplied by.
float factorOf(const BatchNorm& norm, int channel) {
  return static_cast<float>(scaleOf(norm, channel) * reciprocalDeviation(norm, channel));
}

float offsetOf(const BatchNorm& norm, int channel) { return norm.offset ? norm.offset[channel] : 0; }

/// Subtracts the mean first: values that are close together and far from 0 lose no digits.
DEPTHWISE_INLINE f32x4 normalized(f32x4 x, f32x4 minusMean, f32x4 factor, f32x4 offset) {
  return add(mul(add(x, minusMean), factor), offset);
}

/// The sums from which the gradients of a channel's parameters follow.
struct ChannelTotals {
  double dy, dyTimesCentered;
};

void writeGradients(const BatchNorm& norm, int channel, const ChannelTotals& totals,
                    const BatchNormGradients& gradients) {
  const double r = reciprocalDeviation(norm, channel), scale = scaleOf(norm, channel);
  const double dOffset = totals.dy, dScale = r * totals.dyTimesCentered;
  gradients.dOffset[channel] = static_cast<float>(dOffset);
  gradients.dScale[channel] = static_cast<float>(dScale);
  gradients.dMean[channel] = static_cast<float>(-scale * r * dOffset);
  gradients.dVariance[channel] = static_cast<float>(-0.5 * scale * r * r * dScale);
}

/// batchNorm of a tensor [pixels, channels].
Status normalizePixels(const BatchNorm& norm, const float* x, int pixels, int channels, float* y) {
  const ChannelRows rows(pixels, channels);
  ChannelValues<3> values(rows);
  if (!values.status()) return values.status();
  for (int channel = 0; channel < channels; ++channel) {
    values.set(0, channel, -norm.mean[channel]);
    values.set(1, channel, factorOf(norm, channel));
    values.set(2, channel, offsetOf(norm, channel));
  }
  const float* const minusMean = values.row(0);
  const float* const factor = values.row(1);
  const float* const offset = values.row(2);
  forEachVector(rows, [&](auto vector, ptrdiff_t at, ptrdiff_t inRow) {
    vector.store(y + at,
                 normalized(vector.load(x + at), load(minusMean + inRow), load(factor + inRow), load(offset + inRow)));
  });
  return {};
}

/// batchNormGradient of a tensor [pixels, channels].
Status differentiatePixels(const BatchNorm& norm, const float* x, const float* dy, int pixels, int channels,
                           const BatchNormGradients& gradients) {
  const ChannelRows rows(pixels, channels);
  ChannelValues<2> values(rows);
  ChannelSums<2> sums(rows);
  for (const Status status : {values.status(), sums.status()}) {
    if (!status) return status;
  }
  for (int channel = 0; channel < channels; ++channel) {
    values.set(0, channel, -norm.mean[channel]);
    values.set(1, channel, factorOf(norm, channel));
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
    writeGradients(norm, channel, {sums.sum(0, channel), sums.sum(1, channel)}, gradients);
  }
  return {};
}

/// batchNorm of a tensor [outer, channels, inner]: `inner` adjacent elements have the same parameters.
void normalizePlanes(const BatchNorm& norm, const BatchNormShape& shape, const float* x, float* y) {
  for (int outer = 0; outer < shape.outer; ++outer) {
    for (int channel = 0; channel < shape.channels; ++channel, x += shape.inner, y += shape.inner) {
      const f32x4 minusMean = splat(-norm.mean[channel]), factor = splat(factorOf(norm, channel)),
                  offset = splat(offsetOf(norm, channel));
      forEachVector(shape.inner, [&](auto vector, ptrdiff_t at) {
        vector.store(y + at, normalized(vector.load(x + at), minusMean, factor, offset));
      });
    }
  }
}

/// batchNormGradient of a tensor [outer, channels, inner].
Status differentiatePlanes(const BatchNorm& norm, const BatchNormShape& shape, const float* x, const float* dy,
                           const BatchNormGradients& gradients) {
  ChannelSums<2> sums(ChannelRows(shape.inner, 1));  // of one plane
  if (!sums.status()) return sums.status();
  for (int channel = 0; channel < shape.channels; ++channel) {
    const f32x4 minusMean = splat(-norm.mean[channel]), factor = splat(factorOf(norm, channel));
    ChannelTotals totals{};
    for (int outer = 0; outer < shape.outer; ++outer) {
      const ptrdiff_t first = (ptrdiff_t{outer} * shape.channels + channel) * shape.inner;
      sums.compute([&](auto vector, ptrdiff_t at, ptrdiff_t) {
        const f32x4 gradient = vector.load(dy + first + at);
        vector.store(gradients.dx + first + at, mul(gradient, factor));
        return ChannelSums<2>::Terms{gradient, mul(gradient, add(vector.load(x + first + at), minusMean))};
      });
      totals.dy += sums.sum(0, 0);
      totals.dyTimesCentered += sums.sum(1, 0);
    }
    writeGradients(norm, channel, totals, gradients);
  }
  return {};
}

}  // namespace

Status batchNorm(const BatchNorm& norm, const BatchNormShape& shape, const float* x, float* y) {
  if (shape.inner == 1) return normalizePixels(norm, x, shape.outer, shape.channels, y);
  normalizePlanes(norm, shape, x, y);
  return {};
}

Status batchNormGradient(const BatchNorm& norm, const BatchNormShape& shape, const float* x, const float* dy,
                         const BatchNormGradients& gradients) {
  if (shape.inner == 1) return differentiatePixels(norm, x, dy, shape.outer, shape.channels, gradients);
  return differentiatePlanes(norm, shape, x, dy, gradients);
}

}  // namespace depthwise
