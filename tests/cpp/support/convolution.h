#pragma once

#include <string>

#include "depthwise/geometry.h"

namespace depthwise {

/// Builds the parameters of a convolution:
///
///     geometryOf(Convolution({1, 8, 8, 2}, {3, 3, 2, 1}).strides(2).pad(0).rounding(Rounding::kCeil))
///
/// The defaults are NHWC, strides and dilations of 1, and 'valid' padding.
class Convolution {
 public:
  Convolution(const Shape& x, const Shape& filter) : params_{.x = x, .filter = filter} {}

  Convolution& strides(int64_t both) { return strides(both, both); }
  Convolution& strides(int64_t height, int64_t width) { return params_.strides = {height, width}, *this; }
  Convolution& dilations(int64_t both) { return dilations(both, both); }
  Convolution& dilations(int64_t height, int64_t width) { return params_.dilations = {height, width}, *this; }
  Convolution& valid() { return params_.padding = Padding::valid(), *this; }
  Convolution& same() { return params_.padding = Padding::same(), *this; }
  Convolution& pad(int64_t zeros) { return params_.padding = Padding::all(zeros), *this; }
  Convolution& pad(int64_t top, int64_t bottom, int64_t left, int64_t right) {
    return params_.padding = {Padding::Kind::kExplicit, top, bottom, left, right}, *this;
  }
  Convolution& rounding(Rounding mode) { return params_.rounding = mode, *this; }
  /// Returns the same convolution with x transposed to NCHW.
  Convolution& nchw();

  const ConvParams& params() const { return params_; }
  std::string description() const;

 private:
  ConvParams params_;
};

/// Returns the geometry; the test fails if there is none.
Geometry geometryOf(const Convolution& convolution);

}  // namespace depthwise
