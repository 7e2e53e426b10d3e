#pragma once

#include <cstddef>
#include <cstdint>

#include "depthwise/memory.h"

/// Loops whose parts may run on several threads.
///
/// A part computes outputs that no other part computes, and computes the same on each thread. So the results have the
/// same bits on any number of threads. A thread has little scratch memory. If it does not suffice for a part, the
/// calling thread computes the part. If a thread ends in a part, the calling thread computes the part once more, unless
/// the loop works in place.
namespace depthwise {

#if DEPTHWISE_THREADS
constexpr bool kHasThreads = true;
#else
constexpr bool kHasThreads = false;
#endif

/// The time that a loop takes on one thread, approximately, for the decision whether threads pay.
struct Work {
  double microseconds;
};

/// Returns the work of a loop whose time is that of its arithmetic, at a speed that is usual for kernels of this
/// library.
constexpr Work workOfFlops(double flops) { return {flops / 40e3}; }

/// Returns the work of a loop whose time is that of the memory that it reads and writes.
constexpr Work workOfBytes(double bytes) { return {bytes / 20e3}; }

/// Runs a range of a loop. The status is a parameter because JavaScript cannot call functions that return 64 bits.
using RangeFunction = void (*)(const void* body, ptrdiff_t first, ptrdiff_t end, Status& status);

/// Runs ranges that cover 0 to `count`, see parallelFor. Only in modules with threads.
Status runRanges(RangeFunction function, const void* body, ptrdiff_t count, ptrdiff_t unit, Work work, bool isInPlace);

/// Runs one part of a loop, or the whole loop as one range. `context` is the loop.
using PartFunction = void (*)(void* context, int part);
constexpr int kWholeLoop = -1;  ///< WHOLE_LOOP of js/threads/pool.js

/// Runs all parts on several threads, or the whole loop on this thread, and returns when they are done. Returns false,
/// without running one, if threads do not pay or do not exist. `loop` identifies the loop. Each module with threads
/// implements this function.
bool runParts(PartFunction function, void* context, int parts, double microseconds, RangeFunction loop, bool isInPlace);

constexpr int kMaxParts = 16;  ///< MAX_PARTS of js/threads/count.js

/// Calls body(first, end) for ranges that cover 0 to `count`, in any order. The bounds are multiples of `unit`, or
/// `count`. Without threads, it is one range, also if `count` is 0. The body returns a Status; parallelFor returns the
/// first that failed. `isInPlace`: whether a part reads what it writes, so that it cannot be computed once more.
template <class Body>
Status parallelFor(ptrdiff_t count, ptrdiff_t unit, Work work, const Body& body, bool isInPlace = false) {
  if constexpr (!kHasThreads) return body(ptrdiff_t{0}, count);
  const RangeFunction function = [](const void* original, ptrdiff_t first, ptrdiff_t end, Status& status) {
    const Body copy = *static_cast<const Body*>(original);  // captured values stay in registers
    status = copy(first, end);
  };
  return runRanges(function, &body, count, unit, work, isInPlace);
}

}  // namespace depthwise
