#pragma once

#include <algorithm>
#include <cstddef>

#include "conv/cache_policy.h"
#include "conv/microkernel.h"
#include "conv/packing.h"
#include "conv/plan.h"
#include "memory.h"

namespace depthwise {

/// Sweeps take four lanes at a time. Where the number of lanes is not a multiple of four, the last four are fusable once
/// more as a block of their own, which begins anew and so writes the same values where it overlaps. Fewer than four
/// lanes have empty ones beside them (plane_columns.h).
struct LaneBlock {
  int first;    ///< its first lane in a tensor
  int packed;   ///< its first lane where blocks stand side by side without overlap
  int lanes;    ///< a multiple of four
  int overlap;  ///< how many of its lanes an earlier block has too
};

/// Rounded up to what sweeps take.
constexpr int wholeLanes(int lanes) { return (lanes + 3) / 4 * 4; }

/// Blocks of at most `most` lanes, a multiple of four.
template <class Visit>
inline void forEachLaneBlock(int lanes, int most, Visit&& visit) {
  const int whole = std::max(4, lanes / 4 * 4);
  LaneBlock block{0, 0, std::min(most, whole), 0};
  // One place that visits: what a visitor does would otherwise be in the wasm twice.
  for (;;) {
    visit(block);
    const int next = block.packed + block.lanes;
    if (next >= lanes) return;
    block = next < whole ? LaneBlock{next, next, std::min(most, whole - next), 0}
                         : LaneBlock{lanes - 4, whole, 4, whole - (lanes - 4)};
  }
}

/// Not more blocks than these.
constexpr int maxBlocks(int lanes, int most) { return lanes / most + 2; }

/// As few blocks as there can be.
template <class Visit>
inline void forEachLaneBlock(int lanes, Visit&& visit) {
  forEachLaneBlock(lanes, wholeLanes(lanes), visit);
}

/// What a run's sweeps have in common on all rows: everything but the rows themselves. `outPitch` is the floats between
/// columns of the row that the run writes (or, for the gradient of the filter, reads).
template <class Float>
MicrokernelCall prepareCall(const Segment& segment, const TapGrid<Float>& grid, size_t inPitch, size_t outPitch, const LaneBlock& block,
              const FusedEpilogue& finish) {
  MicrokernelCall call = callAlong(segment, block.lanes, inPitch, outPitch);
  call.filterRowStep = 0;
  // A step that is not taken may be too large for a pointer.
  call.filterTapStep = segment.taps > 1 ? grid.columnStep(segment.tapStep) : 0;
  call.filterLaneStep = 1;
  call.betweenTap = grid.columnStep(segment.betweenTap - segment.tapFirst);
  call.finish = {finish.bias ? finish.bias + block.first : nullptr, finish.limits};
  return call;
}

/// The sweeps of a strip, made when its first row asks for them; of very many, the first. To make them for each row
/// would take a twentieth of the time. Rows that are fusable in slices (isSliced) have their own.
class KeptCalls {
 public:
  KeptCalls(int64_t segments, int lanes) : whole_(2 * segments), sliced_(maxBlocks(lanes, sliceLanes(lanes)) * segments) {}

  Status status() const { return whole_.calls.status() ? sliced_.calls.status() : whole_.calls.status(); }
  void begin() { whole_.count = sliced_.count = 0; }

  /// Number i of the strip, which `make` makes where it is not kept. Valid until the next is asked for.
  template <class Make>
  MicrokernelCall& at(bool sliced, size_t i, Make&& make) {
    Kept& kept = sliced ? sliced_ : whole_;
    if (i < kept.count) return kept.calls[i];
    MicrokernelCall& call = i < kept.most ? kept.calls[kept.count++] : other_;
    return call = make();
  }

 private:
  struct Kept {
    explicit Kept(int64_t callCount)
        : most(static_cast<size_t>(std::min<int64_t>(callCount, 256))), calls(uint64_t{most}) {}

    size_t most, count = 0;
    SmallBuffer<MicrokernelCall, 20> calls;
  };

  Kept whole_, sliced_;
  MicrokernelCall other_;
};

/// The sweeps that one run of one output row is made of, for one block of lanes: at most kMicrokernelRows filter rows at a
/// time. Calls visit(rows, first, tap) when `sweep` has the rows: `first` for the sweep that meets its outputs first,
/// `tap` the first tap of it, at lane 0.
template <class Float, class Visit>
DEPTHWISE_INLINE void forEachCall(MicrokernelCall& call, const Segment& segment, const RowTaps& taps, InputRows& in,
                                   const TapGrid<Float>& grid, int lane, Visit&& visit) {
  call.filterRowStep = taps.count > 1 ? grid.rowStep(taps.tapStep) : 0;
  for (int done = 0; done < taps.count; done += kMicrokernelRows) {
    const int rows = std::min(kMicrokernelRows, taps.count - done);
    in.pixels(taps.inFirst + done * taps.inStep, taps.inStep, rows, segment.inFirst, lane, call.in);
    visit(rows, done == 0, grid.tap(taps.tapFirst + done * taps.tapStep, segment.tapFirst));
  }
}

}  // namespace depthwise
