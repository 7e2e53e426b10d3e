#pragma once

#include <string_view>

namespace depthwise::fuzz {

/// Ends the program, which libFuzzer takes for a found case, where something is not as it must be.
void require(bool holds, std::string_view what);

}  // namespace depthwise::fuzz
