#include "nn/activation.h"

#include <algorithm>
#include <limits>

#include "simd/exponential.h"
#include "simd/f32x4.h"

namespace depthwise {
namespace {

/// Computes min(max(x + bias, low), high), which is linear, relu or relu6. A NaN stays a NaN.
void addAndClamp(const float* bias, const Limits& limits, float* pixel, int channels) {
  const f32x4 lows = load(limits.low), highs = load(limits.high);
  int channel = 0;
  for (; channel + 4 <= channels; channel += 4) {
    f32x4 value = load(pixel + channel);
    if (bias) value = add(value, load(bias + channel));
    store(pixel + channel, min(max(value, lows), highs));
  }
  for (; channel < channels; ++channel) {
    const float value = bias ? pixel[channel] + bias[channel] : pixel[channel];
    pixel[channel] = value < limits.low[0] ? limits.low[0] : limits.high[0] < value ? limits.high[0] : value;
  }
}

/// Computes function(x + bias, channel).
template <class Function>
void addAndMap(const float* bias, float* pixel, int channels, Function&& function) {
  for (int channel = 0; channel < channels; ++channel) {
    pixel[channel] = function(bias ? pixel[channel] + bias[channel] : pixel[channel], channel);
  }
}

/// Computes function(x + bias) for a function of vectors. The last one to three channels are copied to a vector.
template <class Function>
void addAndMapVectors(const float* bias, float* pixel, int channels, Function&& function) {
  int channel = 0;
  for (; channel + 4 <= channels; channel += 4) {
    const f32x4 value = load(pixel + channel);
    store(pixel + channel, function(bias ? add(value, load(bias + channel)) : value));
  }
  if (channel == channels) return;
  float rest[4] = {};
  for (int i = channel; i < channels; ++i) rest[i - channel] = bias ? pixel[i] + bias[i] : pixel[i];
  store(rest, function(load(rest)));
  std::copy_n(rest, channels - channel, pixel + channel);
}

/// x < 0: e^x − 1, else x
f32x4 elu(f32x4 x) {
  const Exponential e(min(x, splat(0)));
  return ifLessThenElse(x, splat(0), add(add(e.power, splat(-1)), e.fraction), x);
}

/// 1 / (1 + e^-x), computed with e^-|x|, which does not overflow. Both ends have the same relative error.
f32x4 sigmoid(f32x4 x) {
  const Exponential e(ifLessThenElse(x, splat(0), x, mul(x, splat(-1))));
  const f32x4 power = add(e.power, e.fraction);
  return divide(ifLessThenElse(x, splat(0), power, splat(1)), add(splat(1), power));
}

void applyToPixel(const Epilogue& e, float* pixel, int channels) {
  if (const Limits* limits = limitsOf(e.elementwise())) return addAndClamp(e.bias, *limits, pixel, channels);
  switch (e.activation) {
    case Activation::kElu:
      return addAndMapVectors(e.bias, pixel, channels, elu);
    case Activation::kLeakyRelu:
      return addAndMap(e.bias, pixel, channels, [&](float x, int) { return x < 0 ? x * e.leakyreluAlpha : x; });
    case Activation::kPrelu:
      return addAndMap(e.bias, pixel, channels,
                       [&](float x, int channel) { return x < 0 ? x * e.preluAlpha[channel] : x; });
    case Activation::kSigmoid:
      return addAndMapVectors(e.bias, pixel, channels, sigmoid);
    default: {
      const Curve curve = curveOf(e.activation);
      return addAndMap(e.bias, pixel, channels, [&](float x, int) { return static_cast<float>(curve.value(x)); });
    }
  }
}

}  // namespace

const Limits* limitsOf(Activation activation) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  static constexpr Limits kLinear{{-kInfinity, -kInfinity, -kInfinity, -kInfinity},
                                  {kInfinity, kInfinity, kInfinity, kInfinity}};
  static constexpr Limits kRelu{{0, 0, 0, 0}, {kInfinity, kInfinity, kInfinity, kInfinity}};
  static constexpr Limits kRelu6{{0, 0, 0, 0}, {6, 6, 6, 6}};
  switch (activation) {
    case Activation::kLinear:
      return &kLinear;
    case Activation::kRelu:
      return &kRelu;
    case Activation::kRelu6:
      return &kRelu6;
    default:
      return nullptr;
  }
}

void applyEpilogue(const Epilogue& epilogue, float* pixel, ptrdiff_t pixelStride, int pixels, int channels) {
  for (; pixels > 0; --pixels, pixel += pixelStride) applyToPixel(epilogue, pixel, channels);
}

}  // namespace depthwise
