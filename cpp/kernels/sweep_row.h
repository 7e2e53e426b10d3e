#pragma once

#include <algorithm>
#include <cstddef>

#include "../buffer.h"
#include "axis_plan.h"
#include "input_rows.h"
#include "lane_blocks.h"
#include "run_sweep.h"
#include "tap_grid.h"

namespace depthwise {

/// What a run's sweeps have in common on all rows: everything but the rows themselves. `outPitch` is the floats between
/// columns of the row that the run writes (or, for the gradient of the filter, reads).
template <class Float>
Sweep sweepOf(const Run& run, const TapGrid<Float>& grid, size_t inPitch, size_t outPitch, const LaneBlock& block,
              const Finish& finish) {
  Sweep sweep = sweepAlong(run, block.lanes, inPitch, outPitch);
  sweep.filterRowStep = 0;
  // A step that is not taken may be too large for a pointer.
  sweep.filterTapStep = run.taps > 1 ? grid.columnStep(run.tapStep) : 0;
  sweep.filterLaneStep = 1;
  sweep.betweenTap = grid.columnStep(run.betweenTap - run.tapFirst);
  sweep.finish = {finish.bias ? finish.bias + block.first : nullptr, finish.limits};
  return sweep;
}

/// The sweeps of a strip, made when its first row asks for them; of very many, the first. To make them for each row
/// would take a twentieth of the time.
class KeptSweeps {
 public:
  /// For so many runs of so many blocks of lanes.
  KeptSweeps(int64_t runs, int64_t blocks)
      : most_(static_cast<size_t>(std::min<int64_t>(blocks * runs, 256))), sweeps_(uint64_t{most_}) {}

  Status status() const { return sweeps_.status(); }
  void begin() { count_ = 0; }

  /// Number i of the strip, which `make` makes where it is not kept. Valid until the next is asked for.
  template <class Make>
  Sweep& at(size_t i, Make&& make) {
    if (i < count_) return sweeps_[i];
    Sweep& sweep = i < most_ ? sweeps_[count_++] : other_;
    return sweep = make();
  }

 private:
  size_t most_, count_ = 0;
  SmallBuffer<Sweep, 16> sweeps_;
  Sweep other_;
};

/// The sweeps that one run of one output row is made of, for one block of lanes: at most kSweepRows filter rows at a
/// time. Calls visit(rows, first, tap) when `sweep` has the rows: `first` for the sweep that meets its outputs first,
/// `tap` the first tap of it, at lane 0.
template <class Float, class Visit>
DEPTHWISE_INLINE void forEachSweep(Sweep& sweep, const Run& run, const RowTaps& taps, InputRows& in,
                                   const TapGrid<Float>& grid, int lane, Visit&& visit) {
  sweep.filterRowStep = taps.count > 1 ? grid.rowStep(taps.tapStep) : 0;
  for (int done = 0; done < taps.count; done += kSweepRows) {
    const int rows = std::min(kSweepRows, taps.count - done);
    in.pixels(taps.inFirst + done * taps.inStep, taps.inStep, rows, run.inFirst, lane, sweep.in);
    visit(rows, done == 0, grid.tap(taps.tapFirst + done * taps.tapStep, run.tapFirst));
  }
}

}  // namespace depthwise
