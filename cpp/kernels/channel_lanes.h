#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "../buffer.h"
#include "activation.h"
#include "sweep.h"
#include "tap_grid.h"

/// Where lanes are columns of one plane, what belongs to a channel must be in every lane.
namespace depthwise {

/// The taps of one channel, each four times.
class SharedTaps {
 public:
  SharedTaps(const float* filter, int rows, int columns, int channels)
      : filter_(filter), taps_(rows * columns), columns_(columns), channels_(channels), lanes_(4 * uint64_t(taps_)) {}

  Status status() const { return lanes_.status(); }
  TapGrid<const float> grid() const { return {lanes_.data(), columns_, 4}; }

  void begin(int channel) {
    const float* from = filter_ + channel;
    float zero = 0;
    for (int tap = 0; tap < taps_; ++tap, from += channels_) {
      std::fill_n(lanes_.data() + 4 * tap, 4, *from);
      zero += 0 * *from;
    }
    finite_ = zero == 0;
  }
  /// Whether all of its taps are: neither infinite nor NaN.
  bool areFinite() const { return finite_; }
  float at(int32_t row, int32_t column) const { return *grid().tap(row, column); }

 private:
  const float* filter_;
  int taps_, columns_, channels_;
  Buffer<float> lanes_;
  bool finite_ = true;
};

/// The epilogue of one channel.
class SharedEpilogue {
 public:
  SharedEpilogue(const Epilogue& epilogue, size_t columns)
      : epilogue_(epilogue),
        limits_(epilogue.changesNothing() ? nullptr : limitsOf(epilogue.elementwise())),
        columns_(columns),
        bias_(epilogue.bias ? columns : 0),
        preluAlpha_(epilogue.preluAlpha ? columns : 0) {}

  Status status() const { return bias_.status() ? preluAlpha_.status() : bias_.status(); }

  void begin(int channel) {
    channel_ = channel;
    std::fill_n(sweptBias_, 4, epilogue_.bias ? epilogue_.bias[channel] : kNoBias);
  }
  /// Whether sweeps can do all of it while they have the sums at hand.
  bool isSwept() const { return limits_ != nullptr; }
  Finish finish() const { return {sweptBias_, limits_}; }

  /// Otherwise, to rows of the channel.
  void apply(float* row, size_t pitch, int rows) const {
    if (epilogue_.changesNothing()) return;
    Epilogue shared = epilogue_;
    if (epilogue_.bias) shared.bias = std::fill_n(bias_.data(), columns_, epilogue_.bias[channel_]) - columns_;
    if (epilogue_.preluAlpha) {
      shared.preluAlpha = std::fill_n(preluAlpha_.data(), columns_, epilogue_.preluAlpha[channel_]) - columns_;
    }
    applyEpilogue(shared, row, pitch, rows, static_cast<int>(columns_));
  }

 private:
  Epilogue epilogue_;
  const Limits* limits_;
  size_t columns_;
  Buffer<float> bias_, preluAlpha_;
  int channel_ = 0;
  float sweptBias_[4];
};

}  // namespace depthwise
