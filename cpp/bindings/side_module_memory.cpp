#include <cstring>

#include "depthwise/memory.h"

/// The allocator of a module that works in the memory of another module (the side module for TensorFlow.js). It calls
/// that module's allocator. It must not grow the memory itself, because the owner would not notice.
extern "C" {

/// The owner's malloc. Returns 0 if there is no memory, otherwise an address that is aligned to a pointer at least.
[[clang::import_module("env"), clang::import_name("takeMemory")]] void* takeMemory(size_t bytes);
[[clang::import_module("env"), clang::import_name("giveMemory")]] void giveMemory(void* memory);
}

namespace depthwise {

/// Returns memory of the owner. The address that the owner returned is stored just before the first byte.
void* allocateLines(uint64_t bytes) {
  constexpr uint64_t kMax = uint64_t{SIZE_MAX} - 2 * kCacheLine;
  void* const taken = bytes <= kMax ? takeMemory(static_cast<size_t>(bytes) + kCacheLine + sizeof(void*)) : nullptr;
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
