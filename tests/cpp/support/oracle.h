#pragma once

#include <span>
#include <vector>

#include "depthwise/geometry.h"

/// The definition in float64 and simple loops, with which the kernels are compared. It shares only Geometry with them.
namespace depthwise::oracle {

/// Sums of products, and for each its magnitude: the sum of the absolute values of the products. The error of a float32
/// sum of n products, in any order, is at most n·2^-24·magnitude, except for second-order terms.
struct Sums {
  std::vector<double> values, magnitudes;

  explicit Sums(int64_t size) : values(static_cast<size_t>(size)), magnitudes(static_cast<size_t>(size)) {}
  void add(size_t i, double product);
};

Sums forward(const Geometry& geometry, std::span<const float> x, std::span<const float> filter);
Sums inputGradient(const Geometry& geometry, std::span<const float> dy, std::span<const float> filter);
Sums filterGradient(const Geometry& geometry, std::span<const float> x, std::span<const float> dy);

}  // namespace depthwise::oracle
