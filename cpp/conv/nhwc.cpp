#include "conv/nhwc.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <optional>

#include "conv/convolution.h"
#include "conv/packing.h"
#include "conv/passes.h"
#include "conv/plan.h"
#include "memory.h"
#include "simd/f32x4.h"

/// Forward and the gradient of the input where channels stand side by side: four of them are the lanes of a sweep.
namespace depthwise {
namespace {

/// The filter as the sweeps read it: as it is, or at the pitch of staged pixels where its own would have taps collide
/// in the cache.
class FilterTaps {
 public:
  FilterTaps(const Correlation& c)
      : columns_(c.width.taps()),
        packed_(pixelsCollide(c.lanes, int64_t{c.height.taps()} * c.width.taps())),
        pitch_(static_cast<size_t>(packed_ ? spreadPitch(c.lanes) : c.lanes)),
        copy_(packed_ ? static_cast<uint64_t>(c.height.taps()) * static_cast<uint64_t>(columns_) * pitch_ : 0),
        taps_(packed_ ? copy_.data() : c.filter) {}

  Status status() const { return copy_.status(); }
  void pack(const Correlation& c) {
    if (packed_) packFilter(c.filter, c.lanes, c.height.taps() * c.width.taps(), copy_.data(), pitch_);
  }

  TapGrid<const float> grid() const { return {taps_, columns_, pitch_}; }

 private:
  int columns_;
  bool packed_;
  size_t pitch_;
  Buffer<float> copy_;
  const float* taps_;
};

/// The output row that is being made: the tensor's own, or one beside it that is folded into the tensor when it is
/// done.
class OutputRow {
 public:
  /// For at most `columns` at a time.
  OutputRow(const Correlation& c, int64_t columns)
      : operand_(c.out),
        packed_(c.out.multiplier > 1),
        pitch_(packed_ ? static_cast<size_t>(spreadPitch(c.lanes)) : c.out.tensor.columnStride),
        copy_(packed_ ? static_cast<uint64_t>(columns) * pitch_ : 0) {}

  Status status() const { return copy_.status(); }

  void begin(int image, int32_t row, Columns columns) {
    inTensor_ = operand_.tensor.pixel(image, row, columns.first);
    columns_ = columns;
  }
  /// A pixel of these columns, and the floats to the next.
  float* pixel(int32_t column) const {
    return (packed_ ? copy_.data() : inTensor_) + static_cast<size_t>(column - columns_.first) * pitch_;
  }
  size_t pitch() const { return pitch_; }
  bool isPacked() const { return packed_; }
  /// Floats to the next row.
  ptrdiff_t next() const { return static_cast<ptrdiff_t>(operand_.tensor.rowStride); }

  /// This row and so many more that have been written; but for those of the tensor there is one.
  void finish(const Epilogue& epilogue, int lanes, int32_t rows) {
    float* const first = pixel(columns_.first);
    for (int32_t row = 0; row < rows && !epilogue.changesNothing(); ++row) {
      applyEpilogue(epilogue, first + row * next(), pitch_, columns_.count(), lanes);
    }
    if (!packed_) return;
    foldPixels(first, pitch_, operand_.channels, operand_.multiplier, columns_.count(), inTensor_);
  }

 private:
  Operand<float> operand_;
  bool packed_;
  size_t pitch_;
  Buffer<float> copy_;
  float* inTensor_ = nullptr;  ///< the first of the columns
  Columns columns_;
};

/// The part of an epilogue that sweeps can do while they have the sums at hand: bias and limits.
class FusableEpilogue {
 public:
  FusableEpilogue(const Epilogue& epilogue, int lanes)
      : limits_(epilogue.changesNothing() ? nullptr : limitsOf(epilogue.elementwise())),
        bias_(epilogue.bias),
        zeros_(limits_ && !bias_ ? static_cast<uint64_t>(lanes) : 0) {
    if (zeros_.data()) bias_ = std::fill_n(zeros_.data(), lanes, kNoBias) - lanes;
  }

  Status status() const { return zeros_.status(); }
  /// Whether it is all of the epilogue.
  bool isWhole() const { return limits_ != nullptr; }
  FusedEpilogue finish() const { return {bias_, limits_}; }

 private:
  const Limits* limits_;
  const float* bias_;
  Buffer<float> zeros_;
};

void writeZeros(const OutputRow& out, int32_t rows, const Segment& segment, const LaneBlock& block) {
  for (int32_t row = 0; row < rows; ++row) {
    for (int32_t i = 0; i < segment.outCount; ++i) {
      float* const pixel = out.pixel(segment.outFirst + i * segment.outStep) + row * out.next() + block.first;
      std::memset(pixel, 0, static_cast<size_t>(block.lanes) * sizeof(float));
    }
  }
}

/// All runs of an output row and of those that are fusable alike. The first sweep over an output writes, the others add;
/// where there is only one, it may finish its outputs.
void computeRows(const TilePlan& tiles, KeptCalls& calls, const RowTaps& taps, const Repeat& group, InputRows& in,
               const TapGrid<const float>& filter, const OutputRow& out, int lanes, bool sliced, const FusedEpilogue& finish,
               bool isFused) {
  size_t i = 0;
  forEachLaneBlock(lanes, sliced ? sliceLanes(lanes) : wholeLanes(lanes), [&](const LaneBlock& block) {
    for (const Segment& segment : tiles) {
      MicrokernelCall& call =
          calls.at(sliced, i++, [&] { return prepareCall(segment, filter, in.pitch(), out.pitch(), block, finish); });
      if (segment.taps == 0 || taps.count == 0) {
        if (segment.overwrite) writeZeros(out, group.count, segment, block);
        continue;
      }
      float* const to = out.pixel(segment.outFirst) + block.first;
      forEachCall(call, segment, taps, in, filter, block.first, [&](int rows, bool first, const float* tap) {
        const Write mode = isFused ? Write::kEpilogue : segment.overwrite && first ? Write::kOverwrite : Write::kAdd;
        const Between middle = segment.interleaved ? Between::kTap : Between::kNothing;
        const Microkernel function = microkernelFor(rows, segment.taps, middle, mode);
        repeatCall(group, call, rows,
                     [&](int32_t row) { function(call, tap + block.first, to + row * out.next()); });
      });
    }
  });
}

}  // namespace

Status correlateNhwc(const Correlation& c) {
  const int64_t rowsAtOnce = std::min<int64_t>(c.height.span(1), c.height.inSize());
  const int64_t pixels = rowsAtOnce * c.width.inSize() + c.width.outSize();
  const size_t pitch = InputRows::pitchOf(c.in.tensor, c.in.channels, c.in.multiplier, pixels);
  TilePlan tiles(c.width, pitch, true);
  InputRows in(c.in.tensor, c.in.channels, c.in.multiplier, rowsAtOnce, tiles.maxIn(), pixels, rowsInPlace(c.height));
  FilterTaps filter(c);
  OutputRow out(c, tiles.maxOut());
  const FusableEpilogue fusable(c.epilogue, c.lanes);
  const FusedEpilogue finish = fusable.isWhole() ? fusable.finish() : FusedEpilogue{};
  KeptCalls calls(tiles.maxSegments(), c.lanes);
  const RowPlan rows(c.height);
  for (const Status status :
       {in.status(), filter.status(), out.status(), rows.status(), tiles.status(), fusable.status(), calls.status()}) {
    if (!status) return status;
  }
  filter.pack(c);
  const Epilogue nothing;  // one for all rows: to make it for each was felt
  const bool needsEpilogue = out.isPacked() || !c.epilogue.changesNothing();
  const bool mayGroup = !in.isPacked() && !out.isPacked();
  for (int64_t s = 0; s < tiles.count(); ++s) {
    tiles.plan(s);
    calls.begin();
    const bool mayFuse = fusable.isWhole() && tiles.hasOneSegmentPerOutput();
    const int64_t inFloats = tiles.in().count() * static_cast<int64_t>(pitch);
    for (int image = 0; image < c.batch; ++image) {
      in.begin(image, tiles.in());
      for (int32_t row = 0; row < rows.count();) {
        const RowTaps taps = rows[row];
        const Repeat group = mayGroup ? rows.group(row, c.in.tensor.rowStride) : Repeat{};
        const bool sliced = isSliced(c.lanes, int64_t{group.count} * tiles.out().count(), taps.count * inFloats);
        const bool isFused = mayFuse && taps.count > 0 && taps.count <= kMicrokernelRows;
        out.begin(image, row, tiles.out());
        computeRows(tiles, calls, taps, group, in, filter.grid(), out, c.lanes, sliced, finish, isFused);
        if (needsEpilogue) out.finish(isFused ? nothing : c.epilogue, c.lanes, group.count);
        row += group.count;
      }
    }
  }
  return {};
}

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

/// A row of dy, those that are fusable alike, `dyNext` floats apart, and all rows of x that they meet.
void computeRows(const TilePlan& tiles, KeptCalls& calls, const RowTaps& taps, const Repeat& group, InputRows& x,
               const float* dyFirst, size_t dyPitch, ptrdiff_t dyNext, const TapGrid<float>& sums, int lanes,
               bool sliced) {
  size_t i = 0;
  forEachLaneBlock(lanes, sliced ? sliceLanes(lanes) : wholeLanes(lanes), [&](const LaneBlock& block) {
    for (const Segment& segment : tiles) {
      MicrokernelCall& call = calls.at(sliced, i++, [&] { return prepareCall(segment, sums, x.pitch(), dyPitch, block, {}); });
      if (segment.taps == 0) continue;
      const float* const from = dyFirst + static_cast<size_t>(segment.outFirst - tiles.out().first) * dyPitch + block.first;
      forEachCall(call, segment, taps, x, sums, block.first, [&](int rows, bool, float* tap) {
        const FilterMicrokernel function = filterMicrokernelFor(rows, segment.taps);
        repeatCall(group, call, rows,
                     [&](int32_t row) { function(call, from + row * dyNext, tap + block.packed); });
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
    return filterGradientNchw(g, x, dy, dfilter);
  }
  const AxisPlan height(g.height, Pass::kForward), width(g.width, Pass::kForward);
  const int64_t xRowsAtOnce = std::min<int64_t>(height.span(1), g.height.in);
  const int64_t xPixels = xRowsAtOnce * g.width.in;
  const size_t pitch = InputRows::pitchOf(xImages, g.channels, g.multiplier, xPixels);
  TilePlan tiles(width, pitch, false);
  InputRows xRows(xImages, g.channels, g.multiplier, xRowsAtOnce, tiles.maxIn(), xPixels, rowsInPlace(height));
  InputRows dyRows(dyImages, lanes, 1, 1, tiles.maxOut(), g.width.out);
  PartialSums sums(g);
  KeptCalls calls(tiles.maxSegments(), lanes);
  const RowPlan rows(height);
  for (const Status status :
       {xRows.status(), dyRows.status(), sums.status(), rows.status(), tiles.status(), calls.status()}) {
    if (!status) return status;
  }
  sums.clear();
  const int64_t rowsAtOnce = PartialSums::rowsAtOnce(g);
  const bool mayGroup = !xRows.isPacked() && !dyRows.isPacked();
  int64_t rowsSummed = 0;
  for (int64_t s = 0; s < tiles.count(); ++s) {
    tiles.plan(s);
    calls.begin();
    const int64_t xFloats = tiles.in().count() * static_cast<int64_t>(pitch);
    for (int image = 0; image < g.batch; ++image) {
      xRows.begin(image, tiles.in());
      dyRows.begin(image, tiles.out());
      for (int32_t row = 0; row < rows.count();) {
        const RowTaps taps = rows[row];
        Repeat group = mayGroup ? rows.group(row, xImages.rowStride) : Repeat{};
        group.count = static_cast<int32_t>(std::min<int64_t>(group.count, rowsAtOnce - rowsSummed));
        // With rows between the taps, x and dy of a slice are more than the first-level cache holds.
        const bool sliced = height.tapDistance() == 1 &&
                            isSliced(lanes, int64_t{group.count} * tiles.out().count(), taps.count * xFloats);
        const float* const dyFirst = dyRows.pixel(row, tiles.out().first);
        computeRows(tiles, calls, taps, group, xRows, dyFirst, dyRows.pitch(),
                  static_cast<ptrdiff_t>(dyImages.rowStride), sums.grid(), lanes, sliced);
        row += group.count;
        rowsSummed += group.count;
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
