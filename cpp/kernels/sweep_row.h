#pragma once

#include <algorithm>
#include <cstddef>

#include "axis_plan.h"
#include "input_rows.h"
#include "lane_blocks.h"
#include "runs.h"
#include "sweep.h"

namespace depthwise {

/// The taps of a filter, or of its gradient, as a sweep addresses them.
template <class Float>
struct TapGrid {
  Float* data;
  int columns;   ///< taps in a row
  size_t pitch;  ///< floats from a tap to the next

  Float* tap(int row, int column) const {
    return data + (static_cast<size_t>(row) * static_cast<size_t>(columns) + static_cast<size_t>(column)) * pitch;
  }
  ptrdiff_t rowStep(int rows) const { return static_cast<ptrdiff_t>(rows) * columns * static_cast<ptrdiff_t>(pitch); }
  ptrdiff_t columnStep(int count) const { return count * static_cast<ptrdiff_t>(pitch); }
};

/// The sweeps that one run of one output row is made of, for one block of lanes: at most kSweepRows filter rows at a
/// time. `outPitch` is the floats between columns of the row that the run writes (or, for the gradient of the filter,
/// reads). Calls visit(sweep, rows, first, tap): `first` for the sweep that meets its outputs first, `tap` the first
/// tap of it, at lane 0.
template <class Float, class Visit>
DEPTHWISE_INLINE void forEachSweep(const Run& run, const RowTaps& taps, InputRows& in, const TapGrid<Float>& grid,
                                   size_t outPitch, const LaneBlock& block, Visit&& visit) {
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
  sweep.betweenIn = run.betweenColumn * static_cast<ptrdiff_t>(in.pitch());
  sweep.betweenTap = grid.columnStep(run.betweenTap - run.tapFirst);
  for (int done = 0; done < taps.count; done += kSweepRows) {
    const int rows = std::min(kSweepRows, taps.count - done);
    for (int r = 0; r < rows; ++r) {
      sweep.in[r] = in.pixel(taps.inFirst + (done + r) * taps.inStep, run.inFirst) + block.first;
    }
    visit(sweep, rows, done == 0, grid.tap(taps.tapFirst + done * taps.tapStep, run.tapFirst));
  }
}

}  // namespace depthwise
