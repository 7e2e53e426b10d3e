#include <algorithm>
#include <cmath>

#include "conv/convolution.h"
#include "conv/microkernel.h"
#include "nn/activation.h"
#include "simd/f32x4.h"

/// The loop nests of NCHW, where four neighbouring columns of one channel are the lanes of a vector. NHWC with fewer
/// than four channels uses them too.
///
/// The microkernel (microkernel.h) moves down an image instead of along a row. Its "columns" are rows of the image, and
/// its three "rows" are the same rows at three taps along the width:
///
///     NHWC  lanes: 4 channels    moves along the width    3 input rows        3 taps along the width in registers
///     NCHW  lanes: 4 columns     moves down the height    3 taps along the    3 taps along the height in registers
///                                                         width
///
/// Along the width, strides, dilations and borders decide only where a column is stored (ColumnPlan). Values of a
/// channel (taps, bias, slopes) are broadcast: each is stored four times.
///
///     for each tile of rows                      as high as the cache allows
///       for each image
///         for each group of channels             as many as the cache holds
///           for each block of columns            neighbouring outputs of a row with the same taps
///             for each segment of the tile       outputs with the same (at most three) taps along the height
///               for each three taps of the block
///                 for each channel of the group
///                   the microkernel              all rows of the segment × all columns of the block
///
/// Lanes outside of the image are zeros, and the microkernel multiplies them too. Because 0·∞ is NaN, a channel with a
/// weight that is not finite is computed directly from the definition.
namespace depthwise {
namespace {

/// Neighbouring outputs of a row of one channel that are computed as lanes. They belong to one phase, so that their
/// inputs are also neighbours in the order of packed columns.
struct ColumnBlock {
  ptrdiff_t outPlace;  ///< of lane 0 in the order of output columns
  int lanes;           ///< a multiple of four
  int valid;           ///< the number of lanes that are outputs; the lanes after them are padding
  int overlap;         ///< the number of lanes that belong to an earlier block too
  int tapFirst, tapStep;
  int taps;            ///< 0: the outputs are zero
  ptrdiff_t inPlaces;  ///< the index of the first tap in ColumnPlan::inPlaces_
};

/// How to compute the last outputs if their number is not a multiple of four.
enum class LastLanes {
  kOverlap,  ///< the last four outputs are a block that overlaps the block before it
  kPad,      ///< the last block contains padding lanes: fewer blocks, but rows that are longer than the tensor's
};

/// How the columns of a row become lanes: the order of input and output columns, and the blocks of outputs.
class ColumnPlan {
 public:
  ColumnPlan(const AxisPlan& axis, LastLanes lastLanes);

  Status status() const { return blocks_.status() ? inPlaces_.status() : blocks_.status(); }
  const ColumnOrder& in() const { return in_; }  ///< places outside of the row are zeros
  const ColumnOrder& out() const { return out_; }
  /// Returns whether packed rows would be mostly zeros, as with strides much longer than the row. Then the plan
  /// contains no blocks.
  bool isSparse() const { return in_.length == 0; }

  const ColumnBlock* begin() const { return blocks_.data(); }
  const ColumnBlock* end() const { return blocks_.data() + blockCount_; }
  /// Returns the place of the input that lane 0 reads at tap tapFirst + m·tapStep.
  ptrdiff_t inPlace(const ColumnBlock& block, int m) const { return inPlaces_[block.inPlaces + m]; }
  /// Returns whether one call per segment computes each output, and this call reads at least one tap.
  bool hasOneCallPerOutput() const {
    return std::all_of(begin(), end(), [](const ColumnBlock& b) { return b.taps > 0 && b.taps <= kMicrokernelRows; });
  }

 private:
  int64_t countOf(int64_t o) const;
  Taps tapsOf(int64_t o) const;
  int64_t tapCount() const;
  bool pads(int64_t count) const { return count < 4 || lastLanes_ == LastLanes::kPad; }
  ColumnOrder outOrder() const;
  ColumnOrder inOrder() const;

  AxisPlan axis_;
  LastLanes lastLanes_;
  int64_t phases_;  ///< the number of phases with different outputs
  ColumnOrder out_, in_;
  Buffer<ColumnBlock> blocks_;
  Buffer<ptrdiff_t> inPlaces_;
  int blockCount_ = 0;
};

ColumnPlan::ColumnPlan(const AxisPlan& axis, LastLanes lastLanes)
    : axis_(axis),
      lastLanes_(lastLanes),
      phases_(std::min<int64_t>(axis_.outStep(), axis_.outSize())),
      out_{outOrder()},
      in_{inOrder()},
      blocks_(2 * phases_),
      inPlaces_(2 * tapCount()) {
  if (isSparse() || !blocks_.status() || !inPlaces_.status()) return;
  ptrdiff_t places = 0;
  for (int64_t o = 0; o < phases_; ++o) {
    const Taps taps = tapsOf(o);
    const int count = static_cast<int>(countOf(o));
    forEachLaneBlock(pads(count) ? wholeLanes(count) : count, [&](const LaneBlock& block) {
      blocks_[blockCount_++] = {.outPlace = out_.placeOf(o) + block.first,
                                .lanes = block.lanes,
                                .valid = std::min(block.lanes, count),
                                .overlap = block.overlap,
                                .tapFirst = taps.tapFirst,
                                .tapStep = taps.tapStep,
                                .taps = taps.count,
                                .inPlaces = places};
      for (int m = 0; m < taps.count; ++m) {
        inPlaces_[places++] = in_.placeOf(taps.inFirst + m * taps.inStep) + block.first;
      }
    });
  }
}

/// Returns the number of outputs o, o + outStep, o + 2·outStep, …
int64_t ColumnPlan::countOf(int64_t o) const { return ceilDivide(axis_.outSize() - o, axis_.outStep()); }

/// Returns the taps of the outputs o, o + outStep, o + 2·outStep, …, without the taps that read only outside of the
/// row. With a large dilation, most taps read only there.
Taps ColumnPlan::tapsOf(int64_t o) const {
  const Taps taps = axis_.tapsOf(o);
  const int64_t last = (countOf(o) - 1) * axis_.inStep(), size = axis_.inSize();
  const Range inside = insideOf(size + last, taps.inFirst + last, taps.inStep, taps.count);
  return {.inFirst = taps.inFirst + inside.first * taps.inStep,
          .inStep = taps.inStep,
          .tapFirst = static_cast<int>(taps.tapFirst + inside.first * taps.tapStep),
          .tapStep = taps.tapStep,
          .count = static_cast<int>(inside.end - inside.first)};
}

int64_t ColumnPlan::tapCount() const {
  int64_t count = 0;
  for (int64_t o = 0; o < phases_; ++o) count += tapsOf(o).count;
  return count;
}

ColumnOrder ColumnPlan::outOrder() const {
  const int64_t max = countOf(0), min = countOf(phases_ - 1);
  return {.first = 0, .step = phases_, .length = pads(min) ? wholeLanes(static_cast<int>(max)) : max};
}

ColumnOrder ColumnPlan::inOrder() const {
  int64_t first = kMaxAxis, last = -kMaxAxis;
  for (int64_t o = 0; o < phases_; ++o) {
    const Taps taps = tapsOf(o);
    if (taps.count == 0) continue;
    first = std::min(first, taps.inFirst);
    last = std::max(last, taps.inFirst + (taps.count - 1) * taps.inStep + (countOf(o) - 1) * axis_.inStep());
  }
  const int64_t columns = std::max<int64_t>(1, last - first + 1);
  if (columns > 64 + 8 * (int64_t{axis_.inSize()} + axis_.outSize())) return {.first = 0, .step = 1, .length = 0};
  const int64_t step = std::min(columns, axis_.inStep());
  // Padding lanes read up to three columns after the last one.
  const int64_t padding = pads(countOf(phases_ - 1)) ? 3 : 0;
  return {.first = first, .step = step, .length = ceilDivide(columns, step) + padding};
}

/// The input rows of a group of channels, with their columns in the order of a ColumnPlan: rows of the tensor if they
/// have this order, otherwise packed copies with zeros on both sides.
class InputPlanes {
 public:
  /// For at most `rows` rows of `planes` channels at a time.
  InputPlanes(const TensorView<const float>& tensor, int64_t columns, const ColumnOrder& order, int64_t rows,
              int planes)
      : tensor_(tensor),
        firstColumn_(order.first),
        packed_(tensor.columnStride != 1 || order.step != 1 || order.first < 0 || order.first + order.length > columns),
        rowStride_(packed_ ? spreadStride(order.size()) : tensor.rowStride),
        planeStride_(packed_ ? rows * rowStride_ : tensor.channelStride),
        sequences_(order, columns),
        copy_(packed_ ? planeStride_ * planes : 0) {
    if (!packed_ || !copy_.status()) return;
    // begin() overwrites the columns only. The zeros between and around them stay.
    std::fill_n(copy_.data(), planeStride_ * planes, 0.0f);
  }

  Status status() const { return copy_.status() ? sequences_.status() : copy_.status(); }
  ptrdiff_t rowStride() const { return static_cast<ptrdiff_t>(rowStride_); }
  ptrdiff_t planeStride() const { return static_cast<ptrdiff_t>(planeStride_); }

  /// Packs `rows` of `planes` channels, from `channel` on.
  void begin(int image, int channel, int planes, Columns rows) {
    const float* const from = tensor_.pixel(image, rows.first, 0) + channel * tensor_.channelStride;
    firstRow_ = rows.first;
    data_ = packed_ ? copy_.data() : from + firstColumn_;
    if (!packed_) return;
    for (int i = 0; i < planes; ++i) {
      gatherColumns({.data = from + i * tensor_.channelStride,
                     .rowStride = tensor_.rowStride,
                     .columnStride = tensor_.columnStride,
                     .rows = rows.count()},
                    sequences_, copy_.data() + i * planeStride(), rowStride());
    }
  }

  /// Returns place 0 of a row of the first plane.
  const float* row(int index) const { return data_ + (index - firstRow_) * rowStride(); }

 private:
  TensorView<const float> tensor_;
  int64_t firstColumn_;
  bool packed_;
  int64_t rowStride_, planeStride_;  ///< fit a ptrdiff_t if the copy has been allocated
  ColumnSequences sequences_;
  Buffer<float> copy_;
  const float* data_ = nullptr;
  int firstRow_ = 0;
};

/// The part of the nest that both passes share: plans of columns and rows, and the input planes.
struct NchwLoops {
  NchwLoops(const Operand<const float>& in, const AxisPlan& height, const AxisPlan& width, LastLanes lastLanes,
            bool interleave)
      : channels(in.filterChannels()),
        multiplier(in.multiplier),
        columns(width, lastLanes),
        tiles(height, columns.in().size(), interleave),
        planes(planesAtOnce(floatsOfPlane(height.taps() * int64_t{width.taps()}), multiplier)),
        inputs(in.tensor, width.inSize(), columns.in(), tiles.maxIn(), planes) {}

  /// Returns the number of floats that one channel reads and writes. Each tap is a vector.
  int64_t floatsOfPlane(int64_t taps) const {
    return tiles.maxIn() * columns.in().size() + tiles.maxOut() * columns.out().size() + 4 * taps;
  }

  Status status() const {
    for (const Status status : {columns.status(), tiles.status()}) {
      if (!status) return status;
    }
    return inputs.status();
  }

  /// The outer loops. Calls compute(image, channel, repeat) for each group of repeat.count channels of the filter, from
  /// `channel` on.
  template <class Compute>
  void forEachChannelGroup(int batch, Compute&& compute) {
    for (int64_t tile = 0; tile < tiles.count(); ++tile) {
      tiles.plan(tile);
      for (int image = 0; image < batch; ++image) {
        for (int channel = 0; channel < channels; channel += planes) {
          const Repeat repeat{
              .count = std::min(planes, channels - channel), .every = multiplier, .inStride = inputs.planeStride()};
          if (channel % multiplier == 0) {
            inputs.begin(image, channel / multiplier, (repeat.count + multiplier - 1) / multiplier, tiles.in());
          }
          compute(image, channel, repeat);
        }
      }
    }
  }

  /// The inner loops, for one block of columns. Calls compute(call, segment, tap, inRows, isFirst) for each segment and
  /// each three taps of the block. The call reads the first channel of the group, `tap` is the first tap that it uses,
  /// and `isFirst` is true for the first taps of the block. Calls writeZeros(segment) if no tap reaches the outputs of
  /// a segment. Each tap of `grid` is a vector.
  template <class Float, class WriteZeros, class Compute>
  DEPTHWISE_INLINE void forEachCall(const ColumnBlock& block, const TapGrid<Float>& grid, ptrdiff_t outRowStride,
                                    const FusedEpilogue& epilogue, WriteZeros&& writeZeros, Compute&& compute) const {
    for (const Segment& segment : tiles) {
      if (segment.taps == 0 || block.taps == 0) {
        writeZeros(segment);
        continue;
      }
      MicrokernelCall call = callAlong(segment, block.lanes, inputs.rowStride(), outRowStride);
      // The steps of a single tap are not used, and might overflow.
      call.filterRowStep = block.taps > 1 ? grid.columnStep(block.tapStep) : 0;
      call.filterTapStep = segment.taps > 1 ? grid.rowStep(segment.tapStep) : 0;
      call.filterLaneStep = 0;
      call.betweenTap = grid.rowStep(segment.betweenTap - segment.tapFirst);
      call.epilogue = epilogue;
      const float* const row = inputs.row(segment.inFirst);
      for (int done = 0; done < block.taps; done += kMicrokernelRows) {
        const int inRows = std::min(kMicrokernelRows, block.taps - done);
        for (int r = 0; r < inRows; ++r) call.in[r] = row + columns.inPlace(block, done + r);
        Float* const tap = grid.tap(segment.tapFirst, block.tapFirst + done * block.tapStep);
        compute(call, segment, tap, inRows, done == 0);
      }
    }
  }

  int channels, multiplier;
  ColumnPlan columns;
  TilePlan tiles;
  int planes;  ///< channels that are computed together
  InputPlanes inputs;
};

/// Calls visit(input row, input column, filter row, filter column) for each product of one output, as in the definition
/// of the convolution.
template <class Visit>
void forEachProduct(const RowTaps& rows, const RowTaps& columns, Visit&& visit) {
  for (int r = 0; r < rows.count; ++r) {
    for (int c = 0; c < columns.count; ++c) {
      visit(rows.inFirst + r * rows.inStep, columns.inFirst + c * columns.inStep, rows.tapFirst + r * rows.tapStep,
            columns.tapFirst + c * columns.tapStep);
    }
  }
}

// Forward and the input gradient.

/// The taps of a group of channels, each stored four times.
class BroadcastTaps {
 public:
  /// For at most `planes` channels at a time.
  BroadcastTaps(const Correlation& c, int planes)
      : filter_(c.filter),
        taps_(c.height.taps() * c.width.taps()),
        columns_(c.width.taps()),
        channels_(c.channels),
        vectors_(int64_t{planes} * 4 * taps_) {}

  Status status() const { return vectors_.status(); }
  TapGrid<const float> grid() const { return {.data = vectors_.data(), .columns = columns_, .tapStride = 4}; }
  ptrdiff_t channelStride() const { return 4 * ptrdiff_t{taps_}; }

  /// Starts a group of `count` channels, from `channel` on.
  void begin(int channel, int count) {
    for (int i = 0; i < count; ++i) {
      float* to = vectors_.data() + i * channelStride();
      ptrdiff_t at = channel + i;
      float zero = 0;
      for (int tap = 0; tap < taps_; ++tap, at += channels_, to += 4) {
        store(to, splat(filter_[at]));
        zero += 0 * filter_[at];
      }
      isFinite_[i] = zero == 0;
    }
  }
  /// Returns whether all taps of channel i of the group are finite.
  bool areFinite(int i) const { return isFinite_[i]; }
  float at(int i, int row, int column) const { return grid().tap(row, column)[i * channelStride()]; }

 private:
  const float* filter_;
  int taps_, columns_, channels_;
  Buffer<float> vectors_;
  bool isFinite_[kMaxPlanes] = {};
};

/// The epilogue of a group of channels, with broadcast values.
class BroadcastEpilogue {
 public:
  /// `columns`: the number of floats in an output row.
  BroadcastEpilogue(const Epilogue& epilogue, int64_t columns)
      : epilogue_(epilogue),
        limits_(epilogue.changesNothing() ? nullptr : limitsOf(epilogue.elementwise())),
        columns_(columns),
        bias_(epilogue.bias ? columns : 0),
        preluAlpha_(epilogue.preluAlpha ? columns : 0) {}

  Status status() const { return bias_.status() ? preluAlpha_.status() : bias_.status(); }

  /// Starts a group of `count` channels, from `channel` on.
  void begin(int channel, int count) {
    channel_ = channel;
    for (int i = 0; i < count; ++i) {
      store(fusedBias_ + 4 * i, splat(epilogue_.bias ? epilogue_.bias[channel + i] : kNoBias));
    }
  }

  /// Returns whether the microkernel can apply the whole epilogue.
  bool isFusable() const { return limits_ != nullptr; }
  /// Returns the fused epilogue of channel i of the group.
  FusedEpilogue fused(int i) const { return {.bias = fusedBias_ + 4 * i, .limits = limits_}; }

  /// Applies the epilogue to `rows` rows of channel i of the group.
  void apply(int i, float* row, ptrdiff_t rowStride, int rows) {
    if (epilogue_.changesNothing()) return;
    Epilogue ofChannel = epilogue_;
    if (epilogue_.bias) {
      std::fill_n(bias_.data(), columns_, epilogue_.bias[channel_ + i]);
      ofChannel.bias = bias_.data();
    }
    if (epilogue_.preluAlpha) {
      std::fill_n(preluAlpha_.data(), columns_, epilogue_.preluAlpha[channel_ + i]);
      ofChannel.preluAlpha = preluAlpha_.data();
    }
    applyEpilogue(ofChannel, row, rowStride, rows, static_cast<int>(columns_));
  }

 private:
  Epilogue epilogue_;
  const Limits* limits_;
  int64_t columns_;
  Buffer<float> bias_, preluAlpha_;
  int channel_ = 0;
  float fusedBias_[4 * kMaxPlanes];
};

/// The output rows of a group of channels: rows of the tensor if they have the order of a ColumnPlan and no channels
/// are summed, otherwise packed rows.
class OutputPlanes {
 public:
  OutputPlanes(const Correlation& c, const ColumnOrder& order, int64_t rows, int planes)
      : out_(c.out),
        packed_(out_.multiplier > 1 || out_.tensor.columnStride != 1 || order.step != 1 ||
                order.length > c.width.outSize()),
        rowStride_(packed_ ? spreadStride(order.size()) : out_.tensor.rowStride),
        planeStride_(packed_ ? rows * rowStride_ : out_.tensor.channelStride),
        sequences_(order, c.width.outSize()),
        copy_(packed_ ? planeStride_ * planes : 0) {}

  Status status() const { return copy_.status() ? sequences_.status() : copy_.status(); }
  ptrdiff_t rowStride() const { return static_cast<ptrdiff_t>(rowStride_); }
  ptrdiff_t planeStride() const { return static_cast<ptrdiff_t>(planeStride_); }

  /// Starts `rows` of a group of `count` channels of the filter, from `channel` on.
  void begin(int image, int channel, int count, Columns rows) {
    channel_ = channel;
    count_ = count;
    rows_ = rows;
    tensor_ = out_.tensor.pixel(image, rows.first, 0);
    data_ = packed_ ? copy_.data() : plane(0);
  }

  /// Returns place 0 of a row of channel i of the group.
  float* row(int i, int index) const { return data_ + (i * planeStride() + (index - rows_.first) * rowStride()); }

  void writeZeros(const Segment& segment, const ColumnBlock& block) const {
    for (int i = 0; i < count_; ++i) {
      for (int output = 0; output < segment.outCount; ++output) {
        std::fill_n(row(i, segment.outFirst + output * segment.outStep) + block.outPlace, block.lanes, 0.0f);
      }
    }
  }

  /// Copies packed rows to the tensor. If several channels of the filter belong to one channel of the tensor, copies
  /// the first of these channels and adds the next ones.
  void unpack() const {
    if (!packed_) return;
    for (int i = 0; i < count_; ++i) {
      const auto scatter = (channel_ + i) % out_.multiplier > 0 ? scatterAddColumns : scatterColumns;
      scatter(row(i, rows_.first), rowStride(), sequences_,
              {.data = plane(i),
               .rowStride = out_.tensor.rowStride,
               .columnStride = out_.tensor.columnStride,
               .rows = rows_.count()});
    }
  }

 private:
  float* plane(int i) const { return tensor_ + (channel_ + i) / out_.multiplier * out_.tensor.channelStride; }

  Operand<float> out_;
  bool packed_;
  int64_t rowStride_, planeStride_;  ///< fit a ptrdiff_t if the copy has been allocated
  ColumnSequences sequences_;
  Buffer<float> copy_;
  int channel_ = 0, count_ = 0;
  Columns rows_;
  float *tensor_ = nullptr, *data_ = nullptr;
};

/// Computes `rows` of channel i of the group from the definition.
void correlateDirectly(const Correlation& c, int image, int channel, int i, Columns rows, const ColumnOrder& order,
                       const BroadcastTaps& filter, const OutputPlanes& out) {
  const TensorView<const float>& in = c.in.tensor;
  const ptrdiff_t inChannel = (channel + i) / c.in.multiplier * in.channelStride;
  for (int row = rows.first; row < rows.end; ++row) {
    for (int column = 0; column < c.width.outSize(); ++column) {
      float sum = 0;
      forEachProduct(c.height.rowTaps(row), c.width.rowTaps(column),
                     [&](int inRow, int inColumn, int filterRow, int filterColumn) {
                       sum += in.pixel(image, inRow, inColumn)[inChannel] * filter.at(i, filterRow, filterColumn);
                     });
      out.row(i, row)[order.placeOf(column)] = sum;
    }
  }
}

}  // namespace

Status correlateNchw(const Correlation& c) {
  // Overlapping blocks compute some columns twice; padded rows must be copied to the tensor afterwards. With one call
  // per output, overlapping blocks are faster. With several phases, rows are copied anyway.
  const bool isOneCall =
      c.height.taps() <= kMicrokernelTaps && c.width.taps() <= kMicrokernelRows && c.width.outStep() == 1;
  NchwLoops loops(c.in, c.height, c.width, isOneCall ? LastLanes::kOverlap : LastLanes::kPad, true);
  OutputPlanes out(c, loops.columns.out(), loops.tiles.maxOut(), loops.planes);
  BroadcastTaps filter(c, loops.planes);
  BroadcastEpilogue epilogue(c.epilogue, loops.columns.out().size());
  for (const Status status : {loops.status(), out.status(), filter.status(), epilogue.status()}) {
    if (!status) return status;
  }
  const bool mayFuse = epilogue.isFusable() && loops.columns.hasOneCallPerOutput();
  loops.forEachChannelGroup(c.batch, [&](int image, int channel, const Repeat& repeat) {
    const Columns rows = loops.tiles.out();
    const bool isFused = mayFuse && loops.tiles.hasOneSegmentPerOutput();
    out.begin(image, channel, repeat.count, rows);
    filter.begin(channel, repeat.count);
    epilogue.begin(channel, repeat.count);
    for (const ColumnBlock& block : loops.columns) {
      loops.forEachCall(
          block, filter.grid(), out.rowStride(), epilogue.fused(0),
          [&](const Segment& segment) {
            if (segment.overwrite) out.writeZeros(segment, block);
          },
          [&](MicrokernelCall& call, const Segment& segment, const float* tap, int inRows, bool isFirst) {
            const Write write = isFused                        ? Write::kEpilogue
                                : segment.overwrite && isFirst ? Write::kOverwrite
                                                               : Write::kAdd;
            const Between between = segment.interleaved ? Between::kTap : Between::kNothing;
            const Microkernel compute = microkernelFor(inRows, segment.taps, between, write);
            float* const to = out.row(0, segment.outFirst) + block.outPlace;
            repeatCall(repeat, call, inRows, [&](int i) {
              call.epilogue = epilogue.fused(i);
              compute(call, tap + i * filter.channelStride(), to + i * out.planeStride());
            });
          });
    }
    for (int i = 0; i < repeat.count; ++i) {
      const bool isComputed = filter.areFinite(i) && !loops.columns.isSparse();
      if (!isComputed) correlateDirectly(c, image, channel, i, rows, loops.columns.out(), filter, out);
      if (!isComputed || !isFused) epilogue.apply(i, out.row(i, rows.first), out.rowStride(), rows.count());
    }
    out.unpack();
  });
  return {};
}

// The gradient of the filter.

namespace {

/// The sums of the filter gradient, in three steps: over a block of columns (a vector for each tap), over a tile of a
/// channel, and over all tiles and images. The last two steps are float64, because the number of their terms grows with
/// the tensor. The sums of the first two steps are stored for one group of channels.
class GradientSums {
 public:
  GradientSums(const Geometry& g, int planes)
      : taps_(ptrdiff_t{g.height.taps} * g.width.taps),
        columns_(g.width.taps),
        channels_(g.outChannels()),
        block_(int64_t{4} * planes * taps_),
        tile_(int64_t{planes} * taps_),
        totals_(int64_t{taps_} * channels_) {}

  Status status() const {
    for (const Status status : {block_.status(), tile_.status()}) {
      if (!status) return status;
    }
    return totals_.status();
  }

  void clear() { std::fill_n(totals_.data(), taps_ * channels_, 0.0); }

  void beginTiles(int planes) { std::fill_n(tile_.data(), planes * taps_, 0.0); }
  void beginTile(int i) { std::fill_n(tile(i), taps_, 0.0); }
  double& inTile(int i, int row, int column) { return tile(i)[ptrdiff_t{row} * columns_ + column]; }
  bool tileHasNaN(int i) {
    return std::any_of(tile(i), tile(i) + taps_, [](double sum) { return std::isnan(sum); });
  }
  void endTile(int i, int channel) {
    const double* const from = tile(i);
    double* const to = totals_.data();
    ptrdiff_t at = channel;
    for (ptrdiff_t tap = 0; tap < taps_; ++tap, at += channels_) to[at] += from[tap];
  }

  void beginBlock(int planes) { std::fill_n(block_.data(), 4 * planes * taps_, 0.0f); }
  /// Returns the sums of the first channel of the group. The sums of the next channel start blockStride() floats later.
  TapGrid<float> block() { return {.data = block_.data(), .columns = columns_, .tapStride = 4}; }
  ptrdiff_t blockStride() const { return 4 * taps_; }
  /// Adds the sums of a block to those of the tile: only lanes that are outputs and belong to no earlier block.
  void endBlock(int planes, const ColumnBlock& block) {
    const int end = std::min(4, block.valid);
    for (ptrdiff_t tap = 0; tap < planes * taps_; ++tap) {
      for (int lane = block.overlap; lane < end; ++lane) tile_[tap] += block_[4 * tap + lane];
    }
  }

  void storeTo(float* dfilter) const {
    for (ptrdiff_t i = 0; i < taps_ * channels_; ++i) dfilter[i] = static_cast<float>(totals_[i]);
  }

 private:
  double* tile(int i) { return tile_.data() + i * taps_; }

  ptrdiff_t taps_;
  int columns_, channels_;
  Buffer<float> block_;
  Buffer<double> tile_, totals_;
};

/// Computes the sums of a tile of a channel, which is channel i of the group, from the definition.
void sumDirectly(const Geometry& g, const float* x, const float* dy, int image, int channel, Columns rows, int i,
                 GradientSums& sums) {
  const AxisPlan height(g.height, Pass::kForward), width(g.width, Pass::kForward);
  const TensorView<const float> xView = viewX(g, x), dyView = viewY(g, dy);
  const ptrdiff_t xChannel = channel / g.multiplier * xView.channelStride;
  const ptrdiff_t dyChannel = channel * dyView.channelStride;
  for (int row = rows.first; row < rows.end; ++row) {
    for (int column = 0; column < g.width.out; ++column) {
      const double factor = double{dyView.pixel(image, row, column)[dyChannel]};
      forEachProduct(
          height.rowTaps(row), width.rowTaps(column), [&](int inRow, int inColumn, int filterRow, int filterColumn) {
            sums.inTile(i, filterRow, filterColumn) += factor * xView.pixel(image, inRow, inColumn)[xChannel];
          });
    }
  }
}

}  // namespace

Status filterGradientNchw(const Geometry& g, const float* x, const float* dy, float* dfilter) {
  const AxisPlan height(g.height, Pass::kForward), width(g.width, Pass::kForward);
  const Operand<const float> xOperand{.tensor = viewX(g, x), .channels = g.channels, .multiplier = g.multiplier};
  // Blocks overlap instead of containing padding lanes, because a padding lane might read an infinity.
  NchwLoops loops(xOperand, height, width, LastLanes::kOverlap, false);
  InputPlanes dyRows(viewY(g, dy), g.width.out, loops.columns.out(), loops.tiles.maxOut(), loops.planes);
  GradientSums sums(g, loops.planes);
  for (const Status status : {loops.status(), dyRows.status(), sums.status()}) {
    if (!status) return status;
  }
  sums.clear();
  loops.forEachChannelGroup(g.batch, [&](int image, int channel, const Repeat& repeat) {
    dyRows.begin(image, channel, repeat.count, loops.tiles.out());
    sums.beginTiles(repeat.count);
    for (const ColumnBlock& block : loops.columns) {
      sums.beginBlock(repeat.count);
      loops.forEachCall(
          block, sums.block(), dyRows.rowStride(), {}, [](const Segment&) {},
          [&](MicrokernelCall& call, const Segment& segment, float* tap, int inRows, bool) {
            const FilterMicrokernel compute = filterMicrokernelFor(inRows, segment.taps);
            const float* const from = dyRows.row(segment.outFirst) + block.outPlace;
            repeatCall(repeat, call, inRows,
                       [&](int i) { compute(call, from + i * dyRows.planeStride(), tap + i * sums.blockStride()); });
          });
      sums.endBlock(repeat.count, block);
    }
    for (int i = 0; i < repeat.count; ++i) {
      if (loops.columns.isSparse() || sums.tileHasNaN(i)) {
        sums.beginTile(i);
        sumDirectly(g, x, dy, image, channel + i, loops.tiles.out(), i, sums);
      }
      sums.endTile(i, channel + i);
    }
  });
  sums.storeTo(dfilter);
  return {};
}

}  // namespace depthwise
