#include "nn/batch_norm.h"

#include <algorithm>
#include <cmath>

#include "nn/channel_rows.h"

namespace depthwise {
namespace {

double scaleOf(const BatchNorm& norm, int channel) { return norm.scale ? double{norm.scale[channel]} : 1.0; }

/// 1 / √(variance + epsilon)
double reciprocalDeviation(const BatchNorm& norm, int channel) {
  return 1 / std::sqrt(double{norm.variance[channel]} + double{norm.epsilon});
}

/// Returns the factor of a channel.
float factorOf(const BatchNorm& norm, int channel) {
  return static_cast<float>(scaleOf(norm, channel) * reciprocalDeviation(norm, channel));
}

float offsetOf(const BatchNorm& norm, int channel) { return norm.offset ? norm.offset[channel] : 0; }

/// The parameters of four channels, or four times those of one channel.
struct Normalization {
  f32x4 minusMean, factor, offset, low, high;

  DEPTHWISE_INLINE f32x4 centered(f32x4 x) const { return add(x, minusMean); }
  /// Subtracts the mean first: values that are close together and far from 0 lose no digits.
  DEPTHWISE_INLINE f32x4 unlimited(f32x4 x) const { return add(mul(centered(x), factor), offset); }
  DEPTHWISE_INLINE f32x4 operator()(f32x4 x) const { return min(max(unlimited(x), low), high); }
  /// Returns dy where the limits let it pass, otherwise 0.
  DEPTHWISE_INLINE f32x4 passing(f32x4 x, f32x4 dy) const {
    const f32x4 y = unlimited(x);
    return ifThenElseZero(less(low, y), ifThenZeroElse(less(high, y), dy));
  }
};

/// The normalizations of the channels in a row. Loops capture it by value, so that the addresses stay in registers.
struct RowNormalizations {
  const float* minusMean;
  const float* factor;
  const float* offset;
  f32x4 low, high;

  DEPTHWISE_INLINE Normalization at(ptrdiff_t inRow) const {
    return {load(minusMean + inRow), load(factor + inRow), load(offset + inRow), low, high};
  }
};

/// The normalizations of all channels of a tensor [pixels, channels].
class PixelNormalizations {
 public:
  PixelNormalizations(const BatchNorm& norm, const ChannelRows& rows)
      : low_(splat(norm.low)), high_(splat(norm.high)), values_(rows) {
    if (!values_.status()) return;
    for (int channel = 0; channel < rows.channels(); ++channel) {
      values_.set(0, channel, -norm.mean[channel]);
      values_.set(1, channel, factorOf(norm, channel));
      values_.set(2, channel, offsetOf(norm, channel));
    }
  }

  Status status() const { return values_.status(); }
  RowNormalizations ofRow() const { return {values_.row(0), values_.row(1), values_.row(2), low_, high_}; }

 private:
  f32x4 low_, high_;
  ChannelValues<3> values_;
};

Normalization planeNormalization(const BatchNorm& norm, int channel) {
  return {splat(-norm.mean[channel]), splat(factorOf(norm, channel)), splat(offsetOf(norm, channel)), splat(norm.low),
          splat(norm.high)};
}

/// The sums from which the gradients of a channel's parameters follow.
struct ChannelTotals {
  double dy, dyTimesCentered;
};

[[gnu::noinline]] void writeGradients(const BatchNorm& norm, int channel, const ChannelTotals& totals,
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
  const PixelNormalizations normalizations(norm, rows);
  if (!normalizations.status()) return normalizations.status();
  forEachVector(rows, [x, y, ofRow = normalizations.ofRow()](ptrdiff_t inRow) {
    return [x, y, normalized = ofRow.at(inRow)](auto vector, ptrdiff_t at) {
      vector.store(y + at, normalized(vector.load(x + at)));
    };
  });
  return {};
}

/// batchNormGradient of a tensor [pixels, channels].
Status differentiatePixels(const BatchNorm& norm, const float* x, const float* dy, int pixels, int channels,
                           const BatchNormGradients& gradients) {
  const ChannelRows rows(pixels, channels);
  const PixelNormalizations normalizations(norm, rows);
  ChannelSums<2> sums(rows);
  for (const Status status : {normalizations.status(), sums.status()}) {
    if (!status) return status;
  }
  float* const dx = gradients.dx;
  sums.compute([x, dy, dx, ofRow = normalizations.ofRow()](auto vector, ptrdiff_t at, ptrdiff_t inRow) {
    const Normalization norm = ofRow.at(inRow);
    const f32x4 gradient = vector.load(dy + at);
    const f32x4 centered = norm.centered(vector.load(x + at));
    vector.store(dx + at, mul(gradient, norm.factor));
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
      const Normalization normalized = planeNormalization(norm, channel);
      forEachVector(ptrdiff_t{shape.inner},
                    [&](auto vector, ptrdiff_t at) { vector.store(y + at, normalized(vector.load(x + at))); });
    }
  }
}

/// batchNormGradient of a tensor [outer, channels, inner].
Status differentiatePlanes(const BatchNorm& norm, const BatchNormShape& shape, const float* x, const float* dy,
                           const BatchNormGradients& gradients) {
  ChannelSums<2> sums(ChannelRows(shape.inner, 1));  // of one plane
  if (!sums.status()) return sums.status();
  for (int channel = 0; channel < shape.channels; ++channel) {
    const Normalization normalization = planeNormalization(norm, channel);
    ChannelTotals totals{};
    for (int outer = 0; outer < shape.outer; ++outer) {
      const ptrdiff_t first = (ptrdiff_t{outer} * shape.channels + channel) * shape.inner;
      sums.compute([&](auto vector, ptrdiff_t at, ptrdiff_t) {
        const f32x4 gradient = vector.load(dy + first + at);
        vector.store(gradients.dx + first + at, mul(gradient, normalization.factor));
        return ChannelSums<2>::Terms{gradient, mul(gradient, normalization.centered(vector.load(x + first + at)))};
      });
      totals.dy += sums.sum(0, 0);
      totals.dyTimesCentered += sums.sum(1, 0);
    }
    writeGradients(norm, channel, totals, gradients);
  }
  return {};
}

/// The moments of a channel, computed block by block. See Chan, Golub and LeVeque, "Algorithms for computing the sample
/// variance" (1983).
struct RunningMoments {
  double count = 0, mean = 0, squares = 0;  ///< squares: the sum of the squared distances from the mean

  /// Adds a block of `size` values, given the sums of x − shift and of (x − shift)². No digits are lost if the shift is
  /// the mean of the blocks before: its distance from the mean of this block is part of the variance.
  [[gnu::noinline]] void addBlock(double size, double shift, double sum, double sumOfSquares) {
    const double distance = shift + sum / size - mean, total = count + size;
    mean += distance * size / total;
    squares += std::max(0.0, sumOfSquares - sum * sum / size) + distance * distance * count * size / total;
    count = total;
  }
};

/// dx = dyFactor·dy + xFactor·(x − mean) + constant, where dy is 0 if the limits do not let it pass.
struct TrainingGradient {
  float dyFactor, xFactor, constant;
};

/// Writes the gradients of the scale and the offset, and returns how dx is computed from dy and x.
[[gnu::noinline]] TrainingGradient finishTotals(const BatchNorm& norm, int channel, const ChannelTotals& totals,
                                                double count, const BatchNormTrainingGradients& gradients) {
  const double r = reciprocalDeviation(norm, channel), scale = scaleOf(norm, channel);
  // The limits do not let the dy of a NaN pass. Adding 0·NaN makes the gradient NaN, as without limits.
  const double dScale = r * totals.dyTimesCentered, dOffset = totals.dy + 0 * dScale;
  if (gradients.dScale) gradients.dScale[channel] = static_cast<float>(dScale);
  if (gradients.dOffset) gradients.dOffset[channel] = static_cast<float>(dOffset);
  return {static_cast<float>(scale * r), static_cast<float>(-scale * r * r * dScale / count),
          static_cast<float>(-scale * r * dOffset / count)};
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

Status batchMoments(int pixels, int channels, const float* x, float* mean, float* variance) {
  const int pixelsPerRow = ChannelRows(pixels, channels).pixelsPerRow();
  const int blockSize = 64 * pixelsPerRow, firstSize = std::min(4 * pixelsPerRow, pixels);
  const ChannelRows block(blockSize, channels), last(pixels % blockSize, channels), first(firstSize, channels);
  ChannelSums<2> blockSums(block), lastSums(last), firstSums(first);
  ChannelValues<1> minusShifts(block);  // 0 at first
  Buffer<RunningMoments> moments(channels);
  for (const Status status :
       {blockSums.status(), lastSums.status(), firstSums.status(), minusShifts.status(), moments.status()}) {
    if (!status) return status;
  }
  const auto compute = [&](ChannelSums<2> & sums, const float* from) __attribute__((noinline)) {
    sums.compute([&](auto vector, ptrdiff_t at, ptrdiff_t inRow) {
      const f32x4 shifted = add(vector.load(from + at), load(minusShifts.row(0) + inRow));
      return ChannelSums<2>::Terms{shifted, mul(shifted, shifted)};
    });
  };
  compute(firstSums, x);
  for (int channel = 0; channel < channels; ++channel) {
    // The shift of the first block is the mean of its first pixels.
    moments[channel] = {.mean = pixels > 0 ? firstSums.sum(0, channel) / firstSize : 0};
  }
  for (int pixel = 0; pixel < pixels; pixel += blockSize) {
    const int size = std::min(blockSize, pixels - pixel);
    ChannelSums<2>& sums = size == blockSize ? blockSums : lastSums;
    for (int channel = 0; channel < channels; ++channel) {
      minusShifts.set(0, channel, static_cast<float>(-moments[channel].mean));
    }
    compute(sums, x + ptrdiff_t{pixel} * channels);
    for (int channel = 0; channel < channels; ++channel) {
      moments[channel].addBlock(size, -minusShifts.row(0)[channel], sums.sum(0, channel), sums.sum(1, channel));
    }
  }
  for (int channel = 0; channel < channels; ++channel) {
    // Without values, both are NaN.
    mean[channel] = static_cast<float>(moments[channel].mean + 0 / moments[channel].count);
    variance[channel] = static_cast<float>(moments[channel].squares / moments[channel].count);
  }
  return {};
}

void moveAverages(const float* averages, const float* values, int size, float decay, float* moved) {
  for (int i = 0; i < size; ++i) moved[i] = averages[i] - (averages[i] - values[i]) * decay;
}

Status batchNormTrainingGradient(const BatchNorm& norm, int pixels, int channels, const float* x, const float* dy,
                                 const BatchNormTrainingGradients& gradients) {
  const ChannelRows rows(pixels, channels);
  const PixelNormalizations normalizations(norm, rows);
  ChannelSums<2> sums(rows);
  ChannelValues<3> values(rows);
  for (const Status status : {normalizations.status(), sums.status(), values.status()}) {
    if (!status) return status;
  }
  sums.compute([x, dy, ofRow = normalizations.ofRow()](auto vector, ptrdiff_t at, ptrdiff_t inRow) {
    const Normalization normalization = ofRow.at(inRow);
    const f32x4 xs = vector.load(x + at), passing = normalization.passing(xs, vector.load(dy + at));
    return ChannelSums<2>::Terms{passing, mul(passing, normalization.centered(xs))};
  });
  for (int channel = 0; channel < channels; ++channel) {
    const ChannelTotals totals{sums.sum(0, channel), sums.sum(1, channel)};
    const TrainingGradient gradient = finishTotals(norm, channel, totals, pixels, gradients);
    values.set(0, channel, gradient.dyFactor);
    values.set(1, channel, gradient.xFactor);
    values.set(2, channel, gradient.constant);
  }
  forEachVector(rows, [&, ofRow = normalizations.ofRow()](ptrdiff_t inRow) {
    return [x, dy, dx = gradients.dx, normalization = ofRow.at(inRow), dyFactor = load(values.row(0) + inRow),
            xFactor = load(values.row(1) + inRow), constant = load(values.row(2) + inRow)](auto vector, ptrdiff_t at) {
      const f32x4 xs = vector.load(x + at);
      const f32x4 passing = normalization.passing(xs, vector.load(dy + at));
      vector.store(dx + at, add(add(mul(passing, dyFactor), mul(normalization.centered(xs), xFactor)), constant));
    };
  });
  return {};
}

}  // namespace depthwise
