#pragma once

#include <span>
#include <string>

#include "support/guarded_tensor.h"
#include "support/oracle.h"

namespace depthwise {

/// Where `got` is further from the oracle than a float32 sum of `terms` products may be, and "" where it is nowhere.
/// NaN and infinities must stand where the oracle's do. `terms` 0: no rounding is allowed at all.
std::string difference(std::string_view name, std::span<const float> got, const oracle::Sums& expected, int64_t terms);

/// The first place at which two results are not equal, or "". A NaN equals a NaN, and 0 equals -0.
std::string valueDifference(std::span<const float> got, std::span<const float> expected);

/// The first place at which two results do not have the same bits, or "".
std::string bitDifference(std::span<const float> got, std::span<const float> expected);

}  // namespace depthwise
