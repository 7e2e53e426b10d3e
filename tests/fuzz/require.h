#pragma once

#include <string_view>

namespace depthwise::fuzz {

/// Ends the program if a condition does not hold. libFuzzer reports the input as a failing case.
void require(bool holds, std::string_view what);

}  // namespace depthwise::fuzz
