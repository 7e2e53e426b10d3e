#include <cstring>

#include "depthwise/memory.h"

/// What a module needs that lives in another's memory: that one's allocator, in place of a C library of its own. It
/// must not let the memory grow by itself, because the owner would not know.
extern "C" {

/// The owner's malloc: 0 where there is no memory, else aligned to a pointer at least.
[[clang::import_module("env"), clang::import_name("takeMemory")]] void* takeMemory(size_t bytes);
[[clang::import_module("env"), clang::import_name("giveMemory")]] void giveMemory(void* memory);
}

namespace depthwise {

/// Each block knows, just before it, the place that its owner calls it by.
void* allocateLines(uint64_t bytes) {
  constexpr uint64_t kMost = uint64_t{SIZE_MAX} - 2 * kCacheLine;
  void* const taken = bytes <= kMost ? takeMemory(static_cast<size_t>(bytes) + kCacheLine + sizeof(void*)) : nullptr;
  if (!taken) return nullptr;
  const uintptr_t after = reinterpret_cast<uintptr_t>(taken) + sizeof(void*);
  void* const lines = reinterpret_cast<void*>((after + kCacheLine - 1) / kCacheLine * kCacheLine);
  std::memcpy(static_cast<char*>(lines) - sizeof(void*), &taken, sizeof(void*));
  return lines;
}

void releaseLines(void* lines) {
  if (!lines) return;
  void* taken;
  std::memcpy(&taken, static_cast<char*>(lines) - sizeof(void*), sizeof(void*));
  giveMemory(taken);
}

}  // namespace depthwise
