#pragma once

#include <catch2/catch.hpp>

#include "layer_reference.h"
#include "refusal.h"

/// Layers with weights that a test can see and compute with.
namespace depthwise {

inline LayerConfig kernelOf(int32_t height, int32_t width) {
  LayerConfig config;
  config.kernelSize = {height, width};
  return config;
}

inline void fillWithIntegers(Random& random, std::span<float> values) {
  for (float& value : values) value = static_cast<float>(random.within(-4, 4));
}

inline std::span<float> valuesOf(const Weight& weight) { return {weight.values, static_cast<size_t>(weight.size)}; }

/// A layer with small integers for weights.
inline void make(DepthwiseConv2D& layer, const LayerConfig& config, const Shape& x, Random& random) {
  REQUIRE(textOf(layer.create(config)) == "");
  REQUIRE(textOf(layer.build(listOf(x), 1)) == "");
  for (int i = 0; i < layer.weightCount(); ++i) fillWithIntegers(random, valuesOf(layer.weight(i)));
}

inline Floats biasOf(const DepthwiseConv2D& layer) {
  if (layer.weightCount() < 2) return {};
  return {valuesOf(layer.weight(1)).begin(), valuesOf(layer.weight(1)).end()};
}

}  // namespace depthwise
