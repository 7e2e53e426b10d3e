#pragma once

#include <catch2/catch.hpp>
#include <cmath>
#include <string_view>
#include <vector>

#include "layer/initializer_arguments.h"
#include "layer/initializers.h"

/// Tensors as initializers fill them.
namespace depthwise {

using Dimensions = std::vector<int32_t>;

inline Initializer named(std::string_view name, double seed = 1) {
  Initializer initializer = *initializerNamed("depthwiseInitializer", name);
  initializer.seed = seed;
  return initializer;
}

inline std::vector<float> values(const Initializer& initializer, const Dimensions& shape, uint64_t entropy = 0) {
  size_t count = 1;
  for (const int32_t size : shape) count *= static_cast<size_t>(size);
  std::vector<float> out(count, std::nanf(""));
  REQUIRE(initialize(initializer, shape, entropy, out.data()));
  return out;
}

}  // namespace depthwise
