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
///       for some images                          as many as the second-level cache holds
///       for each group of channels               as many as the first-level cache holds
///         for each of these images
///           for each block of columns            neighbouring outputs of a row with the same taps
///             for each segment of the tile       outputs with the same (at most three) taps along the height
///               for each three taps of the block
///                 for each channel of the group
///                   the microkernel              all rows of the segment × all columns of the block
///
/// Lanes outside of the image are zeros, and the microkernel multiplies them too. Because 0·∞ is NaN, the columns are
/// divided into more blocks if a value is not finite. No output of these blocks reads zeros (Blocks::kExact).
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

/// How the outputs of a row become blocks, whose number of lanes is a multiple of four.
enum class Blocks {
  kOverlap,  ///< the last four outputs are a block that overlaps the block before it
  kPad,      ///< the last block contains padding lanes: fewer blocks, but rows that are longer than the tensor's
  kExact,    ///< all outputs of a block use the same taps, which lie inside of the row: no output reads zeros
};

/// How the columns of a row become lanes: the order of input and output columns, and the blocks of outputs.
///
/// The padding lanes of a block may be outputs of later blocks. Blocks must be computed in their order, so that these
/// outputs are overwritten.
class ColumnPlan {
 public:
  /// Uses kExact if packed rows would be mostly zeros otherwise, as with strides much longer than the row.
  ColumnPlan(const AxisPlan& axis, Blocks kind);

  Status status() const { return blocks_.status() ? inPlaces_.status() : blocks_.status(); }
  const ColumnOrder& in() const { return in_; }  ///< places outside of the row are zeros
  const ColumnOrder& out() const { return out_; }
  bool isExact() const { return kind_ == Blocks::kExact; }

  const ColumnBlock* begin() const { return blocks_.data(); }
  const ColumnBlock* end() const { return blocks_.data() + blockCount_; }
  /// Returns the place of the input that lane 0 reads at tap tapFirst + m·tapStep.
  ptrdiff_t inPlace(const ColumnBlock& block, int m) const { return inPlaces_[block.inPlaces + m]; }
  /// Returns whether one call per segment computes each output, and this call reads at least one tap.
  bool hasOneCallPerOutput() const {
    return std::all_of(begin(), end(), [](const ColumnBlock& b) { return b.taps > 0 && b.taps <= kMicrokernelRows; });
  }

 private:
  /// `count` outputs of a phase that use the same taps.
  struct Run {
    int64_t count;
    Taps taps;
  };
  struct Counts {
    int64_t runs = 0, taps = 0;
  };

  int64_t countOf(int64_t o) const;
  Taps tapsOf(int64_t o, int64_t count) const;
  /// Not inlined: the copies take 0.1 KB of the wasm, gzipped.
  [[gnu::noinline]] Run runFrom(int64_t o) const;
  /// Calls visit(first output, run) for each run, in the order of the places of outputs.
  template <class Visit>
  void forEachRun(Visit&& visit) const {
    for (int64_t phase = 0; phase < phases_; ++phase) {
      for (int64_t o = phase; o < axis_.outSize();) {
        const Run run = runFrom(o);
        visit(o, run);
        o += run.count * axis_.outStep();
      }
    }
  }
  Counts countRuns() const;
  bool pads(int64_t count) const { return count < 4 || kind_ == Blocks::kPad; }
  ColumnOrder outOrder() const;
  ColumnOrder inOrder();

  AxisPlan axis_;
  Blocks kind_;
  int64_t phases_;  ///< the number of phases with different outputs
  ColumnOrder in_, out_;
  Counts counts_;
  Buffer<ColumnBlock> blocks_;
  Buffer<ptrdiff_t> inPlaces_;
  int blockCount_ = 0;
};

ColumnPlan::ColumnPlan(const AxisPlan& axis, Blocks kind)
    : axis_(axis),
      kind_(kind),
      phases_(std::min<int64_t>(axis_.outStep(), axis_.outSize())),
      in_{inOrder()},
      out_{outOrder()},
      counts_(countRuns()),
      blocks_(2 * counts_.runs),
      inPlaces_(2 * counts_.taps) {
  if (!blocks_.status() || !inPlaces_.status()) return;
  ptrdiff_t places = 0;
  forEachRun([&](int64_t o, const Run& run) {
    const int count = static_cast<int>(run.count);
    forEachLaneBlock(pads(count) ? wholeLanes(count) : count, [&](const LaneBlock& block) {
      blocks_[blockCount_++] = {.outPlace = out_.placeOf(o) + block.first,
                                .lanes = block.lanes,
                                .valid = std::min(block.lanes, count),
                                .overlap = block.overlap,
                                .tapFirst = run.taps.tapFirst,
                                .tapStep = run.taps.tapStep,
                                .taps = run.taps.count,
                                .inPlaces = places};
      for (int m = 0; m < run.taps.count; ++m) {
        inPlaces_[places++] = in_.placeOf(run.taps.inFirst + m * run.taps.inStep) + block.first;
      }
    });
  });
}

/// Returns the number of outputs o, o + outStep, o + 2·outStep, …
int64_t ColumnPlan::countOf(int64_t o) const { return ceilDivide(axis_.outSize() - o, axis_.outStep()); }

/// Returns the taps of `count` outputs o, o + outStep, o + 2·outStep, …, without the taps that read only outside of the
/// row. With a large dilation, most taps read only there.
Taps ColumnPlan::tapsOf(int64_t o, int64_t count) const {
  const Taps taps = axis_.tapsOf(o);
  const int64_t last = (count - 1) * axis_.inStep(), size = axis_.inSize();
  const Range inside = insideOf(size + last, taps.inFirst + last, taps.inStep, taps.count);
  return {.inFirst = taps.inFirst + inside.first * taps.inStep,
          .inStep = taps.inStep,
          .tapFirst = static_cast<int>(taps.tapFirst + inside.first * taps.tapStep),
          .tapStep = taps.tapStep,
          .count = static_cast<int>(inside.end - inside.first)};
}

/// Returns the run that starts with output o: the whole phase or, in an exact plan, outputs with the same taps inside.
ColumnPlan::Run ColumnPlan::runFrom(int64_t o) const {
  const int64_t max = countOf(o);
  if (!isExact()) return {.count = max, .taps = tapsOf(o, max)};
  Run run{.count = 1, .taps = tapsOf(o, 1)};
  for (; run.count < max; ++run.count) {
    const Taps next = tapsOf(o + run.count * axis_.outStep(), 1);
    if (next.count != run.taps.count || next.tapFirst != run.taps.tapFirst) break;
  }
  return run;
}

ColumnPlan::Counts ColumnPlan::countRuns() const {
  Counts counts;
  forEachRun([&](int64_t, const Run& run) {
    ++counts.runs;
    counts.taps += run.taps.count;
  });
  return counts;
}

/// Returns the order of the input columns. Padding lanes read up to three columns after the last one.
ColumnOrder ColumnPlan::inOrder() {
  int64_t first = kMaxAxis, last = -kMaxAxis;
  for (int64_t o = 0; o < phases_; ++o) {
    const Taps taps = tapsOf(o, countOf(o));
    if (taps.count == 0) continue;
    first = std::min(first, taps.inFirst);
    last = std::max(last, taps.inFirst + (taps.count - 1) * taps.inStep + (countOf(o) - 1) * axis_.inStep());
  }
  int64_t columns = std::max<int64_t>(1, last - first + 1);
  if (columns > 64 + 8 * (int64_t{axis_.inSize()} + axis_.outSize())) kind_ = Blocks::kExact;
  if (isExact()) {
    first = 0;
    columns = axis_.inSize();
  }
  const int64_t step = std::min(columns, axis_.inStep());
  const int64_t padding = isExact() || pads(countOf(phases_ - 1)) ? 3 : 0;
  return {.first = first, .step = step, .length = ceilDivide(columns, step) + padding};
}

ColumnOrder ColumnPlan::outOrder() const {
  const int64_t max = countOf(0), min = countOf(phases_ - 1);
  return {.first = 0,
          .step = phases_,
          .length = isExact()   ? max + 3
                    : pads(min) ? wholeLanes(static_cast<int>(max))
                                : max};
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
  NchwLoops(const Operand<const float>& in, const AxisPlan& height, const AxisPlan& width, Blocks blocks,
            bool interleave)
      : channels(in.filterChannels()),
        multiplier(in.multiplier),
        columns(width, blocks),
        tiles(height, columns.in().size(), interleave),
        planes(planesAtOnce(floatsOfPlane(height.taps() * int64_t{width.taps()}), multiplier)),
        images(imagesAtOnce(in.tensor.imageStride)),
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

  /// The outer loops. For each group of repeat.count channels of the filter, from `channel` on, calls
  /// begin(channel, repeat.count), then compute(image, channel, repeat, isLast) for some images, of which isLast marks
  /// the last one.
  template <class Begin, class Compute>
  void forEachChannelGroup(int batch, Begin&& begin, Compute&& compute) {
    for (int64_t tile = 0; tile < tiles.count(); ++tile) {
      tiles.plan(tile);
      for (int first = 0, end; first < batch; first = end) {
        end = first + std::min(images, batch - first);
        for (int channel = 0; channel < channels; channel += planes) {
          const Repeat repeat{
              .count = std::min(planes, channels - channel), .every = multiplier, .inStride = inputs.planeStride()};
          begin(channel, repeat.count);
          for (int image = first; image < end; ++image) {
            inputs.begin(image, channel / multiplier, (repeat.count + multiplier - 1) / multiplier, tiles.in());
            compute(image, channel, repeat, image + 1 == end);
          }
        }
      }
    }
  }

  /// The inner loops, for one block of columns. Calls compute(call, segment, tap, inRows, isFirst) for each segment and
  /// each three taps of the block. The call reads the first channel of the group, `tap` is the first tap that it uses,
  /// and `isFirst` is true for the first taps of the block. Calls writeZeros(segment) if no tap reaches outputs. Each
  /// tap of `grid` is a vector.
  template <class Float, class WriteZeros, class Compute>
  DEPTHWISE_INLINE void forEachCall(const ColumnBlock& block, const TapGrid<Float>& grid, ptrdiff_t outRowStride,
                                    const FusedEpilogue& epilogue, WriteZeros&& writeZeros, Compute&& compute) const {
    if (block.taps == 0) return writeZeros(tiles.zeros());
    for (const Segment& segment : tiles) {
      if (segment.taps == 0) {
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
  int images;  ///< in the order channel after channel
  InputPlanes inputs;
};

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
      for (int tap = 0; tap < taps_; ++tap, at += channels_, to += 4) {
        store(to, splat(filter_[at]));
      }
    }
  }

 private:
  const float* filter_;
  int taps_, columns_, channels_;
  Buffer<float> vectors_;
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

/// Returns whether all values are finite: 0·x is NaN for other values.
bool areFinite(const float* values, ptrdiff_t count) {
  f32x4 sum = splat(0);
  for (; count >= 4; count -= 4, values += 4) sum = add(sum, mul(load(values), splat(0)));
  if (count > 0) sum = add(sum, mul(loadN(values, static_cast<int>(count)), splat(0)));
  return !isAnyTrue(isNaN(sum));
}

}  // namespace

Status correlateNchw(const Correlation& c) {
  // Overlapping blocks compute some columns twice; padded rows must be copied to the tensor afterwards. With one call
  // per output, overlapping blocks are faster. With several phases, rows are copied anyway.
  const bool isOneCall =
      c.height.taps() <= kMicrokernelTaps && c.width.taps() <= kMicrokernelRows && c.width.outStep() == 1;
  const bool mayReadZeros = areFinite(c.filter, ptrdiff_t{c.height.taps()} * c.width.taps() * c.channels);
  const Blocks blocks = !mayReadZeros ? Blocks::kExact : isOneCall ? Blocks::kOverlap : Blocks::kPad;
  NchwLoops loops(c.in, c.height, c.width, blocks, c.width.taps() <= kMicrokernelRows);
  OutputPlanes out(c, loops.columns.out(), loops.tiles.maxOut(), loops.planes);
  BroadcastTaps filter(c, loops.planes);
  BroadcastEpilogue epilogue(c.epilogue, loops.columns.out().size());
  for (const Status status : {loops.status(), out.status(), filter.status(), epilogue.status()}) {
    if (!status) return status;
  }
  const bool mayFuse = epilogue.isFusable() && loops.columns.hasOneCallPerOutput();
  const auto begin = [&](int channel, int count) {
    filter.begin(channel, count);
    epilogue.begin(channel, count);
  };
  loops.forEachChannelGroup(c.batch, begin, [&](int image, int channel, const Repeat& repeat, bool) {
    const Columns rows = loops.tiles.out();
    const bool isFused = mayFuse && loops.tiles.hasOneSegmentPerOutput();
    out.begin(image, channel, repeat.count, rows);
    for (const ColumnBlock& block : loops.columns) {
      loops.forEachCall(
          block, filter.grid(), out.rowStride(), epilogue.fused(0),
          [&](const Segment& segment) { out.writeZeros(segment, block); },
          [&](MicrokernelCall& call, const Segment& segment, const float* tap, int inRows, bool isFirst) {
            const Write write = isFused                        ? Write::kEpilogue
                                : segment.overwrite && isFirst ? Write::kOverwrite
                                                               : Write::kAdd;
            const Microkernel compute = microkernelFor(inRows, segment.taps, segment.between, write);
            float* const to = out.row(0, segment.outFirst) + block.outPlace;
            repeatCall(repeat, call, inRows, [&](int i) {
              call.epilogue = epilogue.fused(i);
              compute(call, tap + i * filter.channelStride(), to + i * out.planeStride());
            });
          });
    }
    for (int i = 0; i < repeat.count; ++i) {
      if (!isFused) epilogue.apply(i, out.row(i, rows.first), out.rowStride(), rows.count());
    }
    out.unpack();
  });
  return {};
}

// The gradient of the filter.

namespace {

/// The sums of the filter gradient, in two steps: over some images (a vector for each block of columns and each tap),
/// and over all lanes, blocks, tiles and images. The second step is float64, because the number of its terms grows with
/// the tensor. The vectors are stored for one group of channels.
class GradientSums {
 public:
  GradientSums(const Geometry& g, const ColumnPlan& columns, int planes)
      : taps_(ptrdiff_t{g.height.taps} * g.width.taps),
        tapsInRow_(g.width.taps),
        channels_(g.outChannels()),
        columns_(columns),
        blockStride_(4 * taps_ * planes),
        vectors_(int64_t{4} * taps_ * planes * (columns.end() - columns.begin())),
        totals_(int64_t{taps_} * channels_) {
    if (!status()) return;
    std::fill_n(vectors_.data(), blockStride_ * (columns.end() - columns.begin()), 0.0f);
    std::fill_n(totals_.data(), taps_ * channels_, 0.0);
  }

  Status status() const { return vectors_.status() ? totals_.status() : vectors_.status(); }

  /// Returns the vectors of the first channel of the group. Those of the next channel start channelStride() floats
  /// later.
  TapGrid<float> vectors(const ColumnBlock& block) {
    return {.data = of(block), .columns = tapsInRow_, .tapStride = 4};
  }
  ptrdiff_t channelStride() const { return 4 * taps_; }

  /// Adds the vectors of a group of `count` channels, from `channel` on, to the totals, and clears them. Adds only
  /// lanes that are outputs and belong to no earlier block.
  void addToTotals(int channel, int count) {
    for (const ColumnBlock& block : columns_) {
      float* vector = of(block);
      const int end = std::min(4, block.valid);
      for (int i = 0; i < count; ++i) {
        double* total = totals_.data() + channel + i;
        for (ptrdiff_t tap = 0; tap < taps_; ++tap, total += channels_, vector += 4) {
          for (int lane = block.overlap; lane < end; ++lane) *total += vector[lane];
          store(vector, splat(0));
        }
      }
    }
  }

  bool haveNaN() const {
    return std::any_of(totals_.data(), totals_.data() + taps_ * channels_, [](double sum) { return std::isnan(sum); });
  }
  void storeTo(float* dfilter) const {
    for (ptrdiff_t i = 0; i < taps_ * channels_; ++i) dfilter[i] = static_cast<float>(totals_[i]);
  }

 private:
  float* of(const ColumnBlock& block) { return vectors_.data() + (&block - columns_.begin()) * blockStride_; }

  ptrdiff_t taps_;
  int tapsInRow_, channels_;
  const ColumnPlan& columns_;
  ptrdiff_t blockStride_;
  Buffer<float> vectors_;
  Buffer<double> totals_;
};

Status sumFilterGradient(const Geometry& g, const float* x, const float* dy, Blocks blocks, float* dfilter) {
  const AxisPlan height(g.height, Pass::kForward), width(g.width, Pass::kForward);
  const Operand<const float> xOperand{.tensor = viewX(g, x), .channels = g.channels, .multiplier = g.multiplier};
  NchwLoops loops(xOperand, height, width, blocks, false);
  InputPlanes dyRows(viewY(g, dy), g.width.out, loops.columns.out(), loops.tiles.maxOut(), loops.planes);
  GradientSums sums(g, loops.columns, loops.planes);
  for (const Status status : {loops.status(), dyRows.status(), sums.status()}) {
    if (!status) return status;
  }
  // The vectors are float32, so they are sums of a limited number of rows.
  constexpr int kMinRows = 64;
  int rows = 0;
  const auto begin = [&](int, int) { rows = 0; };
  loops.forEachChannelGroup(g.batch, begin, [&](int image, int channel, const Repeat& repeat, bool isLast) {
    dyRows.begin(image, channel, repeat.count, loops.tiles.out());
    for (const ColumnBlock& block : loops.columns) {
      loops.forEachCall(
          block, sums.vectors(block), dyRows.rowStride(), {}, [](const Segment&) {},
          [&](MicrokernelCall& call, const Segment& segment, float* tap, int inRows, bool) {
            const FilterMicrokernel compute = filterMicrokernelFor(inRows, segment.taps);
            const float* const from = dyRows.row(segment.outFirst) + block.outPlace;
            repeatCall(repeat, call, inRows,
                       [&](int i) { compute(call, from + i * dyRows.planeStride(), tap + i * sums.channelStride()); });
          });
    }
    rows += loops.tiles.out().count();
    if (rows < kMinRows && !isLast) return;
    sums.addToTotals(channel, repeat.count);
    rows = 0;
  });
  // A NaN may be the product of a zero outside of the image and an infinity.
  if (sums.haveNaN() && !loops.columns.isExact()) return sumFilterGradient(g, x, dy, Blocks::kExact, dfilter);
  sums.storeTo(dfilter);
  return {};
}

}  // namespace

Status filterGradientNchw(const Geometry& g, const float* x, const float* dy, float* dfilter) {
  return sumFilterGradient(g, x, dy, Blocks::kOverlap, dfilter);
}

}  // namespace depthwise
