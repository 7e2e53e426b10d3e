#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "geometry.h"

namespace depthwise {

using Numbers = std::vector<double>;

NumberList numberList(const Numbers& numbers);

/// What a caller asks for, written down briefly:
///
///     geometryOf(Convolution({1, 8, 8, 2}, {3, 3, 2, 1}).strides(2).pad(0).rounding("ceil"))
///
/// Where nothing is said: NHWC, steps of 1, 'valid'.
class Convolution {
 public:
  Convolution(Numbers x, Numbers filter) : x_(std::move(x)), filter_(std::move(filter)) {}

  Convolution& strides(double both) { return strides(both, both); }
  Convolution& strides(double height, double width) { return strides_ = {height, width}, *this; }
  Convolution& dilations(double both) { return dilations(both, both); }
  Convolution& dilations(double height, double width) { return dilations_ = {height, width}, *this; }
  Convolution& padName(std::string_view name) { return pad_ = Pad::kName, padName_ = name, *this; }
  Convolution& same() { return padName("same"); }
  Convolution& pad(double number) { return pad_ = Pad::kNumber, padNumber_ = number, *this; }
  Convolution& pad(double top, double bottom, double left, double right) {
    return pad_ = Pad::kPairs, sides_ = {top, bottom, left, right}, *this;
  }
  Convolution& rounding(std::string_view mode) { return rounding_ = mode, *this; }
  /// The same convolution, x transposed to NCHW.
  Convolution& nchw() { return nchw_ = true, *this; }

  ConvolutionArguments arguments() const;
  std::string description() const;

 private:
  using Pad = ConvolutionArguments::Pad;

  Numbers x_, filter_, strides_{1, 1}, dilations_{1, 1};
  Pad pad_ = Pad::kName;
  std::string_view padName_ = "valid";
  double padNumber_ = 0;
  Numbers sides_;
  std::string_view rounding_;
  bool nchw_ = false;
};

/// The geometry; a test fails where there is none.
Geometry geometryOf(const Convolution& convolution);

}  // namespace depthwise
