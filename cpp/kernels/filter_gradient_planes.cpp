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
/// everything. The last two are doubles: there are as many of them as the tensor is large.
class PlaneSums {
 public:
  explicit PlaneSums(const Geometry& g)
      : taps_(static_cast<size_t>(g.height.taps) * static_cast<size_t>(g.width.taps)),
        columns_(g.width.taps),
        channels_(static_cast<size_t>(g.outChannels())),
        block_(4 * uint64_t{taps_}),
        strip_(taps_),
        totals_(uint64_t{taps_} * channels_) {}

  Status status() const {
    for (const Status status : {block_.status(), strip_.status()}) {
      if (!status) return status;
    }
    return totals_.status();
  }

  void clear() { std::fill_n(totals_.data(), taps_ * channels_, 0.0); }

  void beginStrip() { std::fill_n(strip_.data(), taps_, 0.0); }
  double& inStrip(int32_t row, int32_t column) const {
    return strip_[static_cast<size_t>(row) * static_cast<size_t>(columns_) + static_cast<size_t>(column)];
  }
  bool stripIsNaN() const {
    return std::any_of(strip_.data(), strip_.data() + taps_, [](double sum) { return std::isnan(sum); });
  }
  void endStrip(int channel) {
    double* total = totals_.data() + channel;
    for (size_t tap = 0; tap < taps_; ++tap, total += channels_) *total += strip_[tap];
  }

  void beginBlock() { std::fill_n(block_.data(), 4 * taps_, 0.0f); }
  TapGrid<float> block() const { return {block_.data(), columns_, 4}; }
  /// Of the four lanes, those that are outputs and in no other block.
  void endBlock(const ColumnBlock& block) {
    const int end = std::min(4, block.valid);
    for (size_t tap = 0; tap < taps_; ++tap) {
      for (int lane = block.overlap; lane < end; ++lane) strip_[tap] += block_[4 * tap + static_cast<size_t>(lane)];
    }
  }

  void store(float* dfilter) const {
    for (size_t i = 0; i < taps_ * channels_; ++i) dfilter[i] = static_cast<float>(totals_[i]);
  }

 private:
  size_t taps_;
  int columns_;
  size_t channels_;
  Buffer<float> block_;
  Buffer<double> strip_, totals_;
};

/// What the sweeps of a strip of a plane sum up, from the definition.
void sumPlainly(const Geometry& g, const float* x, const float* dy, int image, int channel, const Columns& rows,
                PlaneSums& sums) {
  const TensorView<const float> xView = viewX(g, x), dyView = viewY(g, dy);
  const size_t xPlane = static_cast<size_t>(channel / g.multiplier) * xView.channelStride;
  const size_t dyPlane = static_cast<size_t>(channel) * dyView.channelStride;
  for (int32_t row = rows.first; row < rows.end; ++row) {
    for (int32_t column = 0; column < g.width.out; ++column) {
      const double factor = double{dyView.pixel(image, row, column)[dyPlane]};
      forEachProduct(ForwardPlan::rowTaps(g.height, row), ForwardPlan::rowTaps(g.width, column),
                     [&](int32_t inRow, int32_t inColumn, int32_t filterRow, int32_t filterColumn) {
                       sums.inStrip(filterRow, filterColumn) += factor * xView.pixel(image, inRow, inColumn)[xPlane];
                     });
    }
  }
}

}  // namespace

Status filterGradientOfPlanes(const Geometry& g, const float* x, const float* dy, float* dfilter) {
  // Lanes that are no outputs may meet an infinity: they must not be summed with those that are.
  const PlaneColumns<ForwardPlan> columns(g.width, LastLanes::kOverlap);
  if (const Status status = columns.status(); !status) return status;
  Strips<ForwardPlan> strip(g.height, columns.in().size(), false);
  PlaneRows xRows(viewX(g, x), g.width.in, columns.in(), strip.mostIn());
  PlaneRows dyRows(viewY(g, dy), g.width.out, columns.out(), strip.mostOut());
  PlaneSums sums(g);
  for (const Status status : {strip.status(), xRows.status(), dyRows.status(), sums.status()}) {
    if (!status) return status;
  }
  sums.clear();
  for (int64_t s = 0; s < strip.count(); ++s) {
    strip.plan(s);
    for (int image = 0; image < g.batch; ++image) {
      for (int channel = 0; channel < g.outChannels(); ++channel) {
        if (channel % g.multiplier == 0) {
          xRows.begin(image, channel / g.multiplier, strip.in().first, strip.in().count());
        }
        dyRows.begin(image, channel, strip.out().first, strip.out().count());
        sums.beginStrip();
        for (const ColumnBlock& block : columns) {
          sums.beginBlock();
          for (const Run& run : strip) {
            if (run.taps == 0) continue;
            const float* const from = dyRows.row(run.outFirst) + block.outPlace;
            forEachPlaneSweep(run, columns, block, xRows, sums.block(), dyRows.pitch(), {},
                              [&](const Sweep& sweep, int rows, bool, float* tap) {
                                filterSweepFor(rows, run.taps)(sweep, from, tap);
                              });
          }
          sums.endBlock(block);
        }
        if (columns.isSparse() || sums.stripIsNaN()) {
          sums.beginStrip();
          sumPlainly(g, x, dy, image, channel, strip.out(), sums);
        }
        sums.endStrip(channel);
      }
    }
  }
  sums.store(dfilter);
  return {};
}

}  // namespace depthwise
