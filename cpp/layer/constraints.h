#pragma once

#include <cstdint>
#include <span>

#include "depthwise/layer.h"

namespace depthwise {

/// Applies a checked constraint to a weight of at most 4 dimensions, in place. Norms are summed in float64.
void applyConstraint(const Constraint& constraint, std::span<const int64_t> shape, float* values);

}  // namespace depthwise
