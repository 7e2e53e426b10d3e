#include "parallel/parallel.h"

#include <algorithm>
#include <bit>

namespace depthwise {
namespace {

/// Returns the number of parts of a loop over `units` units. Parts are long, because a kernel computes fewer rows at
/// once at their bounds: in parts of 5 µs, depthwise convolutions take 1.1 to 1.25 times as long; in parts of 20 µs,
/// they take 0.91 to 0.96 times as long as in parts of 10 µs. If only loops of 40 µs are divided, a step of MobileNetV1
/// α 0.25 at 96×96 is not faster on two threads. The number is a power of two, so that 2 and 4 threads compute the same
/// number of parts each.
int partsOf(double microseconds, ptrdiff_t units) {
  constexpr double kMinLoop = 10, kMinPart = 20;  // microseconds
  if (microseconds < kMinLoop) return 1;
  const double parts = std::clamp(microseconds / kMinPart, 2.0, double{kMaxParts});
  return static_cast<int>(std::clamp<ptrdiff_t>(units, 1, std::bit_floor(static_cast<unsigned>(parts))));
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

Status runRanges(RangeFunction function, const void* body, ptrdiff_t count, ptrdiff_t unit, Work work, bool isInPlace) {
  const double microseconds = work.microseconds;
  const ptrdiff_t units = (count + unit - 1) / unit;
  Loop loop{function, body, count, unit, units, partsOf(microseconds, units), {}};
  const PartFunction run = [](void* context, int part) { static_cast<Loop*>(context)->run(part); };
  if (loop.parts <= 1 || !runParts(run, &loop, loop.parts, microseconds, function, isInPlace)) {
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
