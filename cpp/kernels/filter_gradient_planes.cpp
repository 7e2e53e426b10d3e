#include "filter_gradient_planes.h"

#include <algorithm>
#include <cmath>

#include "plain_plane.h"
#include "plane_columns.h"
#include "plane_rows.h"
#include "plane_sweeps.h"
#include "strips.h"

namespace depthwise {
namespace {

/// Sums in three steps: of a block of columns of a plane's strip (a vector for each tap), of the strip, and of
/// everything. The last two are doubles: there are as many of them as the tensor is large. The first two are kept of a
/// few planes.
class PlaneSums {
 public:
  /// For at most `planes` at a time.
  PlaneSums(const Geometry& g, int planes)
      : taps_(static_cast<size_t>(g.height.taps) * static_cast<size_t>(g.width.taps)),
        columns_(g.width.taps),
        channels_(static_cast<size_t>(g.outChannels())),
        block_(4 * static_cast<uint64_t>(planes) * taps_),
        strip_(static_cast<uint64_t>(planes) * taps_),
        totals_(uint64_t{taps_} * channels_) {}

  Status status() const {
    for (const Status status : {block_.status(), strip_.status()}) {
      if (!status) return status;
    }
    return totals_.status();
  }

  void clear() { std::fill_n(totals_.data(), taps_ * channels_, 0.0); }

  void beginStrips(int planes) { std::fill_n(strip_.data(), static_cast<size_t>(planes) * taps_, 0.0); }
  void beginStrip(int i) { std::fill_n(strip(i), taps_, 0.0); }
  double& inStrip(int i, int32_t row, int32_t column) const {
    return strip(i)[static_cast<size_t>(row) * static_cast<size_t>(columns_) + static_cast<size_t>(column)];
  }
  bool stripIsNaN(int i) const {
    return std::any_of(strip(i), strip(i) + taps_, [](double sum) { return std::isnan(sum); });
  }
  void endStrip(int i, int channel) {
    double* total = totals_.data() + channel;
    for (size_t tap = 0; tap < taps_; ++tap, total += channels_) *total += strip(i)[tap];
  }

  void beginBlock(int planes) { std::fill_n(block_.data(), static_cast<size_t>(planes) * 4 * taps_, 0.0f); }
  /// Of the first plane; those of the others follow.
  TapGrid<float> block() const { return {block_.data(), columns_, 4}; }
  ptrdiff_t blockStep() const { return 4 * static_cast<ptrdiff_t>(taps_); }
  /// Of the four lanes, those that are outputs and in no other block.
  void endBlock(int planes, const ColumnBlock& block) {
    const int end = std::min(4, block.valid);
    for (size_t tap = 0; tap < static_cast<size_t>(planes) * taps_; ++tap) {
      for (int lane = block.overlap; lane < end; ++lane) strip_[tap] += block_[4 * tap + static_cast<size_t>(lane)];
    }
  }

  void store(float* dfilter) const {
    for (size_t i = 0; i < taps_ * channels_; ++i) dfilter[i] = static_cast<float>(totals_[i]);
  }

 private:
  double* strip(int i) const { return strip_.data() + static_cast<size_t>(i) * taps_; }

  size_t taps_;
  int columns_;
  size_t channels_;
  Buffer<float> block_;
  Buffer<double> strip_, totals_;
};

/// What the sweeps of a strip of a plane sum up, from the definition.
void sumPlainly(const Geometry& g, const float* x, const float* dy, int image, int channel, const Columns& rows, int i,
                PlaneSums& sums) {
  const AxisPlan height(g.height, Pass::kForward), width(g.width, Pass::kForward);
  const TensorView<const float> xView = viewX(g, x), dyView = viewY(g, dy);
  const size_t xPlane = static_cast<size_t>(channel / g.multiplier) * xView.channelStride;
  const size_t dyPlane = static_cast<size_t>(channel) * dyView.channelStride;
  for (int32_t row = rows.first; row < rows.end; ++row) {
    for (int32_t column = 0; column < g.width.out; ++column) {
      const double factor = double{dyView.pixel(image, row, column)[dyPlane]};
      forEachProduct(height.rowTaps(row), width.rowTaps(column),
                     [&](int32_t inRow, int32_t inColumn, int32_t filterRow, int32_t filterColumn) {
                       sums.inStrip(i, filterRow, filterColumn) += factor * xView.pixel(image, inRow, inColumn)[xPlane];
                     });
    }
  }
}

}  // namespace

Status filterGradientOfPlanes(const Geometry& g, const float* x, const float* dy, float* dfilter) {
  // Lanes that are no outputs may meet an infinity: they must not be summed with those that are.
  const AxisPlan height(g.height, Pass::kForward), width(g.width, Pass::kForward);
  const PlaneColumns columns(width, LastLanes::kOverlap);
  if (const Status status = columns.status(); !status) return status;
  Strips strip(height, columns.in().size(), false);
  const int64_t taps = 4 * int64_t{g.height.taps} * g.width.taps;
  const int planes = planesAtOnce(columns.floats(strip.mostIn(), strip.mostOut()) + taps, g.multiplier);
  PlaneRows xRows(viewX(g, x), g.width.in, columns.in(), strip.mostIn(), planes);
  PlaneRows dyRows(viewY(g, dy), g.width.out, columns.out(), strip.mostOut(), planes);
  PlaneSums sums(g, planes);
  for (const Status status : {strip.status(), xRows.status(), dyRows.status(), sums.status()}) {
    if (!status) return status;
  }
  sums.clear();
  for (int64_t s = 0; s < strip.count(); ++s) {
    strip.plan(s);
    for (int image = 0; image < g.batch; ++image) {
      for (int channel = 0; channel < g.outChannels(); channel += planes) {
        const Places these{std::min(planes, g.outChannels() - channel), g.multiplier, xRows.planeStep()};
        if (channel % g.multiplier == 0) {
          const int xPlanes = (these.count + g.multiplier - 1) / g.multiplier;
          xRows.begin(image, channel / g.multiplier, xPlanes, strip.in().first, strip.in().count());
        }
        dyRows.begin(image, channel, these.count, strip.out().first, strip.out().count());
        sums.beginStrips(these.count);
        for (const ColumnBlock& block : columns) {
          sums.beginBlock(these.count);
          for (const Run& run : strip) {
            if (run.taps == 0) continue;
            const float* const from = dyRows.row(run.outFirst) + block.outPlace;
            forEachPlaneSweep(run, columns, block, xRows, sums.block(), dyRows.pitch(), {},
                              [&](Sweep& sweep, int rows, bool, float* tap) {
                                const FilterSweepFunction function = filterSweepFor(rows, run.taps);
                                forEachPlace(these, sweep, rows, [&](int32_t i) {
                                  function(sweep, from + i * dyRows.planeStep(), tap + i * sums.blockStep());
                                });
                              });
          }
          sums.endBlock(these.count, block);
        }
        for (int i = 0; i < these.count; ++i) {
          if (columns.isSparse() || sums.stripIsNaN(i)) {
            sums.beginStrip(i);
            sumPlainly(g, x, dy, image, channel + i, strip.out(), i, sums);
          }
          sums.endStrip(i, channel + i);
        }
      }
    }
  }
  sums.store(dfilter);
  return {};
}

}  // namespace depthwise
