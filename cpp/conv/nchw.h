#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>

#include "conv/cache_policy.h"
#include "conv/microkernel.h"
#include "conv/nhwc.h"
#include "conv/packing.h"
#include "conv/plan.h"
#include "memory.h"
#include "nn/activation.h"
#include "tensor_view.h"

/// Planes once more, straight from the definition and without zeros beside the rows. The sweeps multiply those too,
/// and zero times what is no finite number is NaN.
namespace depthwise {

/// Calls visit(input row, input column, filter row, filter column) for each product of an output.
template <class Visit>
void forEachProduct(const RowTaps& rows, const RowTaps& columns, Visit&& visit) {
  for (int32_t r = 0; r < rows.count; ++r) {
    for (int32_t c = 0; c < columns.count; ++c) {
      visit(rows.inFirst + r * rows.inStep, columns.inFirst + c * columns.inStep, rows.tapFirst + r * rows.tapStep,
            columns.tapFirst + c * columns.tapStep);
    }
  }
}

/// Neighbouring outputs of a row of one plane, which are fusable as lanes: all of them are of one phase, and the taps
/// meet inputs that are neighbours too in the order in which a row is staged.
struct ColumnBlock {
  size_t outPlace;  ///< of lane 0
  int lanes;        ///< a multiple of four
  int valid;        ///< of these lanes are outputs, the first ones; fewer only in a phase of fewer than four
  int overlap;      ///< of these lanes are in an earlier block too
  int32_t tapFirst, tapStep;
  int32_t taps;     ///< 0: the outputs are zero
  size_t inPlaces;  ///< where PlaneColumns::inPlace has the first of its taps
};

/// What becomes of a number of outputs that is no multiple of four. The last four may be a block of their own, which
/// overlaps the one before it. Or the last lanes are no outputs: then there is one block, which for filters of many
/// sweeps is less work, but needs rows that are longer than the tensor's.
enum class LastLanes { kOverlap, kPad };

/// Where channels are planes (NCHW, or fewer than four channels), lanes are neighbouring columns, and the sweeps go
/// down the rows. This is how the columns of a row become such lanes: along this axis strides, dilations and borders
/// are a matter of where a column stands.
class PlaneColumns {
 public:
  PlaneColumns(const AxisPlan& axis, LastLanes lastLanes);

  Status status() const { return blocks_.status() ? inPlaces_.status() : blocks_.status(); }
  /// Whether the columns that the taps meet are so far apart that a staged row would be mostly zeros, as with strides
  /// much longer than the row. Then there are no blocks.
  bool isSparse() const { return in_.length == 0; }
  const ColumnOrder& in() const { return in_; }    ///< of a row that is read; places outside of it are zero
  const ColumnOrder& out() const { return out_; }  ///< of a row that is written

  /// How many so many rows that are read, and so many that are written, have.
  int64_t floats(int64_t inRows, int64_t outRows) const {
    return inRows * static_cast<int64_t>(in_.size()) + outRows * static_cast<int64_t>(out_.size());
  }

  const ColumnBlock* begin() const { return blocks_.data(); }
  const ColumnBlock* end() const { return blocks_.data() + blockCount_; }
  /// Whether each output has one sweep (of a run) that sums it up.
  bool hasOneCallPerOutput() const {
    return std::all_of(begin(), end(), [](const ColumnBlock& b) { return b.taps > 0 && b.taps <= kMicrokernelRows; });
  }
  /// The input that tap tapFirst + m·tapStep of lane 0 meets.
  size_t inPlace(const ColumnBlock& block, int32_t m) const {
    return inPlaces_[block.inPlaces + static_cast<size_t>(m)];
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
  int64_t phases_;
  ColumnOrder out_, in_;
  Buffer<ColumnBlock> blocks_;
  Buffer<size_t> inPlaces_;
  size_t blockCount_ = 0;
};

/// Some rows of a few planes (channels of an image) with their columns in the order of lanes, for sweeps to read: the
/// tensor's own rows where they stand in this order, otherwise copies with zeros on both sides.
class PlaneRows {
 public:
  /// For at most `rows` of `planes` at a time.
  PlaneRows(TensorView<const float> tensor, int64_t columns, const ColumnOrder& order, int64_t rows, int planes)
      : tensor_(tensor),
        firstColumn_(order.first),
        packed_(tensor.columnStride != 1 || order.step != 1 || order.first < 0 || order.first + order.length > columns),
        pitch_(packed_ ? static_cast<size_t>(spreadPitch(static_cast<int64_t>(order.size()))) : tensor.rowStride),
        planeStep_(packed_ ? static_cast<uint64_t>(rows) * pitch_ : tensor.channelStride),
        sequences_(order, columns),
        copy_(packed_ ? planeStep_ * static_cast<uint64_t>(planes) : 0) {
    if (!packed_ || !copy_.status()) return;
    // Only columns are ever copied: the zeros beside them stay.
    std::memset(copy_.data(), 0, static_cast<size_t>(planeStep_) * static_cast<size_t>(planes) * sizeof(float));
  }

  Status status() const { return copy_.status() ? sequences_.status() : copy_.status(); }
  size_t pitch() const { return pitch_; }
  /// Floats from a row to the same of the next plane.
  ptrdiff_t planeStep() const { return static_cast<ptrdiff_t>(planeStep_); }

  /// From now on row() speaks of `count` rows, `first` on, of so many planes.
  void begin(int image, int channel, int planes, int32_t first, int32_t count) {
    const float* const from = tensor_.pixel(image, first, 0) + static_cast<size_t>(channel) * tensor_.channelStride;
    first_ = first;
    rows_ = packed_ ? copy_.data() : from + firstColumn_;
    if (!packed_) return;
    for (int i = 0; i < planes; ++i) {
      const float* const plane = from + static_cast<size_t>(i) * tensor_.channelStride;
      gatherColumns({plane, tensor_.rowStride, tensor_.columnStride, count}, sequences_, copy_.data() + i * planeStep(),
                    pitch_);
    }
  }
  /// Place 0 of a row of the first plane.
  const float* row(int32_t index) const { return rows_ + static_cast<size_t>(index - first_) * pitch_; }

 private:
  TensorView<const float> tensor_;
  int64_t firstColumn_;
  bool packed_;
  size_t pitch_;
  uint64_t planeStep_;  ///< fits a size_t once the copies are allocated, not before
  ColumnSequences sequences_;
  Buffer<float> copy_;
  const float* rows_ = nullptr;
  int32_t first_ = 0;
};

/// A sweep keeps the weights of three taps of three rows. Down the rows of a plane, a "row" of it is one tap along the
/// columns, and its "columns" are the rows of the plane.
///
/// The sweeps that one vertical run of one block of columns is made of. `filter` has one vector for each tap, all four
/// lanes alike. Calls visit(call, rows, first, tap): `first` for the sweep that meets its outputs first. `in` and
/// `tap` are those of the first plane.
template <class Float, class Visit>
DEPTHWISE_INLINE void forEachPlaneCall(const Segment& segment, const PlaneColumns& columns, const ColumnBlock& block,
                                        const PlaneRows& in, const TapGrid<Float>& filter, size_t outPitch,
                                        const FusedEpilogue& finish, Visit&& visit) {
  MicrokernelCall call = callAlong(segment, block.lanes, in.pitch(), outPitch);
  // A step that is not taken may be too large for a pointer.
  call.filterRowStep = block.taps > 1 ? filter.columnStep(block.tapStep) : 0;
  call.filterTapStep = segment.taps > 1 ? filter.rowStep(segment.tapStep) : 0;
  call.filterLaneStep = 0;
  call.betweenTap = filter.rowStep(segment.betweenTap - segment.tapFirst);
  call.finish = finish;
  const float* const row = in.row(segment.inFirst);
  for (int32_t done = 0; done < block.taps; done += kMicrokernelRows) {
    const int rows = std::min(kMicrokernelRows, block.taps - done);
    for (int r = 0; r < rows; ++r) call.in[r] = row + columns.inPlace(block, done + r);
    visit(call, rows, done == 0, filter.tap(segment.tapFirst, block.tapFirst + done * block.tapStep));
  }
}

}  // namespace depthwise

/// Where lanes are columns of one plane, what belongs to a channel must be in every lane.
namespace depthwise {

/// The taps of a few channels, each four times.
class SharedTaps {
 public:
  /// Of at most `most` channels at a time.
  SharedTaps(const float* filter, int rows, int columns, int channels, int most)
      : filter_(filter),
        taps_(rows * columns),
        columns_(columns),
        channels_(channels),
        lanes_(static_cast<uint64_t>(most) * 4 * static_cast<uint64_t>(taps_)) {}

  Status status() const { return lanes_.status(); }
  TapGrid<const float> grid() const { return {lanes_.data(), columns_, 4}; }
  /// Floats from the taps of a channel to those of the next.
  ptrdiff_t channelStep() const { return 4 * ptrdiff_t{taps_}; }

  void begin(int channel, int count) {
    for (int i = 0; i < count; ++i) {
      const float* from = filter_ + channel + i;
      float* to = lanes_.data() + i * channelStep();
      float zero = 0;
      for (int tap = 0; tap < taps_; ++tap, from += channels_, to += 4) {
        store(to, splat(*from));
        zero += 0 * *from;
      }
      finite_[i] = zero == 0;
    }
  }
  /// Whether all taps of channel i of these are: neither infinite nor NaN.
  bool areFinite(int i) const { return finite_[i]; }
  float at(int i, int32_t row, int32_t column) const { return grid().tap(row, column)[i * channelStep()]; }

 private:
  const float* filter_;
  int taps_, columns_, channels_;
  Buffer<float> lanes_;
  bool finite_[kMaxPlanes] = {};
};

/// The epilogue of a few channels.
class SharedEpilogue {
 public:
  SharedEpilogue(const Epilogue& epilogue, size_t columns)
      : epilogue_(epilogue),
        limits_(epilogue.changesNothing() ? nullptr : limitsOf(epilogue.elementwise())),
        columns_(columns),
        bias_(epilogue.bias ? columns : 0),
        preluAlpha_(epilogue.preluAlpha ? columns : 0) {}

  Status status() const { return bias_.status() ? preluAlpha_.status() : bias_.status(); }

  void begin(int channel, int count) {
    channel_ = channel;
    for (int i = 0; i < count; ++i) {
      store(fusedBias_ + kBiasStep * i, splat(epilogue_.bias ? epilogue_.bias[channel + i] : kNoBias));
    }
  }
  /// Whether sweeps can do all of it while they have the sums at hand.
  bool isFused() const { return limits_ != nullptr; }
  /// Of the first; the bias of each further one is kBiasStep floats after.
  FusedEpilogue finish() const { return {fusedBias_, limits_}; }
  static constexpr ptrdiff_t kBiasStep = 4;

  /// Otherwise, to rows of channel i of these.
  void apply(int i, float* row, size_t pitch, int rows) const {
    if (epilogue_.changesNothing()) return;
    Epilogue shared = epilogue_;
    if (epilogue_.bias) shared.bias = std::fill_n(bias_.data(), columns_, epilogue_.bias[channel_ + i]) - columns_;
    if (epilogue_.preluAlpha) {
      shared.preluAlpha = std::fill_n(preluAlpha_.data(), columns_, epilogue_.preluAlpha[channel_ + i]) - columns_;
    }
    applyEpilogue(shared, row, pitch, rows, static_cast<int>(columns_));
  }

 private:
  Epilogue epilogue_;
  const Limits* limits_;
  size_t columns_;
  Buffer<float> bias_, preluAlpha_;
  int channel_ = 0;
  float fusedBias_[kBiasStep * kMaxPlanes];
};

}  // namespace depthwise
