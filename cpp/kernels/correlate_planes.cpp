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
namespace {

/// The rows of a few output planes that are being made: the tensor's own where its columns stand as lanes do and
/// nothing is summed up, otherwise rows beside it.
class OutputPlanes {
 public:
  OutputPlanes(const Correlation& c, int64_t columns, const ColumnOrder& order, int64_t rows, int planes)
      : side_(c.out),
        staged_(side_.multiplier > 1 || side_.tensor.columnStride != 1 || order.step != 1 || order.length > columns),
        pitch_(staged_ ? static_cast<size_t>(spreadPitch(static_cast<int64_t>(order.size()))) : side_.tensor.rowStride),
        planeStep_(staged_ ? static_cast<uint64_t>(rows) * pitch_ : side_.tensor.channelStride),
        sequences_(order, columns),
        copy_(staged_ ? planeStep_ * static_cast<uint64_t>(planes) : 0) {}

  Status status() const { return copy_.status() ? sequences_.status() : copy_.status(); }
  size_t pitch() const { return pitch_; }
  /// Floats from a row to the same of the next lane.
  ptrdiff_t planeStep() const { return static_cast<ptrdiff_t>(planeStep_); }

  /// The rows [first, first + count) of the planes that so many lanes belong to.
  void begin(int image, int lane, int lanes, int32_t first, int32_t count) {
    lane_ = lane;
    lanes_ = lanes;
    first_ = first;
    count_ = count;
    image_ = side_.tensor.pixel(image, first, 0);
  }
  /// Place 0 of a row of lane i of these.
  float* row(int i, int32_t index) const {
    return (staged_ ? copy_.data() : plane(0)) + i * planeStep() + static_cast<size_t>(index - first_) * pitch_;
  }

  void finish() {
    if (!staged_) return;
    for (int i = 0; i < lanes_; ++i) {
      const PlaneView<float> rows{plane(i), side_.tensor.rowStride, side_.tensor.columnStride, count_};
      const auto scatter = (lane_ + i) % side_.multiplier > 0 ? scatterAddColumns : scatterColumns;
      scatter(row(i, first_), pitch_, sequences_, rows);
    }
  }

 private:
  float* plane(int i) const {
    return image_ + static_cast<size_t>((lane_ + i) / side_.multiplier) * side_.tensor.channelStride;
  }

  Side<float> side_;
  bool staged_;
  size_t pitch_;
  uint64_t planeStep_;  ///< fits a size_t once the rows are allocated, not before
  ColumnSequences sequences_;
  Buffer<float> copy_;
  int lane_ = 0, lanes_ = 0;
  int32_t first_ = 0, count_ = 0;
  float* image_ = nullptr;  ///< its first row
};

void writeZeros(const OutputPlanes& out, int planes, const Run& run, const ColumnBlock& block) {
  for (int i = 0; i < planes; ++i) {
    for (int32_t output = 0; output < run.outCount; ++output) {
      float* const to = out.row(i, run.outFirst + output * run.outStep) + block.outPlace;
      std::memset(to, 0, static_cast<size_t>(block.lanes) * sizeof(float));
    }
  }
}

/// All runs down one block of columns of some planes. The first sweep over an output writes, the others add.
void sweepBlock(const Strips& strip, const PlaneColumns& columns, const ColumnBlock& block, const PlaneRows& in,
                const Places& planes, const SharedTaps& filter, const OutputPlanes& out,
                const std::optional<Finish>& finish) {
  for (const Run& run : strip) {
    if (run.taps == 0 || block.taps == 0) {
      if (run.opens) writeZeros(out, planes.count, run, block);
      continue;
    }
    float* const to = out.row(0, run.outFirst) + block.outPlace;
    forEachPlaneSweep(
        run, columns, block, in, filter.grid(), out.pitch(), finish.value_or(Finish{}),
        [&](Sweep& sweep, int rows, bool first, const float* tap) {
          const Write mode = finish ? Write::kFinish : run.opens && first ? Write::kOverwrite : Write::kAdd;
          const Between middle = run.interlaced ? Between::kTap : Between::kNothing;
          const SweepFunction function = sweepFor(rows, run.taps, middle, mode);
          forEachPlace(planes, sweep, rows, [&](int32_t i) {
            if (finish) sweep.finish.bias = finish->bias + SharedEpilogue::kBiasStep * i;
            function(sweep, tap + i * filter.channelStep(), to + i * out.planeStep());
          });
        });
  }
}

/// The same rows of plane i of these as sweepBlock makes of all blocks.
void plainPlane(const Correlation& c, int image, int lane, int i, const Columns& rows, const ColumnOrder& order,
                const SharedTaps& filter, const OutputPlanes& out) {
  const TensorView<const float>& in = c.in.tensor;
  const size_t channel = static_cast<size_t>((lane + i) / c.in.multiplier) * in.channelStride;
  for (int32_t row = rows.first; row < rows.end; ++row) {
    for (int32_t column = 0; column < c.width.outSize(); ++column) {
      float sum = 0;
      forEachProduct(c.height.rowTaps(row), c.width.rowTaps(column),
                     [&](int32_t inRow, int32_t inColumn, int32_t filterRow, int32_t filterColumn) {
                       sum += in.pixel(image, inRow, inColumn)[channel] * filter.at(i, filterRow, filterColumn);
                     });
      out.row(i, row)[order.placeOf(column)] = sum;
    }
  }
}

}  // namespace

Status correlatePlanes(const Correlation& c) {
  // Blocks that overlap are swept twice there; longer rows are copied to the tensor's afterwards, which with several
  // phases they are anyway.
  const bool isOneSweep = c.height.taps() <= kSweepTaps && c.width.taps() <= kSweepRows && c.width.outStep() == 1;
  const PlaneColumns columns(c.width, isOneSweep ? LastLanes::kOverlap : LastLanes::kPad);
  if (const Status status = columns.status(); !status) return status;
  const int64_t inColumns = c.width.inSize(), outColumns = c.width.outSize();
  Strips strip(c.height, columns.in().size(), true);
  const int64_t taps = 4 * int64_t{c.height.taps()} * c.width.taps();
  const int planes = planesAtOnce(columns.floats(strip.mostIn(), strip.mostOut()) + taps, c.in.multiplier);
  PlaneRows in(c.in.tensor, inColumns, columns.in(), strip.mostIn(), planes);
  OutputPlanes out(c, outColumns, columns.out(), strip.mostOut(), planes);
  SharedTaps filter(c.filter, c.height.taps(), c.width.taps(), c.lanes, planes);
  SharedEpilogue epilogue(c.epilogue, columns.out().size());
  for (const Status status : {strip.status(), in.status(), out.status(), filter.status(), epilogue.status()}) {
    if (!status) return status;
  }
  for (int64_t s = 0; s < strip.count(); ++s) {
    strip.plan(s);
    const bool mayFinish = epilogue.isSwept() && strip.hasOneRunEach() && columns.hasOneSweepEach();
    for (int image = 0; image < c.batch; ++image) {
      for (int lane = 0; lane < c.lanes; lane += planes) {
        const Places these{std::min(planes, c.lanes - lane), c.in.multiplier, in.planeStep()};
        if (lane % c.in.multiplier == 0) {
          const int channels = (these.count + c.in.multiplier - 1) / c.in.multiplier;
          in.begin(image, lane / c.in.multiplier, channels, strip.in().first, strip.in().count());
        }
        out.begin(image, lane, these.count, strip.out().first, strip.out().count());
        filter.begin(lane, these.count);
        epilogue.begin(lane, these.count);
        std::optional<Finish> finish;
        if (mayFinish) finish = epilogue.finish();
        for (const ColumnBlock& block : columns) {
          sweepBlock(strip, columns, block, in, these, filter, out, finish);
        }
        for (int i = 0; i < these.count; ++i) {
          const bool isSwept = filter.areFinite(i) && !columns.isSparse();
          if (!isSwept) plainPlane(c, image, lane, i, strip.out(), columns.out(), filter, out);
          if (!isSwept || !finish) epilogue.apply(i, out.row(i, strip.out().first), out.pitch(), strip.out().count());
        }
        out.finish();
      }
    }
  }
  return {};
}

}  // namespace depthwise
