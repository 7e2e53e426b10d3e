#pragma once

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cmath>
#include <span>
#include <vector>

#include "../nn/curves.h"
#include "depthwise/layer.h"
#include "support/oracle.h"
#include "support/random.h"

/// The layer in float64 from its definition, and layers with weights that a test knows.
namespace depthwise {

using Floats = std::vector<float>;
using Doubles = std::vector<double>;

inline constexpr std::array<Activation, 16> kLayerActivations{
    Activation::kLinear, Activation::kRelu,    Activation::kRelu6,       Activation::kElu,
    Activation::kGelu,   Activation::kGeluNew, Activation::kHardSigmoid, Activation::kLogSoftmax,
    Activation::kMish,   Activation::kSelu,    Activation::kSigmoid,     Activation::kSoftmax,
    Activation::kSwish,  Activation::kTanh,    Activation::kSoftplus,    Activation::kSoftsign};

inline size_t countOf(const Shape& shape) { return static_cast<size_t>(elementCount(shape)); }

/// Returns the geometry of a layer for images [height, width, channels] in the layout of the layer.
inline Geometry geometryOf(const LayerConfig& c, int64_t batch, int64_t height, int64_t width, int64_t channels) {
  const Result<Geometry> geometry =
      makeGeometry({.x = imageShape(c.layout, batch, height, width, channels),
                    .filter = {c.kernelSize[0], c.kernelSize[1], channels, c.depthMultiplier},
                    .strides = c.strides,
                    .dilations = c.dilationRate,
                    .padding = {.kind = c.padding},
                    .layout = c.layout});
  REQUIRE(geometry);
  return *geometry;
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

/// Returns y. The bias may be empty.
inline Doubles callReference(const LayerConfig& c, const Geometry& g, std::span<const float> x,
                             std::span<const float> kernel, std::span<const float> bias) {
  Doubles y = oracle::forward(g, x, kernel).values;
  const size_t pixels = size_t(g.height.out) * size_t(g.width.out);
  for (size_t i = 0; i < y.size() && !bias.empty(); ++i) {
    y[i] += bias[(g.layout == Layout::kNhwc ? i : i / pixels) % bias.size()];
  }
  activateReference(c.activation, y, size_t(g.yShape()[3]));
  return y;
}

inline double penaltyReference(const Regularizer& regularizer, const auto& values) {
  double sum = 0;
  for (const double value : values) sum += regularizer.l1 * std::abs(value) + regularizer.l2 * value * value;
  return sum;
}

inline std::span<float> valuesOf(const Weight& weight) { return {weight.values, size_t(weight.size)}; }
inline Floats copyOf(const Weight& weight) { return {weight.values, weight.values + weight.size}; }
inline Floats gradientOf(const Weight& weight) { return {weight.gradient, weight.gradient + weight.size}; }

/// Builds a layer with small integers as weights.
inline void make(DepthwiseConv2D& layer, const LayerConfig& config, const Shape& x, Random& random) {
  REQUIRE_FALSE(layer.create(config));
  REQUIRE_FALSE(layer.build(x, 1));
  for (int i = 0; i < layer.weightCount(); ++i) {
    for (float& value : valuesOf(layer.weight(i))) value = float(random.within(-4, 4));
  }
}

inline Floats biasOf(DepthwiseConv2D& layer) { return layer.weightCount() < 2 ? Floats() : copyOf(layer.weight(1)); }

}  // namespace depthwise
