#include "filter_gradient.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "../simd/f32x4.h"
#include "filter_gradient_planes.h"
#include "input_rows.h"
#include "lane_blocks.h"
#include "row_plan.h"
#include "strips.h"
#include "sweep_row.h"

namespace depthwise {
namespace {

/// The sums of some rows, lane blocks side by side, before they are added to dfilter.
class PartialSums {
 public:
  /// Rows that are summed before they are added. As many terms in such a block as there are blocks keep both steps of
  /// the summation short; with fewer than 64 rows the second step would take time.
  static int64_t rowsAtOnce(const Geometry& g) {
    const double rows = double(g.batch) * g.height.out;
    return std::max(int64_t{64}, static_cast<int64_t>(std::sqrt(rows / g.width.out)));
  }

  explicit PartialSums(const Geometry& g)
      : taps_(g.height.taps * g.width.taps),
        columns_(g.width.taps),
        lanes_(g.outChannels()),
        pitch_(static_cast<size_t>(spreadPitch(lanes_))),
        sums_(static_cast<uint64_t>(g.height.taps) * static_cast<uint64_t>(g.width.taps) * pitch_) {}

  Status status() const { return sums_.status(); }
  TapGrid<float> grid() const { return {sums_.data(), columns_, pitch_}; }

  void clear() { std::memset(sums_.data(), 0, static_cast<size_t>(taps_) * pitch_ * sizeof(float)); }

  /// Adds the sums to dfilter, or puts the first ones there.
  void moveTo(float* dfilter) {
    for (int tap = 0; tap < taps_; ++tap) {
      float* const to = dfilter + static_cast<size_t>(tap) * static_cast<size_t>(lanes_);
      forEachLaneBlock(lanes_, [&](const LaneBlock& block) {
        const float* const from = grid().tap(0, tap) + block.packed - block.first;
        int lane = block.first + block.overlap;
        for (; lane + 4 <= block.first + block.lanes; lane += 4) {
          const f32x4 sum = load(from + lane);
          store(to + lane, moved_ ? add(load(to + lane), sum) : sum);
        }
        for (; lane < block.first + block.lanes; ++lane) to[lane] = moved_ ? to[lane] + from[lane] : from[lane];
      });
    }
    moved_ = true;
  }

 private:
  int taps_, columns_, lanes_;
  size_t pitch_;
  Buffer<float> sums_;
  bool moved_ = false;
};

/// A row of dy, those that are swept alike, `dyNext` floats apart, and all rows of x that they meet.
void sweepRows(const Strips& strip, KeptSweeps& sweeps, const RowTaps& taps, const Places& alike, InputRows& x,
               const float* dyFirst, size_t dyPitch, ptrdiff_t dyNext, const TapGrid<float>& sums, int lanes,
               bool sliced) {
  size_t i = 0;
  forEachLaneBlock(lanes, sliced ? sliceLanes(lanes) : wholeLanes(lanes), [&](const LaneBlock& block) {
    for (const Run& run : strip) {
      Sweep& sweep = sweeps.at(sliced, i++, [&] { return sweepOf(run, sums, x.pitch(), dyPitch, block, {}); });
      if (run.taps == 0) continue;
      const float* const from = dyFirst + static_cast<size_t>(run.outFirst - strip.out().first) * dyPitch + block.first;
      forEachSweep(sweep, run, taps, x, sums, block.first, [&](int rows, bool, float* tap) {
        const FilterSweepFunction function = filterSweepFor(rows, run.taps);
        forEachPlace(alike, sweep, rows,
                     [&](int32_t row) { function(sweep, from + row * dyNext, tap + block.packed); });
      });
    }
  });
}

}  // namespace

Status filterGradient(const Geometry& g, const float* x, const float* dy, float* dfilter) {
  const int lanes = g.outChannels();
  if (g.batch == 0) {  // as in correlation.cpp
    std::fill_n(dfilter, elementCount(g.filterShape()), 0.0f);
    return {};
  }
  const TensorView<const float> xImages = viewX(g, x), dyImages = viewY(g, dy);
  if (lanes < 4 || !xImages.channelsAreAdjacent() || !dyImages.channelsAreAdjacent()) {
    return filterGradientOfPlanes(g, x, dy, dfilter);
  }
  const AxisPlan height(g.height, Pass::kForward), width(g.width, Pass::kForward);
  const int64_t xRowsAtOnce = std::min<int64_t>(height.span(1), g.height.in);
  const int64_t xPixels = xRowsAtOnce * g.width.in;
  const size_t pitch = InputRows::pitchOf(xImages, g.channels, g.multiplier, xPixels);
  Strips strip(width, pitch, false);
  InputRows xRows(xImages, g.channels, g.multiplier, xRowsAtOnce, strip.mostIn(), xPixels, rowsInPlace(height));
  InputRows dyRows(dyImages, lanes, 1, 1, strip.mostOut(), g.width.out);
  PartialSums sums(g);
  KeptSweeps sweeps(strip.mostRuns(), lanes);
  const RowPlan rows(height);
  for (const Status status :
       {xRows.status(), dyRows.status(), sums.status(), rows.status(), strip.status(), sweeps.status()}) {
    if (!status) return status;
  }
  sums.clear();
  const int64_t rowsAtOnce = PartialSums::rowsAtOnce(g);
  const bool mayGroup = !xRows.isStaged() && !dyRows.isStaged();
  int64_t rowsSummed = 0;
  for (int64_t s = 0; s < strip.count(); ++s) {
    strip.plan(s);
    sweeps.begin();
    const int64_t xFloats = strip.in().count() * static_cast<int64_t>(pitch);
    for (int image = 0; image < g.batch; ++image) {
      xRows.begin(image, strip.in());
      dyRows.begin(image, strip.out());
      for (int32_t row = 0; row < rows.count();) {
        const RowTaps taps = rows[row];
        Places alike = mayGroup ? rows.alike(row, xImages.rowStride) : Places{};
        alike.count = static_cast<int32_t>(std::min<int64_t>(alike.count, rowsAtOnce - rowsSummed));
        // With rows between the taps, x and dy of a slice are more than the first-level cache holds.
        const bool sliced = height.tapDistance() == 1 &&
                            isSliced(lanes, int64_t{alike.count} * strip.out().count(), taps.count * xFloats);
        const float* const dyFirst = dyRows.pixel(row, strip.out().first);
        sweepRows(strip, sweeps, taps, alike, xRows, dyFirst, dyRows.pitch(),
                  static_cast<ptrdiff_t>(dyImages.rowStride), sums.grid(), lanes, sliced);
        row += alike.count;
        rowsSummed += alike.count;
        if (rowsSummed == rowsAtOnce) {
          rowsSummed = 0;
          sums.moveTo(dfilter);
          sums.clear();
        }
      }
    }
  }
  sums.moveTo(dfilter);
  return {};
}

}  // namespace depthwise
