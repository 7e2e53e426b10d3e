#pragma once

#include <fuzzer/FuzzedDataProvider.h>

namespace depthwise::fuzz {

/// Tests one input. Each target file defines this function.
void run(FuzzedDataProvider& bytes);

}  // namespace depthwise::fuzz
