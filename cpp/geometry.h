#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "argument_error.h"

/// Shapes, strides, dilations and padding: from what a caller says, unchecked, to one struct that every kernel can
/// trust. The only place that computes an output size or a padding, and the only place that refuses one.
namespace depthwise {

/// Where channels stand: [batch, height, width, channels] or [batch, channels, height, width].
enum class Layout { kNhwc, kNchw };

/// One of the two spatial axes. Output o of tap k reads input o·stride + k·dilation − padBefore; what lies outside of
/// [0, in) counts as zero.
struct Axis {
  int32_t in;
  int32_t out;
  int32_t taps;
  int32_t stride;    ///< 1 where there is a single output
  int32_t dilation;  ///< 1 where there is a single tap
  int32_t padBefore;
};

/// Four sizes, in the order of the tensor they belong to.
using Shape = std::array<int32_t, 4>;

inline Shape imageShapeOf(Layout layout, int32_t batch, int32_t height, int32_t width, int32_t channels) {
  return layout == Layout::kNhwc ? Shape{batch, height, width, channels} : Shape{batch, channels, height, width};
}

/// A depthwise convolution that can be computed. Every tensor of it has at most kMaxElements elements and every
/// position along an axis, padding included, is at most kMaxAxis.
struct Geometry {
  Layout layout;
  int32_t batch;  ///< may be 0; every other size is at least 1
  int32_t channels;
  int32_t multiplier;
  Axis height;
  Axis width;

  int32_t outChannels() const { return channels * multiplier; }
  Shape xShape() const { return imageShape(height.in, width.in, channels); }
  Shape yShape() const { return imageShape(height.out, width.out, outChannels()); }
  Shape filterShape() const { return {height.taps, width.taps, channels, multiplier}; }

 private:
  Shape imageShape(int32_t rows, int32_t columns, int32_t count) const {
    return imageShapeOf(layout, batch, rows, columns, count);
  }
};

/// A dense convolution (tfjs's conv2d), in which every output channel is made from all channels of x:
/// y[n, i, j, o] = Σ x[n, i·stride + p·dilation − pad, j·…, c] · filter[p, q, c, o]. The same bounds hold.
struct DenseGeometry {
  Layout layout;
  int32_t batch;  ///< may be 0; every other size is at least 1
  int32_t inChannels;
  int32_t outChannels;
  Axis height;
  Axis width;

  Shape xShape() const { return imageShapeOf(layout, batch, height.in, width.in, inChannels); }
  Shape yShape() const { return imageShapeOf(layout, batch, height.out, width.out, outChannels); }
  Shape filterShape() const { return {height.taps, width.taps, inChannels, outChannels}; }
};

/// Pooling of each channel by itself, over windows that overlap or not. x and y are NHWC; the same bounds hold.
struct PoolGeometry {
  int32_t batch;  ///< may be 0; every other size is at least 1
  int32_t channels;
  Axis height;
  Axis width;

  Shape xShape() const { return {batch, height.in, width.in, channels}; }
  Shape yShape() const { return {batch, height.out, width.out, channels}; }
};

/// 4 GiB of floats: all that a 32-bit memory could hold.
constexpr int64_t kMaxElements = int64_t{1} << 30;
constexpr int64_t kMaxAxis = int64_t{1} << 30;

inline int64_t elementCount(const Shape& shape) { return int64_t{shape[0]} * shape[1] * shape[2] * shape[3]; }

/// What a caller asks for, under the caller's names.
struct ConvolutionArguments {
  /// The function that was called, for the text of an error.
  const char* function;
  /// What the caller calls the shape of x: "x", or "inputShape" where only the shape is given.
  const char* xName = "x";
  const char* filterName = "filter";
  NumberList xShape;
  NumberList filterShape;
  NumberList strides;           ///< one for both axes, or [height, width]
  NumberList dilations;         ///< likewise
  std::string_view dataFormat;  ///< "NHWC", "channelsLast", "NCHW" or "channelsFirst"

  enum class Pad { kName, kNumber, kPairs };
  Pad pad;
  std::string_view padName;  ///< "same" or "valid"
  double padNumber;          ///< on all four sides
  int padPairCount;
  NumberList padPairs[4];  ///< before and after, an entry a dimension of x

  std::optional<std::string_view> dimRoundingMode;  ///< "floor", "round" or "ceil", beside numeric padding only
};

/// Checks everything about x, filter, strides, dilations, padding, layout and rounding.
///
/// Output sizes are those of tfjs's conv_util: 'same' ceil(in / stride), the odd pixel of padding at the bottom and
/// right; otherwise (in + padding − (taps − 1)·dilation − 1) / stride + 1, rounded by dimRoundingMode, down by default.
Result<Geometry> checkConvolution(const ConvolutionArguments& arguments);

/// The same for a dense convolution, whose filter is [height, width, inChannels, outChannels].
Result<DenseGeometry> checkDenseConvolution(const ConvolutionArguments& arguments);

/// The same for pooling, whose filterShape is a filter size: one for both axes, or [height, width]. dataFormat is not
/// read: x is NHWC.
Result<PoolGeometry> checkPool(const ConvolutionArguments& arguments);

/// That `shape`, the caller's tensor `name`, is `expected`. Nothing where it is.
Error checkShape(const char* function, const char* name, const NumberList& shape, const Shape& expected);

/// How a tensor of one value a channel (bias, preluActivationWeights) may be given: [channels], or four dimensions that
/// are all 1 but for the channels.
Error checkPerChannel(const char* function, const char* name, const NumberList& shape, const Geometry& geometry);

/// The number of elements of a tensor of any rank, or why there cannot be such a tensor.
Result<int64_t> checkTensorShape(const char* function, const char* name, const NumberList& shape);

/// That data of `length` elements fill a tensor of this shape, which has `size`. Nothing where they do.
Error checkDataLength(const char* function, const char* argument, const NumberList& shape, int64_t size, double length);

}  // namespace depthwise
