#pragma once

#if __cplusplus < 202002L
#error "depthwise needs C++20: -std=c++20"
#endif

#include <cstdint>
#include <span>
#include <string_view>

#include "result.h"

/// What every check of a caller's arguments is made of.
namespace depthwise {

/// Numbers as they come from a caller: there may be too many of them, and each may be NaN, negative or 1.5.
struct NumberList {
  static constexpr int kKept = 8;
  double values[kKept];
  int count;  ///< all that came; only the first kKept are kept
};

/// [1,2,3]
Text& operator<<(Text& text, const NumberList& list);
Text& operator<<(Text& text, std::span<const int32_t> list);

/// The beginning of every message, "Error in FUNCTION: ARGUMENT ", to which what is allowed and what came are added.
Error typeError(const char* function, const char* argument);
Error rangeError(const char* function, const char* argument);

/// Whether a number is whole and from low to high. NaN is not.
bool isWholeWithin(double value, double low, double high);

}  // namespace depthwise
