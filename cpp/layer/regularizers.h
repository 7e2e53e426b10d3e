#pragma once

#include <span>

#include "depthwise/layer.h"

namespace depthwise {

/// Returns l1·Σ|v| + l2·Σv². Sums are float64.
double penalty(const Regularizer& regularizer, std::span<const float> values);

/// Adds l1·sign(v) + 2·l2·v to a gradient, where sign(0) = 0.
void addPenaltyGradient(const Regularizer& regularizer, std::span<const float> values, float* gradient);

}  // namespace depthwise
