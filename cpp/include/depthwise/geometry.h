#pragma once

#include <array>
#include <cstdint>

#include "depthwise/error.h"

/// Checks the shapes, strides, dilations and padding of a call, and turns them into one struct that every kernel can
/// trust. No other file computes output sizes or padding.
namespace depthwise {

/// The sizes of a tensor of four dimensions, in the order of its layout.
using Shape = std::array<int64_t, 4>;
/// A number for the height and one for the width.
using HeightWidth = std::array<int64_t, 2>;

/// The order of the dimensions: [batch, height, width, channels] or [batch, channels, height, width].
enum class Layout : int32_t { kNhwc = 0, kNchw = 1 };

/// How to round an output size that is not a whole number. kRound rounds a half up, as Math.round does.
enum class Rounding : int32_t { kFloor = 0, kRound = 1, kCeil = 2 };

/// Zeros around the input. kSame is TensorFlow's: ceil(in / stride) outputs, the odd zero at the bottom and right.
struct Padding {
  enum class Kind : int32_t { kValid = 0, kSame = 1, kExplicit = 2 };

  Kind kind = Kind::kValid;
  int64_t top = 0, bottom = 0, left = 0, right = 0;  ///< of kExplicit

  static constexpr Padding valid() { return {}; }
  static constexpr Padding same() { return {.kind = Kind::kSame}; }
  static constexpr Padding all(int64_t zeros) { return {Kind::kExplicit, zeros, zeros, zeros, zeros}; }
};

/// The arguments of a convolution. Any value is allowed here; makeGeometry checks.
struct ConvParams {
  Shape x{};       ///< in the order of `layout`
  Shape filter{};  ///< [height, width, inChannels, channelMultiplier]; dense: [height, width, inChannels, outChannels]
  HeightWidth strides{1, 1};
  HeightWidth dilations{1, 1};
  Padding padding{};
  Rounding rounding = Rounding::kFloor;  ///< of explicit padding only
  Layout layout = Layout::kNhwc;
};

/// The arguments of a pooling. x is NHWC.
struct PoolParams {
  Shape x{};
  HeightWidth filterSize{1, 1};
  HeightWidth strides{1, 1};
  HeightWidth dilations{1, 1};
  Padding padding{};
  Rounding rounding = Rounding::kFloor;  ///< of explicit padding only
};

/// One of the two spatial axes, checked. Output o of tap k reads input o·stride + k·dilation − padBefore. An input
/// outside of [0, in) is zero.
struct Axis {
  int in;
  int out;
  int taps;
  int stride;    ///< 1 if there is a single output
  int dilation;  ///< 1 if there is a single tap
  int padBefore;
};

/// The maximum number of elements of a tensor: 4 GiB of floats, all that a 32-bit memory could hold.
constexpr int64_t kMaxElements = int64_t{1} << 30;
/// The maximum position along an axis, padding included.
constexpr int64_t kMaxAxis = int64_t{1} << 30;

/// Returns the number of elements of a tensor.
constexpr int64_t elementCount(const Shape& shape) { return shape[0] * shape[1] * shape[2] * shape[3]; }

/// Returns the sizes of images in the order of a layout. Not inlined: the copies take 0.2 KB of the wasm, gzipped.
[[gnu::noinline]] constexpr Shape imageShape(Layout layout, int64_t batch, int64_t height, int64_t width,
                                             int64_t channels) {
  return layout == Layout::kNhwc ? Shape{batch, height, width, channels} : Shape{batch, channels, height, width};
}

/// A depthwise convolution that can be computed: y[n, i, j, c·M + m] = Σ x[n, i·stride + p·dilation − pad, j·…, c] ·
/// filter[p, q, c, m], with M the channel multiplier. Each of its tensors has at most kMaxElements elements.
struct Geometry {
  Layout layout;
  int batch;  ///< may be 0; every other size is at least 1
  int channels;
  int multiplier;
  Axis height;
  Axis width;

  int outChannels() const { return channels * multiplier; }
  Shape xShape() const { return imageShape(layout, batch, height.in, width.in, channels); }
  Shape yShape() const { return imageShape(layout, batch, height.out, width.out, outChannels()); }
  Shape filterShape() const { return {height.taps, width.taps, channels, multiplier}; }
};

/// A dense convolution that can be computed: y[n, i, j, o] = Σ x[n, i·stride + p·dilation − pad, j·…, c] ·
/// filter[p, q, c, o]. The bounds of Geometry hold here too.
struct DenseGeometry {
  Layout layout;
  int batch;  ///< may be 0; every other size is at least 1
  int inChannels;
  int outChannels;
  Axis height;
  Axis width;

  Shape xShape() const { return imageShape(layout, batch, height.in, width.in, inChannels); }
  Shape yShape() const { return imageShape(layout, batch, height.out, width.out, outChannels); }
  Shape filterShape() const { return {height.taps, width.taps, inChannels, outChannels}; }
};

/// A pooling that can be computed: each output depends on a window of one channel. x and y are NHWC. The bounds of
/// Geometry hold here too.
struct PoolGeometry {
  int batch;  ///< may be 0; every other size is at least 1
  int channels;
  Axis height;
  Axis width;

  Shape xShape() const { return {batch, height.in, width.in, channels}; }
  Shape yShape() const { return {batch, height.out, width.out, channels}; }
};

/// Returns the geometry of a depthwise convolution, or the first error: kSizes and kElements of kX, then of kFilter;
/// kSteps of kStrides, then of kDilations; kPad; kChannels; kWindow and kPaddedSize of the height, then of the width;
/// kOutputElements.
///
/// Output sizes are those of TensorFlow: ceil(in / stride) with 'same' padding; otherwise (in + padding − (taps −
/// 1)·dilation − 1) / stride + 1, rounded by `rounding`.
Result<Geometry> makeGeometry(const ConvParams& params);

/// Returns the geometry of a dense convolution, or the first error, as makeGeometry.
Result<DenseGeometry> makeDenseGeometry(const ConvParams& params);

/// Returns the geometry of a pooling, or the first error, as makeGeometry. A filter size that is not in [1, kMaxAxis]
/// is kSteps of kFilter.
Result<PoolGeometry> makePoolGeometry(const PoolParams& params);

}  // namespace depthwise
