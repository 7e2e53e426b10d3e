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

}  // namespace depthwise
