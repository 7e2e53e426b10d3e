#include <cstdlib>

#include "depthwise/memory.h"

/// In the place of cpp/buffer.cpp: a machine with little memory, lest the fuzzers fill this one with weights of 4 GiB.
namespace depthwise {

void* allocateLines(uint64_t bytes) {
  constexpr uint64_t kMost = 1 << 24;
  if (bytes > kMost) return nullptr;
  const uint64_t lines = (bytes + kCacheLine - 1) / kCacheLine * kCacheLine;
  return std::aligned_alloc(kCacheLine, lines ? lines : kCacheLine);
}

void releaseLines(void* lines) { std::free(lines); }

}  // namespace depthwise
