#include <algorithm>
#include <cmath>
#include <cstring>

#include "conv/convolution.h"
#include "conv/microkernel.h"
#include "nn/activation.h"
#include "simd/f32x4.h"

/// The loop nests of NHWC, where four adjacent channels are the lanes of a vector:
///
///     for each tile of columns                   as wide as the cache allows
///       for each image
///         for each row group                     output rows that use the same taps
///           for each slice of the channels       all channels, unless the rows do not fit the cache
///             for each segment of the tile       outputs with the same (at most three) taps
///               for each three input rows
///                 for each output row of the group
///                   the microkernel              all columns of the segment × all channels of the slice
///
/// The first call that computes an output overwrites it, later calls add to it. If one call computes each output, it
/// also applies bias and limits of the epilogue.
///
/// The gradient of the filter is the same nest with exchanged roles: the microkernel reads the rows of the group, which
/// are rows of dy, and adds to the taps of the filter.
namespace depthwise {
namespace {

/// Microkernel calls of a tile, one for each segment and slice, without the fields that change from row to row. A call
/// is prepared when the first row needs it. Preparing the calls for each row would take a twentieth of the time. If a
/// tile has very many calls, only the first ones are stored.
class PreparedCalls {
 public:
  PreparedCalls(int64_t segments, int channels)
      : whole_(2 * segments), sliced_(maxLaneBlocks(channels, sliceChannels(channels)) * segments) {}

  Status status() const { return whole_.calls.status() ? sliced_.calls.status() : whole_.calls.status(); }
  void clear() { whole_.count = sliced_.count = 0; }

  /// Returns call number i of the tile, with or without slices, and prepares it if that has not been done. Valid until
  /// the next call of this function.
  template <class Prepare>
  MicrokernelCall& get(bool sliced, int i, Prepare&& prepare) {
    Calls& stored = sliced ? sliced_ : whole_;
    if (i < stored.count) return stored.calls[i];
    MicrokernelCall& call = i < stored.max ? stored.calls[stored.count++] : other_;
    return call = prepare();
  }

 private:
  struct Calls {
    explicit Calls(int64_t callCount) : max(static_cast<int>(std::min<int64_t>(callCount, 256))), calls(max) {}

    int max, count = 0;
    SmallBuffer<MicrokernelCall, 20> calls;
  };

  Calls whole_, sliced_;
  MicrokernelCall other_;
};

/// Returns a call with the fields that are the same for all rows. `outStride`: floats between columns of the row that
/// the call writes (or, for the gradient of the filter, reads).
template <class Float>
MicrokernelCall prepareCall(const Segment& segment, const LaneBlock& block, const TapGrid<Float>& grid,
                            ptrdiff_t inStride, ptrdiff_t outStride, const FusedEpilogue& epilogue) {
  MicrokernelCall call = callAlong(segment, block.lanes, inStride, outStride);
  call.filterRowStep = 0;
  // The step of a single tap is not used, and might overflow.
  call.filterTapStep = segment.taps > 1 ? grid.columnStep(segment.tapStep) : 0;
  call.filterLaneStep = 1;
  call.betweenTap = grid.columnStep(segment.betweenTap - segment.tapFirst);
  call.epilogue = {.bias = epilogue.bias ? epilogue.bias + block.first : nullptr, .limits = epilogue.limits};
  return call;
}

struct RowRange {
  int first, end;
};

/// The part of the nest that both passes share: plans of rows and columns, the input rows, the prepared calls.
struct NhwcLoops {
  /// `columnsInUse`: how many columns of all tensors are in use at once (columnsCollide).
  NhwcLoops(const Operand<const float>& in, const AxisPlan& height, const AxisPlan& width, int64_t columnsInUse,
            bool interleave)
      : rowStride(in.tensor.rowStride),
        channels(in.filterChannels()),
        rows(height),
        tiles(width, InputRows::columnStrideOf(in, columnsInUse), interleave),
        inputs(in, rowsAtOnce(height), tiles.maxIn(), columnsInUse, rowsInPlace(height)),
        calls(tiles.maxSegments(), channels) {}

  /// Returns the number of input rows that must be valid at the same time: the extent that one output row reads.
  static int64_t rowsAtOnce(const AxisPlan& height) { return std::min<int64_t>(height.span(1), height.inSize()); }

  Status status() const {
    for (const Status status : {inputs.status(), rows.status(), tiles.status()}) {
      if (!status) return status;
    }
    return calls.status();
  }

  /// The outer loops over some rows of some images. Calls beginImage(image), then
  /// compute(row, taps, group) for each row group; compute returns how many rows it has computed. `mayGroup`: if false,
  /// each group is one row.
  template <class BeginImage, class Compute>
  void forEachRowGroup(RowRange images, RowRange ofImage, bool mayGroup, BeginImage&& beginImage, Compute&& compute) {
    for (int64_t tile = 0; tile < tiles.count(); ++tile) {
      tiles.plan(tile);
      calls.clear();
      for (int image = images.first; image < images.end; ++image) {
        inputs.begin(image, tiles.in());
        beginImage(image);
        for (int row = ofImage.first; row < ofImage.end;) {
          Repeat group = mayGroup ? rows.group(row, rowStride) : Repeat{};
          group.count = std::min(group.count, ofImage.end - row);
          row += compute(row, rows[row], group);
        }
      }
    }
  }

  /// Returns whether to compute a group of `outRows` output rows slice by slice.
  bool needsSlices(const RowTaps& taps, int outRows) const {
    const int64_t floats = int64_t{taps.count} * tiles.in().count() * inputs.columnStride();
    return isSliced(channels, int64_t{outRows} * tiles.out().count(), floats);
  }

  /// The inner loops. Calls compute(call, segment, block, tap, inRows, isFirst) for each slice, each segment and each
  /// three input rows. The call reads the input rows of the first output row of the group, `tap` is the first tap that
  /// it uses, at channel 0, and `isFirst` is true for the first input rows. Calls writeZeros(segment, block) if no tap
  /// reaches outputs.
  template <class Float, class WriteZeros, class Compute>
  void forEachCall(const RowTaps& taps, bool isSliced, const TapGrid<Float>& grid, ptrdiff_t outStride,
                   const FusedEpilogue& epilogue, WriteZeros&& writeZeros, Compute&& compute) {
    int i = 0;
    forEachLaneBlock(channels, isSliced ? sliceChannels(channels) : wholeLanes(channels), [&](const LaneBlock& block) {
      if (taps.count == 0) return writeZeros(tiles.zeros(), block);
      for (const Segment& segment : tiles) {
        MicrokernelCall& call = calls.get(isSliced, i++, [&] {
          return prepareCall(segment, block, grid, inputs.columnStride(), outStride, epilogue);
        });
        if (segment.taps == 0) {
          writeZeros(segment, block);
          continue;
        }
        call.filterRowStep = taps.count > 1 ? grid.rowStep(taps.tapStep) : 0;
        for (int done = 0; done < taps.count; done += kMicrokernelRows) {
          const int inRows = std::min(kMicrokernelRows, taps.count - done);
          inputs.pixels(taps.inFirst + done * taps.inStep, taps.inStep, inRows, segment.inFirst, block.first, call.in);
          Float* const tap = grid.tap(taps.tapFirst + done * taps.tapStep, segment.tapFirst);
          compute(call, segment, block, tap, inRows, done == 0);
        }
      }
    });
  }

  ptrdiff_t rowStride;  ///< of the input
  int channels;
  RowPlan rows;
  TilePlan tiles;
  InputRows inputs;
  PreparedCalls calls;
};

// Forward and the input gradient.

/// The filter as the microkernel reads it: the caller's filter, or a copy at another stride if its taps collide in the
/// cache.
class FilterTaps {
 public:
  explicit FilterTaps(const Correlation& c)
      : c_(c),
        packed_(columnsCollide(c.channels, int64_t{c.height.taps()} * c.width.taps())),
        tapStride_(packed_ ? static_cast<ptrdiff_t>(spreadStride(c.channels)) : c.channels),
        copy_(packed_ ? int64_t{c.height.taps()} * c.width.taps() * tapStride_ : 0) {}

  Status status() const { return copy_.status(); }
  void pack() {
    if (packed_)
      packPixels(c_.filter, c_.channels, c_.channels, 1, c_.height.taps() * c_.width.taps(), copy_.data(), tapStride_);
  }

  TapGrid<const float> grid() const {
    return {.data = packed_ ? copy_.data() : c_.filter, .columns = c_.width.taps(), .tapStride = tapStride_};
  }

 private:
  const Correlation& c_;
  bool packed_;
  ptrdiff_t tapStride_;
  Buffer<float> copy_;
};

/// The output rows: rows of the tensor or, if channels are summed, one packed row. When the packed row is complete, its
/// channels are summed into those of the tensor.
class OutputRows {
 public:
  /// `columns`: the maximum width.
  OutputRows(const Correlation& c, int64_t columns)
      : out_(c.out),
        packed_(c.out.multiplier > 1),
        columnStride_(packed_ ? static_cast<ptrdiff_t>(spreadStride(c.channels)) : c.out.tensor.columnStride),
        copy_(packed_ ? columns * columnStride_ : 0) {}

  Status status() const { return copy_.status(); }
  bool isPacked() const { return packed_; }
  ptrdiff_t columnStride() const { return columnStride_; }
  ptrdiff_t rowStride() const { return out_.tensor.rowStride; }

  /// Starts an image. Only `columns` may be written until the next begin().
  void begin(int image, Columns columns) {
    image_ = image;
    columns_ = columns;
  }

  float* pixel(int row, int column) {
    return packed_ ? copy_.data() + (column - columns_.first) * columnStride_ : out_.tensor.pixel(image_, row, column);
  }

  void writeZeros(int row, int rows, const Segment& segment, const LaneBlock& block) {
    for (int i = row; i < row + rows; ++i) {
      for (int output = 0; output < segment.outCount; ++output) {
        float* const to = pixel(i, segment.outFirst + output * segment.outStep) + block.first;
        std::memset(to, 0, block.lanes * sizeof(float));
      }
    }
  }

  void apply(const Epilogue& epilogue, int row, int rows) {
    for (int i = row; i < row + rows; ++i) {
      applyEpilogue(epilogue, pixel(i, columns_.first), columnStride_, columns_.count(), out_.channels);
    }
  }

  /// Sums the packed row into the tensor.
  void unpack(int row) {
    if (!packed_) return;
    foldPixels(copy_.data(), columnStride_, out_.channels, out_.multiplier, columns_.count(),
               out_.tensor.pixel(image_, row, columns_.first));
  }

 private:
  Operand<float> out_;
  bool packed_;
  ptrdiff_t columnStride_;
  Buffer<float> copy_;
  int image_ = 0;
  Columns columns_;
};

/// The epilogue as bias and limits, which the microkernel can apply. Not every activation has this form (isFusable).
class FusableEpilogue {
 public:
  FusableEpilogue(const Epilogue& epilogue, int channels)
      : limits_(epilogue.changesNothing() ? nullptr : limitsOf(epilogue.elementwise())),
        bias_(epilogue.bias),
        noBias_(limits_ && !bias_ ? channels : 0) {
    if (!noBias_.data()) return;
    std::fill_n(noBias_.data(), channels, kNoBias);
    bias_ = noBias_.data();
  }

  Status status() const { return noBias_.status(); }
  bool isFusable() const { return limits_ != nullptr; }
  FusedEpilogue get() const { return {.bias = isFusable() ? bias_ : nullptr, .limits = limits_}; }

 private:
  const Limits* limits_;
  const float* bias_;
  Buffer<float> noBias_;
};

}  // namespace

Status correlateNhwc(const Correlation& c) {
  const int64_t columnsInUse = NhwcLoops::rowsAtOnce(c.height) * c.width.inSize() + c.width.outSize();
  NhwcLoops loops(c.in, c.height, c.width, columnsInUse, c.height.taps() <= kMicrokernelRows);
  FilterTaps filter(c);
  OutputRows out(c, loops.tiles.maxOut());
  const FusableEpilogue fusable(c.epilogue, c.channels);
  for (const Status status : {loops.status(), filter.status(), out.status(), fusable.status()}) {
    if (!status) return status;
  }
  filter.pack();
  const TapGrid<const float> taps = filter.grid();
  const FusedEpilogue epilogue = fusable.get();
  const bool mayGroup = !loops.inputs.isPacked() && !out.isPacked();
  bool mayFuse = false;
  loops.forEachRowGroup(
      {0, c.batch}, {c.firstRow, c.endRow}, mayGroup,
      [&](int image) {
        out.begin(image, loops.tiles.out());
        mayFuse = fusable.isFusable() && loops.tiles.hasOneSegmentPerOutput();
      },
      [&](int row, const RowTaps& rowTaps, const Repeat& group) {
        const bool isFused = mayFuse && rowTaps.count > 0 && rowTaps.count <= kMicrokernelRows;
        loops.forEachCall(
            rowTaps, loops.needsSlices(rowTaps, group.count), taps, out.columnStride(), epilogue,
            [&](const Segment& segment, const LaneBlock& block) { out.writeZeros(row, group.count, segment, block); },
            [&](MicrokernelCall& call, const Segment& segment, const LaneBlock& block, const float* tap, int inRows,
                bool isFirst) {
              const Write write = isFused                        ? Write::kEpilogue
                                  : segment.overwrite && isFirst ? Write::kOverwrite
                                                                 : Write::kAdd;
              const Microkernel compute = microkernelFor(inRows, segment.taps, segment.between, write);
              float* const to = out.pixel(row, segment.outFirst) + block.first;
              repeatCall(group, call, inRows,
                         [&](int i) { compute(call, tap + block.first, to + i * out.rowStride()); });
            });
        if (!isFused && !c.epilogue.changesNothing()) out.apply(c.epilogue, row, group.count);
        out.unpack(row);
        return group.count;
      });
  return {};
}

// The gradient of the filter.

namespace {

/// The sums of a block of rows, before they are added to dfilter. Blocks of lanes do not overlap in this buffer.
class PartialSums {
 public:
  PartialSums(const Geometry& g, const RowRanges& ranges)
      : taps_(g.height.taps * g.width.taps),
        columns_(g.width.taps),
        channels_(g.outChannels()),
        tapStride_(static_cast<ptrdiff_t>(spreadStride(channels_))),
        rowsAtOnce_(rowsAtOnce(double(g.batch) * g.height.out / ranges.count, g.width.out)),
        sums_(int64_t{taps_} * spreadStride(channels_)) {}

  Status status() const { return sums_.status(); }
  TapGrid<float> grid() { return {.data = sums_.data(), .columns = columns_, .tapStride = tapStride_}; }

  /// Starts a range of rows.
  void begin() {
    clear();
    isWritten_ = false;
  }
  /// Returns the number of rows until the block is complete.
  int64_t rowsLeft() const { return rowsAtOnce_ - rows_; }
  /// Counts rows that have been summed. Adds a complete block to dfilter.
  void countRows(int rows, float* dfilter) {
    rows_ += rows;
    if (rows_ < rowsAtOnce_) return;
    addTo(dfilter);
    clear();
  }

  void clear() {
    rows_ = 0;
    std::memset(sums_.data(), 0, taps_ * tapStride_ * sizeof(float));
  }

  /// Adds the sums to dfilter. The first time, it overwrites dfilter.
  void addTo(float* dfilter) {
    for (int tap = 0; tap < taps_; ++tap) {
      float* const to = dfilter + ptrdiff_t{tap} * channels_;
      forEachLaneBlock(channels_, [&](const LaneBlock& block) {
        const float* const from = sums_.data() + tap * tapStride_ + (block.packedFirst - block.first);
        int channel = block.first + block.overlap;
        for (; channel + 4 <= block.first + block.lanes; channel += 4) {
          const f32x4 sum = load(from + channel);
          store(to + channel, isWritten_ ? add(load(to + channel), sum) : sum);
        }
        for (; channel < block.first + block.lanes; ++channel) {
          to[channel] = isWritten_ ? to[channel] + from[channel] : from[channel];
        }
      });
    }
    isWritten_ = true;
  }

 private:
  /// Returns the number of rows in a block. A block has about as many terms as there are blocks, which keeps both steps
  /// of the summation short. With fewer than 64 rows, the second step would take a large share of the time.
  static int64_t rowsAtOnce(double rows, int columns) {
    return std::max(int64_t{64}, static_cast<int64_t>(std::sqrt(rows / columns)));
  }

  int taps_, columns_, channels_;
  ptrdiff_t tapStride_;
  int64_t rowsAtOnce_, rows_ = 0;
  Buffer<float> sums_;
  bool isWritten_ = false;
};

/// Reads rows of an image line by line up to, not including, `end`. `done` rows were read before.
void readRows(const InputRows& rows, int& done, int end) {
  rows.readAhead(done, end);
  done = std::max(done, end);
}

}  // namespace

Status filterGradientNhwc(const Geometry& g, const RowRanges& ranges, int first, int end, const float* x,
                          const float* dy, float* sums, ptrdiff_t stride) {
  const AxisPlan height(g.height, Pass::kForward), width(g.width, Pass::kForward);
  const Operand<const float> xOperand{.tensor = viewX(g, x), .channels = g.channels, .multiplier = g.multiplier};
  const Operand<const float> dyOperand{.tensor = viewY(g, dy), .channels = g.outChannels(), .multiplier = 1};
  NhwcLoops loops(xOperand, height, width, NhwcLoops::rowsAtOnce(height) * g.width.in, false);
  InputRows dyRows(dyOperand, 1, loops.tiles.maxOut(), g.width.out);
  PartialSums partial(g, ranges);
  for (const Status status : {loops.status(), dyRows.status(), partial.status()}) {
    if (!status) return status;
  }
  const bool mayGroup = !loops.inputs.isPacked() && !dyRows.isPacked();
  const bool areWhole = ranges.areImages || ranges.count == 1;
  const bool readsAhead = areWhole && isReadAhead(g.channels);
  const bool readsImages = isReadAtOnce(xOperand.tensor.imageStride);
  int xRowsRead = 0, dyRowsRead = 0;  // of the image
  for (int range = first; range < end; ++range) {
    float* const dfilter = sums + range * stride;
    const RowRange part{ranges.bound(range), ranges.bound(range + 1)};
    partial.begin();
    loops.forEachRowGroup(
        ranges.areImages ? part : RowRange{0, g.batch}, ranges.areImages ? RowRange{0, g.height.out} : part, mayGroup,
        [&](int image) {
          dyRows.begin(image, loops.tiles.out());
          xRowsRead = dyRowsRead = 0;
        },
        [&](int row, const RowTaps& rowTaps, Repeat group) {
          // A group ends where a block of sums ends: the length of the block bounds the error.
          group.count = static_cast<int>(std::min<int64_t>(group.count, partial.rowsLeft()));
          if (readsAhead) {
            const RowTaps last = loops.rows[row + group.count - 1];
            const int rowsUsed = last.count > 0 ? last.inFirst + (last.count - 1) * last.inStep + 1 : 0;
            readRows(loops.inputs, xRowsRead, readsImages ? g.height.in : rowsUsed);
            readRows(dyRows, dyRowsRead, readsImages ? g.height.out : row + group.count);
          }
          // If there are rows between the taps, x and dy of a slice do not fit the first-level cache.
          const bool isSliced = height.tapDistance() == 1 && loops.needsSlices(rowTaps, group.count);
          const float* const dyFirst = dyRows.pixel(row, loops.tiles.out().first);
          loops.forEachCall(
              rowTaps, isSliced, partial.grid(), dyRows.columnStride(), {}, [](const Segment&, const LaneBlock&) {},
              [&](MicrokernelCall& call, const Segment& segment, const LaneBlock& block, float* tap, int inRows, bool) {
                const FilterMicrokernel compute = filterMicrokernelFor(inRows, segment.taps);
                const float* const from =
                    dyFirst + (segment.outFirst - loops.tiles.out().first) * dyRows.columnStride() + block.first;
                repeatCall(group, call, inRows, [&](int i) {
                  compute(call, from + i * dyOperand.tensor.rowStride, tap + block.packedFirst);
                });
              });
          partial.countRows(group.count, dfilter);
          return group.count;
        });
    partial.addTo(dfilter);
  }
  return {};
}

}  // namespace depthwise
