#include "parallel/parallel.h"

#include <algorithm>

namespace depthwise {
namespace {

/// Returns the number of parts of a loop over `units` units. Short loops consist of few parts, because each part
/// prepares and packs its operands: the filter gradient of 28×28×256 takes 1.7 times as long in 16 parts as in one.
/// Longer loops consist of several parts for each thread, so that threads end at the same time.
int partsOf(double microseconds, ptrdiff_t units) {
  constexpr double kMinMicroseconds = 5, kMicrosecondsOfPart = 25, kFewParts = 4;
  const double few = std::min(microseconds / kMinMicroseconds, kFewParts);
  const double parts = std::clamp(microseconds / kMicrosecondsOfPart, few, double{kMaxParts});
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
    if (part == kAllParts) {
      function(body, 0, count, statuses[0]);
      std::fill_n(statuses + 1, parts - 1, statuses[0]);
    } else {
      function(body, bound(part), bound(part + 1), statuses[part]);
    }
  }
};

}  // namespace

Status runRanges(RangeFunction function, const void* body, ptrdiff_t count, ptrdiff_t unit, Work work) {
  const double microseconds = work.microseconds;
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
