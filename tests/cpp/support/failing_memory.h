#pragma once

#include <cstdint>

namespace depthwise {

/// What the library gets from the C library is counted, and refused when a test says so. The linker puts
/// failing_memory.cpp in the place of aligned_alloc and free (CMakeLists.txt), so what is tested is the library as it
/// is.
class FailingMemory {
 public:
  enum class Refuses { kOne, kAllFromThenOn };

  /// As long as it lives, the nth allocation from now on fails, counted from 1. One at a time.
  FailingMemory(int nth, Refuses refuses);
  ~FailingMemory();
  FailingMemory(const FailingMemory&) = delete;
  FailingMemory& operator=(const FailingMemory&) = delete;

  /// Allocations that were asked for since.
  int asked() const;
  bool hasRefused() const;
};

/// Allocations of the library's that have not been given back.
int64_t liveAllocations();

}  // namespace depthwise
