#pragma once

#include <algorithm>

#include "plane_columns.h"
#include "plane_rows.h"
#include "run_sweep.h"
#include "tap_grid.h"

namespace depthwise {

/// A sweep keeps the weights of three taps of three rows. Down the rows of a plane, a "row" of it is one tap along the
/// columns, and its "columns" are the rows of the plane.
///
/// The sweeps that one vertical run of one block of columns is made of. `filter` has one vector for each tap, all four
/// lanes alike. Calls visit(sweep, rows, first, tap): `first` for the sweep that meets its outputs first. `in` and
/// `tap` are those of the first plane.
template <class Float, class Visit>
DEPTHWISE_INLINE void forEachPlaneSweep(const Run& run, const PlaneColumns& columns, const ColumnBlock& block,
                                        const PlaneRows& in, const TapGrid<Float>& filter, size_t outPitch,
                                        const Finish& finish, Visit&& visit) {
  Sweep sweep = sweepAlong(run, block.lanes, in.pitch(), outPitch);
  // A step that is not taken may be too large for a pointer.
  sweep.filterRowStep = block.taps > 1 ? filter.columnStep(block.tapStep) : 0;
  sweep.filterTapStep = run.taps > 1 ? filter.rowStep(run.tapStep) : 0;
  sweep.filterLaneStep = 0;
  sweep.betweenTap = filter.rowStep(run.betweenTap - run.tapFirst);
  sweep.finish = finish;
  const float* const row = in.row(run.inFirst);
  for (int32_t done = 0; done < block.taps; done += kSweepRows) {
    const int rows = std::min(kSweepRows, block.taps - done);
    for (int r = 0; r < rows; ++r) sweep.in[r] = row + columns.inPlace(block, done + r);
    visit(sweep, rows, done == 0, filter.tap(run.tapFirst, block.tapFirst + done * block.tapStep));
  }
}

}  // namespace depthwise
