#pragma once

#include <algorithm>
#include <cstddef>

#include "axis_plan.h"
#include "input_rows.h"
#include "lane_blocks.h"
#include "runs.h"
#include "sweep.h"
#include "tap_grid.h"

namespace depthwise {

/// The sweeps that one run of one output row is made of, for one block of lanes: at most kSweepRows filter rows at a
/// time. `outPitch` is the floats between columns of the row that the run writes (or, for the gradient of the filter,
/// reads). Calls visit(sweep, rows, first, tap): `first` for the sweep that meets its outputs first, `tap` the first
/// tap of it, at lane 0.
template <class Float, class Visit>
DEPTHWISE_INLINE void forEachSweep(const Run& run, const RowTaps& taps, InputRows& in, const TapGrid<Float>& grid,
                                   size_t outPitch, const LaneBlock& block, const Finish& finish, Visit&& visit) {
  Sweep sweep;
  sweep.inStep = run.inStep * static_cast<ptrdiff_t>(in.pitch());
  sweep.outStep = run.outStep * static_cast<ptrdiff_t>(outPitch);
  // A step that is not taken may be too large for a pointer.
  sweep.filterRowStep = taps.count > 1 ? grid.rowStep(taps.tapStep) : 0;
  sweep.filterTapStep = run.taps > 1 ? grid.columnStep(run.tapStep) : 0;
  sweep.outCount = run.outCount;
  sweep.lead = run.lead;
  sweep.trail = run.trail;
  sweep.lanes = block.lanes;
  sweep.filterLaneStep = 1;
  sweep.betweenIn = run.betweenColumn * static_cast<ptrdiff_t>(in.pitch());
  sweep.betweenTap = grid.columnStep(run.betweenTap - run.tapFirst);
  sweep.finish = {finish.bias ? finish.bias + block.first : nullptr, finish.limits};
  for (int done = 0; done < taps.count; done += kSweepRows) {
    const int rows = std::min(kSweepRows, taps.count - done);
    for (int r = 0; r < rows; ++r) {
      sweep.in[r] = in.pixel(taps.inFirst + (done + r) * taps.inStep, run.inFirst) + block.first;
    }
    visit(sweep, rows, done == 0, grid.tap(taps.tapFirst + done * taps.tapStep, run.tapFirst));
  }
}

}  // namespace depthwise
