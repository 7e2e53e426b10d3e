#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <string>
#include <vector>

#include "support/convolution.h"
#include "support/oracle.h"
#include "support/random.h"
#include "curves.h"
#include "layer/depthwise_conv2d.h"

/// The layer in float64, from the oracle and the definitions of the activations.
namespace depthwise {

using Floats = std::vector<float>;
using Doubles = std::vector<double>;

inline constexpr std::array<Activation, 16> kLayerActivations{
    Activation::kLinear, Activation::kRelu,    Activation::kRelu6,       Activation::kElu,
    Activation::kGelu,   Activation::kGeluNew, Activation::kHardSigmoid, Activation::kLogSoftmax,
    Activation::kMish,   Activation::kSelu,    Activation::kSigmoid,     Activation::kSoftmax,
    Activation::kSwish,  Activation::kTanh,    Activation::kSoftplus,    Activation::kSoftsign};

inline NumberList listOf(const Shape& shape) {
  return {{double(shape[0]), double(shape[1]), double(shape[2]), double(shape[3])}, 4};
}

/// What a layer of `config` computes for an x of n images [height, width, channels] in whatever layout.
inline Convolution convolutionOf(const LayerConfig& c, int n, int height, int width, int channels) {
  Convolution convolution(
      {double(n), double(height), double(width), double(channels)},
      {double(c.kernelSize[0]), double(c.kernelSize[1]), double(channels), double(c.depthMultiplier)});
  convolution.strides(c.strides[0], c.strides[1]).dilations(c.dilationRate[0], c.dilationRate[1]);
  if (c.padding == LayerConfig::Padding::kSame) convolution.same();
  if (c.layout == Layout::kNchw) convolution.nchw();
  return convolution;
}

inline void activateReference(Activation activation, std::span<double> values, size_t length) {
  if (isElementwise(activation)) {
    for (double& z : values) {
      z = activation == Activation::kLinear  ? z
          : activation == Activation::kRelu  ? std::max(z, 0.0)
          : activation == Activation::kRelu6 ? std::clamp(z, 0.0, 6.0)
                                             : defined<double>(activation, z);
    }
    return;
  }
  for (size_t row = 0; row < values.size(); row += length) {
    double sum = 0;
    for (size_t i = 0; i < length; ++i) sum += std::exp(values[row + i]);
    for (size_t i = 0; i < length; ++i) {
      double& z = values[row + i];
      z = activation == Activation::kSoftmax ? std::exp(z) / sum : z - std::log(sum);
    }
  }
}

/// y; `bias` may be empty.
inline Doubles callReference(const LayerConfig& c, const Geometry& g, std::span<const float> x,
                             std::span<const float> kernel, std::span<const float> bias) {
  Doubles y = oracle::forward(g, x, kernel).values;
  const size_t pixels = static_cast<size_t>(g.height.out) * static_cast<size_t>(g.width.out);
  for (size_t i = 0; i < y.size() && !bias.empty(); ++i) {
    y[i] += bias[(g.layout == Layout::kNhwc ? i : i / pixels) % bias.size()];
  }
  activateReference(c.activation, y, static_cast<size_t>(g.yShape()[3]));
  return y;
}

inline double penaltyReference(const std::optional<Regularizer>& regularizer, const auto& values) {
  double sum = 0;
  for (const double value : values) {
    if (regularizer) sum += regularizer->l1 * std::abs(value) + regularizer->l2 * value * value;
  }
  return sum;
}

}  // namespace depthwise
