#include "plane_columns.h"

namespace depthwise {

PlaneColumns::PlaneColumns(const AxisPlan& axis, LastLanes lastLanes)
    : axis_(axis),
      lastLanes_(lastLanes),
      phases_(std::min<int64_t>(axis_.outStep(), axis_.outSize())),
      out_{outOrder()},
      in_{inOrder()},
      blocks_(static_cast<uint64_t>(2 * phases_)),
      inPlaces_(static_cast<uint64_t>(2 * tapCount())) {
  if (isSparse() || !blocks_.status() || !inPlaces_.status()) return;
  size_t places = 0;
  for (int64_t o = 0; o < phases_; ++o) {
    const Taps taps = tapsOf(o);
    const int count = static_cast<int>(countOf(o));
    forEachLaneBlock(pads(count) ? wholeLanes(count) : count, [&](const LaneBlock& block) {
      blocks_[blockCount_++] = {out_.placeOf(o) + static_cast<size_t>(block.first),
                                block.lanes,
                                std::min(block.lanes, count),
                                block.overlap,
                                taps.tapFirst,
                                taps.tapStep,
                                taps.count,
                                places};
      for (int32_t m = 0; m < taps.count; ++m) {
        inPlaces_[places++] = in_.placeOf(taps.inFirst + m * taps.inStep) + static_cast<size_t>(block.first);
      }
    });
  }
}

/// The outputs o, o + outStep, o + 2·outStep …
int64_t PlaneColumns::countOf(int64_t o) const { return ceilDivide(axis_.outSize() - o, axis_.outStep()); }

/// The taps of those outputs, without the ones that meet nothing but the outside. With a large dilation that is
/// nearly all of them.
Taps PlaneColumns::tapsOf(int64_t o) const {
  Taps taps = axis_.tapsOf(o);
  const int64_t last = (countOf(o) - 1) * axis_.inStep(), size = axis_.inSize();
  const Range inside = insideOf(size + last, taps.inFirst + last, taps.inStep, taps.count);
  return {taps.inFirst + inside.first * taps.inStep, taps.inStep,
          static_cast<int32_t>(taps.tapFirst + inside.first * taps.tapStep), taps.tapStep,
          static_cast<int32_t>(inside.end - inside.first)};
}

int64_t PlaneColumns::tapCount() const {
  int64_t count = 0;
  for (int64_t o = 0; o < phases_; ++o) count += tapsOf(o).count;
  return count;
}

ColumnOrder PlaneColumns::outOrder() const {
  const int64_t most = countOf(0), fewest = countOf(phases_ - 1);
  return {0, phases_, pads(fewest) ? wholeLanes(static_cast<int>(most)) : most};
}

ColumnOrder PlaneColumns::inOrder() const {
  int64_t first = kMaxAxis, last = -kMaxAxis;
  for (int64_t o = 0; o < phases_; ++o) {
    const Taps taps = tapsOf(o);
    if (taps.count == 0) continue;
    first = std::min(first, taps.inFirst);
    last = std::max(last, taps.inFirst + (taps.count - 1) * taps.inStep + (countOf(o) - 1) * axis_.inStep());
  }
  const int64_t columns = std::max<int64_t>(1, last - first + 1);
  if (columns > 64 + 8 * (int64_t{axis_.inSize()} + axis_.outSize())) return {0, 1, 0};
  const int64_t step = std::min(columns, axis_.inStep());
  // Lanes that are no outputs read what is there.
  return {first, step, ceilDivide(columns, step) + (pads(countOf(phases_ - 1)) ? 3 : 0)};
}

}  // namespace depthwise
