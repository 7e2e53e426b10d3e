#include "depthwise/memory.h"

#include <cstdlib>

namespace depthwise {

void* allocateLines(uint64_t bytes) {
  // aligned_alloc wants a multiple of the alignment.
  const uint64_t lines = (bytes + kCacheLine - 1) / kCacheLine * kCacheLine;
  if (lines < bytes || lines > SIZE_MAX - kCacheLine) return nullptr;
  return std::aligned_alloc(kCacheLine, static_cast<size_t>(lines ? lines : kCacheLine));
}

void releaseLines(void* lines) { std::free(lines); }

}  // namespace depthwise
