#pragma once

#include <algorithm>
#include <cstring>

#include "../buffer.h"
#include "channel_lanes.h"
#include "correlation.h"
#include "plain_plane.h"
#include "plane_columns.h"
#include "plane_rows.h"
#include "plane_sweeps.h"
#include "strips.h"

/// Forward and the gradient of the input where channels are planes: NCHW, or NHWC of fewer than four channels.
namespace depthwise {
namespace correlation {

/// The rows of an output plane that are being made: the tensor's own where its columns stand as lanes do and nothing is
/// summed up, otherwise rows beside it.
class OutputPlane {
 public:
  OutputPlane(const Correlation& c, int64_t columns, const ColumnOrder& order, int64_t rows)
      : side_(c.out),
        staged_(side_.multiplier > 1 || side_.tensor.columnStride != 1 || order.step != 1 || order.length > columns),
        pitch_(staged_ ? static_cast<size_t>(spreadPitch(static_cast<int64_t>(order.size()))) : side_.tensor.rowStride),
        sequences_(order, columns),
        copy_(staged_ ? static_cast<uint64_t>(rows) * pitch_ : 0) {}

  Status status() const { return copy_.status() ? sequences_.status() : copy_.status(); }
  size_t pitch() const { return pitch_; }

  /// The rows [first, first + count) of the plane that a lane belongs to.
  void begin(int image, int lane, int32_t first, int32_t count) {
    lane_ = lane;
    first_ = first;
    count_ = count;
    inTensor_ =
        side_.tensor.pixel(image, first, 0) + static_cast<size_t>(lane / side_.multiplier) * side_.tensor.channelStride;
  }
  /// Place 0 of a row.
  float* row(int32_t index) const {
    return (staged_ ? copy_.data() : inTensor_) + static_cast<size_t>(index - first_) * pitch_;
  }

  void finish() {
    if (!staged_) return;
    const PlaneView<float> rows{inTensor_, side_.tensor.rowStride, side_.tensor.columnStride, count_};
    const auto scatter = lane_ % side_.multiplier > 0 ? scatterAddColumns : scatterColumns;
    scatter(copy_.data(), pitch_, sequences_, rows);
  }

 private:
  Side<float> side_;
  bool staged_;
  size_t pitch_;
  ColumnSequences sequences_;
  Buffer<float> copy_;
  int lane_ = 0;
  int32_t first_ = 0, count_ = 0;
  float* inTensor_ = nullptr;
};

inline void writeZeros(const OutputPlane& out, const Run& run, const ColumnBlock& block) {
  for (int32_t i = 0; i < run.outCount; ++i) {
    float* const to = out.row(run.outFirst + i * run.outStep) + block.outPlace;
    std::memset(to, 0, static_cast<size_t>(block.lanes) * sizeof(float));
  }
}

/// All runs down one block of columns. The first sweep over an output writes, the others add.
template <class Plan>
void sweepBlock(const Strips<Plan>& strip, const PlaneColumns<Plan>& columns, const ColumnBlock& block,
                const PlaneRows& in, const TapGrid<const float>& filter, const OutputPlane& out,
                const std::optional<Finish>& finish) {
  for (const Run& run : strip) {
    if (run.taps == 0 || block.taps == 0) {
      if (run.opens) writeZeros(out, run, block);
      continue;
    }
    float* const to = out.row(run.outFirst) + block.outPlace;
    forEachPlaneSweep(
        run, columns, block, in, filter, out.pitch(), finish.value_or(Finish{}),
        [&](const Sweep& sweep, int rows, bool first, const float* tap) {
          const Write mode = finish ? Write::kFinish : run.opens && first ? Write::kOverwrite : Write::kAdd;
          const Between middle = run.interlaced ? Between::kTap : Between::kNothing;
          sweepFor(rows, run.taps, middle, mode)(sweep, tap, to);
        });
  }
}

/// The same rows of the same plane as sweepBlock makes of all blocks.
template <class Plan>
void plainPlane(const Correlation& c, int image, int lane, const Columns& rows, const ColumnOrder& order,
                const SharedTaps& filter, const OutputPlane& out) {
  const TensorView<const float>& in = c.in.tensor;
  const size_t channel = static_cast<size_t>(lane / c.in.multiplier) * in.channelStride;
  for (int32_t row = rows.first; row < rows.end; ++row) {
    for (int32_t column = 0; column < Plan::outSize(c.width); ++column) {
      float sum = 0;
      forEachProduct(Plan::rowTaps(c.height, row), Plan::rowTaps(c.width, column),
                     [&](int32_t inRow, int32_t inColumn, int32_t filterRow, int32_t filterColumn) {
                       sum += in.pixel(image, inRow, inColumn)[channel] * filter.at(filterRow, filterColumn);
                     });
      out.row(row)[order.placeOf(column)] = sum;
    }
  }
}

}  // namespace correlation

template <class Plan>
Status correlatePlanes(const Correlation& c) {
  if (c.batch == 0) return {};  // as in correlate.h
  // Blocks that overlap are swept twice there; longer rows are copied to the tensor's afterwards, which with several
  // phases they are anyway.
  const bool isOneSweep = c.height.taps <= kSweepTaps && c.width.taps <= kSweepRows && Plan::outStep(c.width) == 1;
  const PlaneColumns<Plan> columns(c.width, isOneSweep ? LastLanes::kOverlap : LastLanes::kPad);
  if (const Status status = columns.status(); !status) return status;
  const int64_t inColumns = Plan::inSize(c.width), outColumns = Plan::outSize(c.width);
  Strips<Plan> strip(c.height, columns.in().size(), true);
  PlaneRows in(c.in.tensor, inColumns, columns.in(), strip.mostIn());
  correlation::OutputPlane out(c, outColumns, columns.out(), strip.mostOut());
  SharedTaps filter(c.filter, c.height.taps, c.width.taps, c.lanes);
  SharedEpilogue epilogue(c.epilogue, columns.out().size());
  for (const Status status : {strip.status(), in.status(), out.status(), filter.status(), epilogue.status()}) {
    if (!status) return status;
  }
  for (int64_t s = 0; s < strip.count(); ++s) {
    strip.plan(s);
    const bool mayFinish = epilogue.isSwept() && strip.hasOneRunEach() && columns.hasOneSweepEach();
    for (int image = 0; image < c.batch; ++image) {
      for (int lane = 0; lane < c.lanes; ++lane) {
        if (lane % c.in.multiplier == 0) in.begin(image, lane / c.in.multiplier, strip.in().first, strip.in().count());
        out.begin(image, lane, strip.out().first, strip.out().count());
        filter.begin(lane);
        epilogue.begin(lane);
        std::optional<Finish> finish;
        if (filter.areFinite() && !columns.isSparse()) {
          if (mayFinish) finish = epilogue.finish();
          for (const ColumnBlock& block : columns) {
            correlation::sweepBlock(strip, columns, block, in, filter.grid(), out, finish);
          }
        } else {
          correlation::plainPlane<Plan>(c, image, lane, strip.out(), columns.out(), filter, out);
        }
        if (!finish) epilogue.apply(out.row(strip.out().first), out.pitch(), strip.out().count());
        out.finish();
      }
    }
  }
  return {};
}

}  // namespace depthwise
