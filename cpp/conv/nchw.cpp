#include "conv/nchw.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "conv/convolution.h"
#include "conv/plan.h"
#include "memory.h"

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

/// Forward and the gradient of the input where channels are planes: NCHW, or NHWC of fewer than four channels.
namespace depthwise {
namespace {

/// The rows of a few output planes that are being made: the tensor's own where its columns stand as lanes do and
/// nothing is summed up, otherwise rows beside it.
class OutputPlanes {
 public:
  OutputPlanes(const Correlation& c, int64_t columns, const ColumnOrder& order, int64_t rows, int planes)
      : operand_(c.out),
        packed_(operand_.multiplier > 1 || operand_.tensor.columnStride != 1 || order.step != 1 || order.length > columns),
        pitch_(packed_ ? static_cast<size_t>(spreadPitch(static_cast<int64_t>(order.size()))) : operand_.tensor.rowStride),
        planeStep_(packed_ ? static_cast<uint64_t>(rows) * pitch_ : operand_.tensor.channelStride),
        sequences_(order, columns),
        copy_(packed_ ? planeStep_ * static_cast<uint64_t>(planes) : 0) {}

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
    image_ = operand_.tensor.pixel(image, first, 0);
  }
  /// Place 0 of a row of lane i of these.
  float* row(int i, int32_t index) const {
    return (packed_ ? copy_.data() : plane(0)) + i * planeStep() + static_cast<size_t>(index - first_) * pitch_;
  }

  void finish() {
    if (!packed_) return;
    for (int i = 0; i < lanes_; ++i) {
      const PlaneView<float> rows{plane(i), operand_.tensor.rowStride, operand_.tensor.columnStride, count_};
      const auto scatter = (lane_ + i) % operand_.multiplier > 0 ? scatterAddColumns : scatterColumns;
      scatter(row(i, first_), pitch_, sequences_, rows);
    }
  }

 private:
  float* plane(int i) const {
    return image_ + static_cast<size_t>((lane_ + i) / operand_.multiplier) * operand_.tensor.channelStride;
  }

  Operand<float> operand_;
  bool packed_;
  size_t pitch_;
  uint64_t planeStep_;  ///< fits a size_t once the rows are allocated, not before
  ColumnSequences sequences_;
  Buffer<float> copy_;
  int lane_ = 0, lanes_ = 0;
  int32_t first_ = 0, count_ = 0;
  float* image_ = nullptr;  ///< its first row
};

void writeZeros(const OutputPlanes& out, int planes, const Segment& segment, const ColumnBlock& block) {
  for (int i = 0; i < planes; ++i) {
    for (int32_t output = 0; output < segment.outCount; ++output) {
      float* const to = out.row(i, segment.outFirst + output * segment.outStep) + block.outPlace;
      std::memset(to, 0, static_cast<size_t>(block.lanes) * sizeof(float));
    }
  }
}

/// All runs down one block of columns of some planes. The first sweep over an output writes, the others add.
void computeBlock(const TilePlan& tiles, const PlaneColumns& columns, const ColumnBlock& block, const PlaneRows& in,
                const Repeat& repeat, const SharedTaps& filter, const OutputPlanes& out,
                const std::optional<FusedEpilogue>& finish) {
  for (const Segment& segment : tiles) {
    if (segment.taps == 0 || block.taps == 0) {
      if (segment.overwrite) writeZeros(out, repeat.count, segment, block);
      continue;
    }
    float* const to = out.row(0, segment.outFirst) + block.outPlace;
    forEachPlaneCall(
        segment, columns, block, in, filter.grid(), out.pitch(), finish.value_or(FusedEpilogue{}),
        [&](MicrokernelCall& call, int rows, bool first, const float* tap) {
          const Write mode = finish ? Write::kEpilogue : segment.overwrite && first ? Write::kOverwrite : Write::kAdd;
          const Between middle = segment.interleaved ? Between::kTap : Between::kNothing;
          const Microkernel function = microkernelFor(rows, segment.taps, middle, mode);
          repeatCall(repeat, call, rows, [&](int32_t i) {
            if (finish) call.finish.bias = finish->bias + SharedEpilogue::kBiasStep * i;
            function(call, tap + i * filter.channelStep(), to + i * out.planeStep());
          });
        });
  }
}

/// The same rows of plane i of these as computeBlock makes of all blocks.
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

Status correlateNchw(const Correlation& c) {
  // Blocks that overlap are fusable twice there; longer rows are copied to the tensor's afterwards, which with several
  // phases they are anyway.
  const bool isOneCall = c.height.taps() <= kMicrokernelTaps && c.width.taps() <= kMicrokernelRows && c.width.outStep() == 1;
  const PlaneColumns columns(c.width, isOneCall ? LastLanes::kOverlap : LastLanes::kPad);
  if (const Status status = columns.status(); !status) return status;
  const int64_t inColumns = c.width.inSize(), outColumns = c.width.outSize();
  TilePlan tiles(c.height, columns.in().size(), true);
  const int64_t taps = 4 * int64_t{c.height.taps()} * c.width.taps();
  const int planes = planesAtOnce(columns.floats(tiles.maxIn(), tiles.maxOut()) + taps, c.in.multiplier);
  PlaneRows in(c.in.tensor, inColumns, columns.in(), tiles.maxIn(), planes);
  OutputPlanes out(c, outColumns, columns.out(), tiles.maxOut(), planes);
  SharedTaps filter(c.filter, c.height.taps(), c.width.taps(), c.lanes, planes);
  SharedEpilogue epilogue(c.epilogue, columns.out().size());
  for (const Status status : {tiles.status(), in.status(), out.status(), filter.status(), epilogue.status()}) {
    if (!status) return status;
  }
  for (int64_t s = 0; s < tiles.count(); ++s) {
    tiles.plan(s);
    const bool mayFuse = epilogue.isFused() && tiles.hasOneSegmentPerOutput() && columns.hasOneCallPerOutput();
    for (int image = 0; image < c.batch; ++image) {
      for (int lane = 0; lane < c.lanes; lane += planes) {
        const Repeat these{std::min(planes, c.lanes - lane), c.in.multiplier, in.planeStep()};
        if (lane % c.in.multiplier == 0) {
          const int channels = (these.count + c.in.multiplier - 1) / c.in.multiplier;
          in.begin(image, lane / c.in.multiplier, channels, tiles.in().first, tiles.in().count());
        }
        out.begin(image, lane, these.count, tiles.out().first, tiles.out().count());
        filter.begin(lane, these.count);
        epilogue.begin(lane, these.count);
        std::optional<FusedEpilogue> finish;
        if (mayFuse) finish = epilogue.finish();
        for (const ColumnBlock& block : columns) {
          computeBlock(tiles, columns, block, in, these, filter, out, finish);
        }
        for (int i = 0; i < these.count; ++i) {
          const bool isFused = filter.areFinite(i) && !columns.isSparse();
          if (!isFused) plainPlane(c, image, lane, i, tiles.out(), columns.out(), filter, out);
          if (!isFused || !finish) epilogue.apply(i, out.row(i, tiles.out().first), out.pitch(), tiles.out().count());
        }
        out.finish();
      }
    }
  }
  return {};
}

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
        tile_(static_cast<uint64_t>(planes) * taps_),
        totals_(uint64_t{taps_} * channels_) {}

  Status status() const {
    for (const Status status : {block_.status(), tile_.status()}) {
      if (!status) return status;
    }
    return totals_.status();
  }

  void clear() { std::fill_n(totals_.data(), taps_ * channels_, 0.0); }

  void beginTiles(int planes) { std::fill_n(tile_.data(), static_cast<size_t>(planes) * taps_, 0.0); }
  void beginTile(int i) { std::fill_n(tile(i), taps_, 0.0); }
  double& inTile(int i, int32_t row, int32_t column) const {
    return tile(i)[static_cast<size_t>(row) * static_cast<size_t>(columns_) + static_cast<size_t>(column)];
  }
  bool tileIsNaN(int i) const {
    return std::any_of(tile(i), tile(i) + taps_, [](double sum) { return std::isnan(sum); });
  }
  void endTile(int i, int channel) {
    double* total = totals_.data() + channel;
    for (size_t tap = 0; tap < taps_; ++tap, total += channels_) *total += tile(i)[tap];
  }

  void beginBlock(int planes) { std::fill_n(block_.data(), static_cast<size_t>(planes) * 4 * taps_, 0.0f); }
  /// Of the first plane; those of the others follow.
  TapGrid<float> block() const { return {block_.data(), columns_, 4}; }
  ptrdiff_t blockStep() const { return 4 * static_cast<ptrdiff_t>(taps_); }
  /// Of the four lanes, those that are outputs and in no other block.
  void endBlock(int planes, const ColumnBlock& block) {
    const int end = std::min(4, block.valid);
    for (size_t tap = 0; tap < static_cast<size_t>(planes) * taps_; ++tap) {
      for (int lane = block.overlap; lane < end; ++lane) tile_[tap] += block_[4 * tap + static_cast<size_t>(lane)];
    }
  }

  void store(float* dfilter) const {
    for (size_t i = 0; i < taps_ * channels_; ++i) dfilter[i] = static_cast<float>(totals_[i]);
  }

 private:
  double* tile(int i) const { return tile_.data() + static_cast<size_t>(i) * taps_; }

  size_t taps_;
  int columns_;
  size_t channels_;
  Buffer<float> block_;
  Buffer<double> tile_, totals_;
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
                       sums.inTile(i, filterRow, filterColumn) += factor * xView.pixel(image, inRow, inColumn)[xPlane];
                     });
    }
  }
}

}  // namespace

Status filterGradientNchw(const Geometry& g, const float* x, const float* dy, float* dfilter) {
  // Lanes that are no outputs may meet an infinity: they must not be summed with those that are.
  const AxisPlan height(g.height, Pass::kForward), width(g.width, Pass::kForward);
  const PlaneColumns columns(width, LastLanes::kOverlap);
  if (const Status status = columns.status(); !status) return status;
  TilePlan tiles(height, columns.in().size(), false);
  const int64_t taps = 4 * int64_t{g.height.taps} * g.width.taps;
  const int planes = planesAtOnce(columns.floats(tiles.maxIn(), tiles.maxOut()) + taps, g.multiplier);
  PlaneRows xRows(viewX(g, x), g.width.in, columns.in(), tiles.maxIn(), planes);
  PlaneRows dyRows(viewY(g, dy), g.width.out, columns.out(), tiles.maxOut(), planes);
  PlaneSums sums(g, planes);
  for (const Status status : {tiles.status(), xRows.status(), dyRows.status(), sums.status()}) {
    if (!status) return status;
  }
  sums.clear();
  for (int64_t s = 0; s < tiles.count(); ++s) {
    tiles.plan(s);
    for (int image = 0; image < g.batch; ++image) {
      for (int channel = 0; channel < g.outChannels(); channel += planes) {
        const Repeat these{std::min(planes, g.outChannels() - channel), g.multiplier, xRows.planeStep()};
        if (channel % g.multiplier == 0) {
          const int xPlanes = (these.count + g.multiplier - 1) / g.multiplier;
          xRows.begin(image, channel / g.multiplier, xPlanes, tiles.in().first, tiles.in().count());
        }
        dyRows.begin(image, channel, these.count, tiles.out().first, tiles.out().count());
        sums.beginTiles(these.count);
        for (const ColumnBlock& block : columns) {
          sums.beginBlock(these.count);
          for (const Segment& segment : tiles) {
            if (segment.taps == 0) continue;
            const float* const from = dyRows.row(segment.outFirst) + block.outPlace;
            forEachPlaneCall(segment, columns, block, xRows, sums.block(), dyRows.pitch(), {},
                              [&](MicrokernelCall& call, int rows, bool, float* tap) {
                                const FilterMicrokernel function = filterMicrokernelFor(rows, segment.taps);
                                repeatCall(these, call, rows, [&](int32_t i) {
                                  function(call, from + i * dyRows.planeStep(), tap + i * sums.blockStep());
                                });
                              });
          }
          sums.endBlock(these.count, block);
        }
        for (int i = 0; i < these.count; ++i) {
          if (columns.isSparse() || sums.tileIsNaN(i)) {
            sums.beginTile(i);
            sumPlainly(g, x, dy, image, channel + i, tiles.out(), i, sums);
          }
          sums.endTile(i, channel + i);
        }
      }
    }
  }
  sums.store(dfilter);
  return {};
}

}  // namespace depthwise
