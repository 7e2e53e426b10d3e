#pragma once

#include <fuzzer/FuzzedDataProvider.h>

namespace depthwise::fuzz {

/// What a program tries with an input. Each file that is a target has one.
void run(FuzzedDataProvider& bytes);

}  // namespace depthwise::fuzz
