#include "support/convolution.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <sstream>

namespace depthwise {
namespace {

std::string text(const Numbers& numbers) {
  Text text;
  text << numberList(numbers);
  return std::string(text.view());
}

}  // namespace

NumberList numberList(const Numbers& numbers) {
  NumberList list{{}, static_cast<int>(numbers.size())};
  std::copy_n(numbers.begin(), std::min<size_t>(numbers.size(), NumberList::kKept), list.values);
  return list;
}

ConvolutionArguments Convolution::arguments() const {
  ConvolutionArguments a;
  a.function = "depthwiseConv2d";
  a.xShape = numberList(nchw_ && x_.size() == 4 ? Numbers{x_[0], x_[3], x_[1], x_[2]} : x_);
  a.filterShape = numberList(filter_);
  a.strides = numberList(strides_);
  a.dilations = numberList(dilations_);
  a.dataFormat = nchw_ ? "NCHW" : "NHWC";
  a.pad = pad_;
  a.padName = padName_;
  a.padNumber = padNumber_;
  a.padPairCount = 4;
  for (NumberList& pair : a.padPairs) pair = numberList({0, 0});
  if (pad_ == Pad::kPairs) {
    const int rows = nchw_ ? 2 : 1;
    a.padPairs[rows] = numberList({sides_[0], sides_[1]});
    a.padPairs[rows + 1] = numberList({sides_[2], sides_[3]});
  }
  if (!rounding_.empty()) a.dimRoundingMode = rounding_;
  return a;
}

std::string Convolution::description() const {
  std::ostringstream all;
  all << "x " << text(x_) << (nchw_ ? " transposed to NCHW" : "") << ", filter " << text(filter_) << ", strides "
      << text(strides_) << ", dilations " << text(dilations_) << ", pad ";
  if (pad_ == Pad::kName) all << padName_;
  if (pad_ == Pad::kNumber) all << padNumber_;
  if (pad_ == Pad::kPairs) all << text(sides_) << " (top, bottom, left, right)";
  if (!rounding_.empty()) all << ", dimRoundingMode " << rounding_;
  return all.str();
}

Geometry geometryOf(const Convolution& convolution) {
  const Result<Geometry> geometry = checkConvolution(convolution.arguments());
  INFO(convolution.description());
  if (!geometry) FAIL(std::string(geometry.error().text()));
  return *geometry;
}

}  // namespace depthwise
