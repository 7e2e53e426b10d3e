#pragma once

#include <span>
#include <string>

#include "support/guarded_tensor.h"
#include "support/oracle.h"

namespace depthwise {

/// Returns the first element that is further from the oracle than a float32 sum of `terms` products may be, or "". NaN
/// and infinities must be the same as in the oracle. `terms` 0: the results must be exact.
std::string difference(std::string_view name, std::span<const float> got, const oracle::Sums& expected, int64_t terms);

/// Returns the first element that is not equal, or "". A NaN equals a NaN, and 0 equals -0.
std::string valueDifference(std::span<const float> got, std::span<const float> expected);

/// Returns the first element that does not have the same bits, or "".
std::string bitDifference(std::span<const float> got, std::span<const float> expected);

}  // namespace depthwise
