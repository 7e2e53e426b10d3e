#include "nn/batch_norm.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "nn/channel_rows.h"

namespace depthwise {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

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

/// The normalizations of all channels of a tensor [pixels, channels].
class PixelNormalizations {
 public:
  PixelNormalizations(const BatchNorm& norm, const ChannelRows& rows)
      : low_(splat(norm.low)), high_(splat(norm.high)), values_(rows) {
    if (!values_.status()) return;
    values_.setAll([&](int channel) {
      return std::array{-norm.mean[channel], factorOf(norm, channel), offsetOf(norm, channel)};
    });
  }

  Status status() const { return values_.status(); }

  /// Returns a function that returns the normalizations at an offset in a row. The function contains the addresses and
  /// the limits, so that they stay in registers.
  auto ofRow() const {
    return [minusMeans = values_.row(0), factors = values_.row(1), offsets = values_.row(2), low = low_,
            high = high_](auto inRow) {
      return Normalization{load(minusMeans + inRow), load(factors + inRow), load(offsets + inRow), low, high};
    };
  }

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
  forEachVector(rows, 2, [x, y, ofRow = normalizations.ofRow()](auto inRow) {
    return [x, y, normalized = ofRow(inRow)](auto vector, auto at) {
      vector.store(y + at, normalized(vector.load(x + at)));
    };
  });
  return {};
}

/// Computes the sums of dy and of dy·(x − mean) per channel, and dx = dy·factor, where dy is 0 if the limits do not let
/// it pass.
template <bool limited>
void sumGradients(const PixelNormalizations& normalizations, const float* x, const float* dy, float* dx,
                  ChannelSums<2>& sums) {
  sums.compute([x, dy, dx, ofRow = normalizations.ofRow()](auto inRow) {
    return [x, dy, dx, norm = ofRow(inRow)](auto vector, auto at) {
      const f32x4 xs = vector.load(x + at), all = vector.load(dy + at);
      const f32x4 gradient = limited ? norm.passing(xs, all) : all;
      vector.store(dx + at, mul(gradient, norm.factor));
      return ChannelSums<2>::Terms{gradient, mul(gradient, norm.centered(xs))};
    };
  });
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
  sumGradients<false>(normalizations, x, dy, gradients.dx, sums);
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
                    [&](auto vector, auto at) { vector.store(y + at, normalized(vector.load(x + at))); });
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
      sums.compute([&](auto) {
        return [&](auto vector, auto at) {
          const f32x4 gradient = vector.load(dy + first + at);
          vector.store(gradients.dx + first + at, mul(gradient, normalization.factor));
          return ChannelSums<2>::Terms{gradient, mul(gradient, normalization.centered(vector.load(x + first + at)))};
        };
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
  double mean = 0, squares = 0;  ///< squares: the sum of the squared distances from the mean

  /// Adds a block of `size` values to `count` values, given the sums of x − shift and of (x − shift)². No digits are
  /// lost if the shift is the mean of the values before: its distance from the mean of this block is part of the
  /// variance.
  void addBlock(double count, double size, double shift, double sum, double sumOfSquares) {
    const double sizeShare = size / (count + size), blockMean = sum * (1 / size);
    const double distance = shift + blockMean - mean;
    mean += distance * sizeShare;
    squares += std::max(0.0, sumOfSquares - sum * blockMean) + distance * distance * (count * sizeShare);
  }
};

}  // namespace

void foldBatchNorm(const BatchNorm& norm, const float* bias, int channels, float* factors, float* newBias) {
  for (int channel = 0; channel < channels; ++channel) {
    const double factor = scaleOf(norm, channel) * reciprocalDeviation(norm, channel);
    const double centeredBias = (bias ? double{bias[channel]} : 0.0) - double{norm.mean[channel]};
    factors[channel] = static_cast<float>(factor);
    newBias[channel] = static_cast<float>(centeredBias * factor + double{offsetOf(norm, channel)});
  }
}

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
  const ChannelRows rows(pixels, channels);
  ChannelSums<2> sums(rows);
  ChannelValues<1> minusShifts(rows);
  Buffer<RunningMoments> moments(channels);
  for (const Status status : {sums.status(), minusShifts.status(), moments.status()}) {
    if (!status) return status;
  }
  const auto pixelsBefore = [&](int row) { return row > rows.rows() ? pixels : row * rows.pixelsPerRow(); };
  const auto compute = [&](int row, int end) {
    sums.compute(row, end, [x, minusShift = minusShifts.row(0)](auto inRow) {
      return [x, shift = load(minusShift + inRow)](auto vector, auto at) {
        const f32x4 shifted = add(vector.load(x + at), shift);
        return ChannelSums<2>::Terms{shifted, mul(shifted, shifted)};
      };
    });
  };
  // The shift of the first block is the mean of its first pixels. Each block ends after four times as many rows as the
  // block before: then the squared distance of the shift from the mean is a few times the variance at most.
  const int allRows = rows.rows() + 1, firstRows = std::min(4, allRows);
  minusShifts.setAll([](int) { return std::array{0.0f}; });
  compute(0, firstRows);
  for (int channel = 0; channel < channels; ++channel) {
    moments[channel] = {.mean = sums.sum(0, channel) / pixelsBefore(firstRows)};
  }
  for (int row = 0, end = 60; row < allRows; row = end, end *= 4) {
    end = std::min(end, allRows);
    minusShifts.setAll([&](int channel) { return std::array{static_cast<float>(-moments[channel].mean)}; });
    compute(row, end);
    const double count = pixelsBefore(row), size = pixelsBefore(end) - pixelsBefore(row);
    if (size == 0) break;
    for (int channel = 0; channel < channels; ++channel) {
      moments[channel].addBlock(count, size, -minusShifts.row(0)[channel], sums.sum(0, channel), sums.sum(1, channel));
    }
  }
  for (int channel = 0; channel < channels; ++channel) {
    // Without values, both are NaN.
    mean[channel] = static_cast<float>(moments[channel].mean);
    variance[channel] = static_cast<float>(moments[channel].squares / pixels);
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
  float* const dx = gradients.dx;
  const bool isLimited = norm.low > -kInfinity || norm.high < kInfinity;
  (isLimited ? sumGradients<true> : sumGradients<false>)(normalizations, x, dy, dx, sums);
  values.setAll([&](int channel) {
    const double r = reciprocalDeviation(norm, channel), perPixel = -scaleOf(norm, channel) * r / pixels;
    // The limits do not let the dy of a NaN pass. Adding 0·NaN makes the gradient NaN, as without limits.
    const double dScale = r * sums.sum(1, channel), dOffset = sums.sum(0, channel) + 0 * dScale;
    if (gradients.dScale) gradients.dScale[channel] = static_cast<float>(dScale);
    if (gradients.dOffset) gradients.dOffset[channel] = static_cast<float>(dOffset);
    return std::array{-norm.mean[channel], static_cast<float>(perPixel * r * dScale),
                      static_cast<float>(perPixel * dOffset)};
  });
  // So far, dx is scale·r·dy. What remains of the formula: two sums, multiplied by constants of the channel.
  constexpr bool kIsInPlace = true;
  forEachVector(
      rows, 3,
      [x, dx, minusMeans = values.row(0), xFactors = values.row(1), constants = values.row(2)](auto inRow) {
        return [x, dx, minusMean = load(minusMeans + inRow), xFactor = load(xFactors + inRow),
                constant = load(constants + inRow)](auto vector, auto at) {
          const f32x4 centered = add(vector.load(x + at), minusMean);
          vector.store(dx + at, add(add(vector.load(dx + at), mul(centered, xFactor)), constant));
        };
      },
      kIsInPlace);
  return {};
}

}  // namespace depthwise
