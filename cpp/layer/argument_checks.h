#pragma once

#include <optional>
#include <string_view>

#include "argument_error.h"

/// Checks of what the layer's arguments consist of: numbers in fields such as depthwiseInitializer.stddev.
namespace depthwise {

/// What every error of the layer says it comes from.
inline constexpr char kLayer[] = "DepthwiseConv2D";

/// "Error in DepthwiseConv2D: ARGUMENT.FIELD ", or "Error in DepthwiseConv2D: ARGUMENT " where no field is named.
Error layerTypeError(const char* argument, const char* field = "");
Error layerRangeError(const char* argument, const char* field = "");

enum class Least { kNone, kZero, kAboveZero };

/// That a number is finite, also when it is rounded to float32, and not below the least that is allowed.
Error checkNumber(const char* argument, const char* field, double value, Least least);

}  // namespace depthwise
