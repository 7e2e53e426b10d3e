#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "depthwise/memory.h"

/// Loops whose parts may run on several threads.
///
/// A part computes outputs that no other part computes, and computes the same on each thread. So the results have the
/// same bits on any number of threads. A thread has little scratch memory. If it does not suffice for a part, the
/// calling thread computes the part.
namespace depthwise {

/// What a loop costs, for the decision whether threads pay.
struct Work {
  double flops = 0;
  double bytes = 0;  ///< read and written
};

/// Runs one part of a loop. `context` is the loop.
using PartFunction = void (*)(void* context, int part);

/// Runs all parts on several threads, and returns when they are done. Returns false, without running one, if threads
/// do not pay or do not exist. Each module implements this function.
bool runParts(PartFunction function, void* context, int parts, double microseconds);

constexpr int kMaxParts = 16;

/// Returns the time that one thread takes, at speeds that are usual for kernels of this library.
inline double microsecondsOf(const Work& work) {
  constexpr double kFlopsPerMicrosecond = 40e3, kBytesPerMicrosecond = 20e3;
  return work.flops / kFlopsPerMicrosecond + work.bytes / kBytesPerMicrosecond;
}

/// Returns the number of parts of a loop over `count` items. A part takes a few microseconds at least, so that the cost
/// of starting it does not matter, and there are several parts for each thread, so that threads end at the same time.
inline int partsOf(const Work& work, int64_t count) {
  constexpr double kMicrosecondsOfPart = 5;
  const double parts = std::min(microsecondsOf(work) / kMicrosecondsOfPart, double{kMaxParts});
  return static_cast<int>(std::max<int64_t>(1, std::min<int64_t>(static_cast<int64_t>(parts), count)));
}

/// Calls a copy of the body, whose captured values stay in registers. Not inlined, so the code of a body exists once.
template <class Body>
[[gnu::noinline]] Status callBody(const Body& body, ptrdiff_t first, ptrdiff_t end) {
  const Body copy = body;
  return copy(first, end);
}

/// Calls body(first, end) for ranges that cover 0 to `count`, in any order. The bounds are multiples of `unit`, or
/// `count`. Without threads, it is one range. The body returns a Status; parallelFor returns the first that failed.
template <class Body>
Status parallelFor(ptrdiff_t count, ptrdiff_t unit, const Work& work, const Body& body) {
  if (count == 0) return {};
#if DEPTHWISE_THREADS
  struct Job {
    const Body& body;
    ptrdiff_t count, unit, units;
    int parts;
    uint64_t wanted[kMaxParts];

    ptrdiff_t bound(int part) const { return std::min(count, units * part / parts * unit); }
    static void run(void* context, int part) {
      Job& job = *static_cast<Job*>(context);
      job.wanted[part] = callBody(job.body, job.bound(part), job.bound(part + 1)).bytesWanted;
    }
  };
  const ptrdiff_t units = (count + unit - 1) / unit;
  Job job{body, count, unit, units, partsOf(work, units), {}};
  if (job.parts > 1 && runParts(Job::run, &job, job.parts, microsecondsOf(work))) {
    for (int part = 0; part < job.parts; ++part) {
      if (job.wanted[part] > 0) Job::run(&job, part);
      if (job.wanted[part] > 0) return {job.wanted[part]};
    }
    return {};
  }
#else
  static_cast<void>(unit), static_cast<void>(work);
#endif
  return callBody(body, 0, count);
}

}  // namespace depthwise
