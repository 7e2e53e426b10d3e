#include "parallel/parallel.h"

#include <algorithm>

namespace depthwise {
namespace {

/// Returns the time that one thread takes, at speeds that are usual for kernels of this library.
double microsecondsOf(const Work& work) {
  constexpr double kFlopsPerMicrosecond = 40e3, kBytesPerMicrosecond = 20e3;
  return work.flops / kFlopsPerMicrosecond + work.bytes / kBytesPerMicrosecond;
}

/// Returns the number of parts of a loop over `units` units. Parts are long, because a kernel computes fewer rows at
/// once at their bounds: in parts of 5 µs, depthwise convolutions take 1.1 to 1.25 times as long.
int partsOf(double microseconds, ptrdiff_t units) {
  constexpr double kMicrosecondsOfLoop = 10, kMicrosecondsOfPart = 20;
  if (microseconds < kMicrosecondsOfLoop) return 1;
  const double parts = std::clamp(microseconds / kMicrosecondsOfPart, 2.0, double{kMaxParts});
  return static_cast<int>(std::max<ptrdiff_t>(1, std::min<ptrdiff_t>(static_cast<ptrdiff_t>(parts), units)));
}

/// A loop as parts, each of which is a range.
struct Loop {
  RangeFunction function;
  const void* body;
  ptrdiff_t count, unit, units;
  int parts;
  Status statuses[kMaxParts];

  ptrdiff_t bound(int part) const {
    const int64_t unitsBefore = int64_t{units} * part / parts;
    return static_cast<ptrdiff_t>(std::min<int64_t>(count, unitsBefore * unit));
  }
  void run(int part) {
    if (part != kWholeLoop) return function(body, bound(part), bound(part + 1), statuses[part]);
    Status status;
    function(body, 0, count, status);
    std::fill_n(statuses, parts, status);
  }
};

}  // namespace

Status runRanges(RangeFunction function, const void* body, ptrdiff_t count, ptrdiff_t unit, const Work& work) {
  const double microseconds = microsecondsOf(work);
  const ptrdiff_t units = (count + unit - 1) / unit;
  Loop loop{function, body, count, unit, units, partsOf(microseconds, units), {}};
  const PartFunction run = [](void* context, int part) { static_cast<Loop*>(context)->run(part); };
  if (loop.parts <= 1 || !runParts(run, &loop, loop.parts, microseconds, function)) {
    Status status;
    function(body, 0, count, status);
    return status;
  }
  for (int part = 0; part < loop.parts; ++part) {
    if (!loop.statuses[part]) loop.run(part);
    if (!loop.statuses[part]) return loop.statuses[part];
  }
  return {};
}

}  // namespace depthwise
