#pragma once

#include <algorithm>
#include <cstdint>

#include "../buffer.h"
#include "activation.h"
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

/// An epilogue for rows of one channel.
class SharedEpilogue {
 public:
  SharedEpilogue(const Epilogue& epilogue, size_t columns)
      : epilogue_(epilogue),
        columns_(columns),
        bias_(epilogue.bias ? columns : 0),
        preluAlpha_(epilogue.preluAlpha ? columns : 0) {}

  Status status() const { return bias_.status() ? preluAlpha_.status() : bias_.status(); }

  void apply(int channel, float* row, size_t pitch, int rows) const {
    if (epilogue_.changesNothing()) return;
    Epilogue shared = epilogue_;
    if (epilogue_.bias) shared.bias = std::fill_n(bias_.data(), columns_, epilogue_.bias[channel]) - columns_;
    if (epilogue_.preluAlpha) {
      shared.preluAlpha = std::fill_n(preluAlpha_.data(), columns_, epilogue_.preluAlpha[channel]) - columns_;
    }
    applyEpilogue(shared, row, pitch, rows, static_cast<int>(columns_));
  }

 private:
  Epilogue epilogue_;
  size_t columns_;
  Buffer<float> bias_, preluAlpha_;
};

}  // namespace depthwise
