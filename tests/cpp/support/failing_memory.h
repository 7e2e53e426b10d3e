#pragma once

#include <cstdint>

namespace depthwise {

/// Counts the allocations of the library and makes some of them fail. The linker replaces aligned_alloc and free by
/// those of failing_memory.cpp (CMakeLists.txt), so the library itself is unchanged.
class FailingMemory {
 public:
  enum class Refuses { kOne, kAllFromThenOn };

  /// During its lifetime, the nth allocation from now on fails, counted from 1. Only one object may exist.
  FailingMemory(int nth, Refuses refuses);
  ~FailingMemory();
  FailingMemory(const FailingMemory&) = delete;
  FailingMemory& operator=(const FailingMemory&) = delete;

  /// Returns the number of allocations since the construction of this object.
  int asked() const;
  bool hasRefused() const;
};

/// Returns the number of allocations of the library that have not been freed.
int64_t liveAllocations();

}  // namespace depthwise
