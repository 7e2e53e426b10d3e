#pragma once

#include <cstddef>

#include "runs.h"
#include "sweep.h"

namespace depthwise {

/// What a run says of its sweeps, whichever of rows and columns the lanes are. Pitches are floats from one of the run's
/// columns to the next. Filter, rows and finish are still to be set.
inline Sweep sweepAlong(const Run& run, int lanes, size_t inPitch, size_t outPitch) {
  Sweep sweep;
  sweep.inStep = run.inStep * static_cast<ptrdiff_t>(inPitch);
  sweep.outStep = run.outStep * static_cast<ptrdiff_t>(outPitch);
  sweep.outCount = run.outCount;
  sweep.lead = run.lead;
  sweep.trail = run.trail;
  sweep.lanes = lanes;
  sweep.betweenIn = run.betweenColumn * static_cast<ptrdiff_t>(inPitch);
  return sweep;
}

/// Places that the same sweep goes to, one after the other: neighbouring rows with the same taps, or planes. After each
/// `every` of them the input moves on by inNext floats. To go on takes a fifth of what it takes to begin anew.
struct Places {
  int32_t count = 1, every = 1;
  ptrdiff_t inNext = 0;
};

/// Calls one(i) for each place, when the first `rows` of the sweep's rows are those of the place.
template <class One>
DEPTHWISE_INLINE void forEachPlace(const Places& places, Sweep& sweep, int rows, One&& one) {
  for (int32_t i = 0;;) {
    one(i);
    if (++i == places.count) return;
    if (i % places.every != 0) continue;
    for (int r = 0; r < rows; ++r) sweep.in[r] += places.inNext;
  }
}

}  // namespace depthwise
