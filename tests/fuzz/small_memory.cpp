#include <cstdlib>

#include "depthwise/memory.h"

/// Replaces cpp/memory.cpp by a machine with little memory, so that no fuzzer allocates weights of 4 GiB.
namespace depthwise {

void* allocateLines(uint64_t bytes) {
  constexpr uint64_t kMax = 1 << 24;
  if (bytes > kMax) return nullptr;
  const uint64_t lines = (bytes + kCacheLine - 1) / kCacheLine * kCacheLine;
  return std::aligned_alloc(kCacheLine, lines ? lines : kCacheLine);
}

void releaseLines(void* lines) { std::free(lines); }

}  // namespace depthwise
