#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "../buffer.h"
#include "activation.h"
#include "cache_policy.h"
#include "sweep.h"
#include "tap_grid.h"

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
  bool finite_[kMostPlanes] = {};
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
      store(sweptBias_ + kBiasStep * i, splat(epilogue_.bias ? epilogue_.bias[channel + i] : kNoBias));
    }
  }
  /// Whether sweeps can do all of it while they have the sums at hand.
  bool isSwept() const { return limits_ != nullptr; }
  /// Of the first; the bias of each further one is kBiasStep floats after.
  Finish finish() const { return {sweptBias_, limits_}; }
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
  float sweptBias_[kBiasStep * kMostPlanes];
};

}  // namespace depthwise
