#include "depthwise/geometry.h"

#include <algorithm>

/// Callers pass sizes of at most 2^53 (JavaScript's whole numbers). This file compares sizes with their maximum before
/// it multiplies them, so no product overflows 64 bits.
namespace depthwise {
namespace {

constexpr Error at(ErrorCode code, Argument argument) { return {.code = code, .argument = argument}; }

/// Checks that every size is at least 1 (the first: at least `minFirst`), and that the tensor has at most kMaxElements
/// elements. Compares each size too, because the product with a size of 0 is 0 however large the other sizes are.
Error checkSizes(Argument argument, const Shape& shape, int64_t minFirst) {
  for (size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] < (i == 0 ? minFirst : 1)) return at(ErrorCode::kSizes, argument);
  }
  int64_t count = 1;
  for (const int64_t size : shape) {
    if (size > kMaxElements) return at(ErrorCode::kElements, argument);
    count = std::min(count * size, kMaxElements + 1);
  }
  return count > kMaxElements ? at(ErrorCode::kElements, argument) : Error();
}

Error checkSteps(Argument argument, const HeightWidth& steps) {
  const bool fits = std::all_of(steps.begin(), steps.end(), [](int64_t n) { return n >= 1 && n <= kMaxAxis; });
  return fits ? Error() : at(ErrorCode::kSteps, argument);
}

Error checkPadding(const Padding& padding) {
  if (padding.kind != Padding::Kind::kExplicit) return {};
  for (const int64_t zeros : {padding.top, padding.bottom, padding.left, padding.right}) {
    if (zeros < 0 || zeros > kMaxAxis) return at(ErrorCode::kPad, Argument::kPad);
  }
  return {};
}

/// Returns the number of steps of `stride` that fit into `space`, rounded.
int64_t roundedSteps(int64_t space, int64_t stride, Rounding rounding) {
  switch (rounding) {
    case Rounding::kFloor:
      return space / stride;
    case Rounding::kRound:
      return (2 * space + stride) / (2 * stride);
    case Rounding::kCeil:
      break;
  }
  return (space + stride - 1) / stride;
}

/// One axis of a call, before it is checked.
struct AxisParams {
  int number;  ///< 0: height, 1: width
  int64_t in, taps, stride, dilation;
  Padding::Kind padding;
  int64_t padBefore, padAfter;  ///< of kExplicit
  Rounding rounding;
};

Result<Axis> makeAxis(const AxisParams& axis) {
  const bool same = axis.padding == Padding::Kind::kSame;
  const int64_t window = (axis.taps - 1) * axis.dilation + 1;  // at most 2^60
  int64_t out = 0, padBefore = 0, padded = axis.in;
  if (same) {
    out = (axis.in + axis.stride - 1) / axis.stride;
    const int64_t zeros = std::max<int64_t>(0, (out - 1) * axis.stride + window - axis.in);
    padBefore = zeros / 2;
    padded += zeros;
  } else if (axis.padding == Padding::Kind::kExplicit) {
    padBefore = axis.padBefore;
    padded += axis.padBefore + axis.padAfter;
  }
  if (window > padded) {
    Error error = at(ErrorCode::kWindow, Argument::kFilter);
    error.operands = {double(axis.number), double(window), double(axis.taps), double(axis.dilation), double(padded)};
    return error;
  }
  if (padded > kMaxAxis) {
    Error error = at(ErrorCode::kPaddedSize, same ? Argument::kDilations : Argument::kPad);
    error.operands = {double(axis.number), double(padded)};
    return error;
  }
  const Rounding rounding = axis.padding == Padding::Kind::kExplicit ? axis.rounding : Rounding::kFloor;
  if (!same) out = roundedSteps(padded - window, axis.stride, rounding) + 1;
  return Axis{.in = int(axis.in),
              .out = int(out),
              .taps = int(axis.taps),
              .stride = int(out == 1 ? 1 : axis.stride),
              .dilation = int(axis.taps == 1 ? 1 : axis.dilation),
              .padBefore = int(padBefore)};
}

/// The two axes of a convolution or a pooling.
struct Axes {
  Axis height, width;
};

/// The spatial arguments that convolution and pooling share.
struct SpatialParams {
  HeightWidth in, taps, strides, dilations;
  const Padding& padding;
  Rounding rounding;
};

Result<Axes> makeAxes(const SpatialParams& p) {
  const auto axis = [&](int number, int64_t padBefore, int64_t padAfter) {
    const auto i = size_t(number);
    return makeAxis({.number = number,
                     .in = p.in[i],
                     .taps = p.taps[i],
                     .stride = p.strides[i],
                     .dilation = p.dilations[i],
                     .padding = p.padding.kind,
                     .padBefore = padBefore,
                     .padAfter = padAfter,
                     .rounding = p.rounding});
  };
  const Result<Axis> height = axis(0, p.padding.top, p.padding.bottom);
  if (!height) return height.error();
  const Result<Axis> width = axis(1, p.padding.left, p.padding.right);
  if (!width) return width.error();
  return Axes{*height, *width};
}

Error checkOutput(int64_t batch, const Axes& axes, int64_t channels) {
  int64_t count = batch;
  for (const int64_t size : {int64_t{axes.height.out}, int64_t{axes.width.out}, channels}) {
    count = std::min(count, kMaxElements + 1) * size;  // each size is at most 2^30
  }
  if (count <= kMaxElements) return {};
  Error error = at(ErrorCode::kOutputElements, Argument::kNone);
  error.operands = {double(batch), double(axes.height.out), double(axes.width.out), double(channels)};
  return error;
}

/// A checked convolution, depthwise or dense.
struct Convolution {
  int batch, channels, filterChannels;  ///< filterChannels: the last size of the filter
  Axes axes;
};

Result<Convolution> makeConvolution(const ConvParams& p, bool depthwise) {
  if (auto error = checkSizes(Argument::kX, p.x, 0)) return error;
  if (auto error = checkSizes(Argument::kFilter, p.filter, 1)) return error;
  if (auto error = checkSteps(Argument::kStrides, p.strides)) return error;
  if (auto error = checkSteps(Argument::kDilations, p.dilations)) return error;
  if (auto error = checkPadding(p.padding)) return error;
  const bool nhwc = p.layout == Layout::kNhwc;
  const int64_t channels = p.x[nhwc ? 3 : 1];
  if (p.filter[2] != channels) {
    Error error = at(ErrorCode::kChannels, Argument::kFilter);
    error.operands = {double(p.filter[2]), double(channels)};
    return error;
  }
  const Result<Axes> axes = makeAxes({.in = {p.x[nhwc ? 1 : 2], p.x[nhwc ? 2 : 3]},
                                      .taps = {p.filter[0], p.filter[1]},
                                      .strides = p.strides,
                                      .dilations = p.dilations,
                                      .padding = p.padding,
                                      .rounding = p.rounding});
  if (!axes) return axes.error();
  const int64_t outChannels = depthwise ? channels * p.filter[3] : p.filter[3];
  if (auto error = checkOutput(p.x[0], *axes, outChannels)) return error;
  return Convolution{int(p.x[0]), int(channels), int(p.filter[3]), *axes};
}

}  // namespace

Result<Geometry> makeGeometry(const ConvParams& params) {
  const Result<Convolution> c = makeConvolution(params, true);
  if (!c) return c.error();
  return Geometry{.layout = params.layout,
                  .batch = c->batch,
                  .channels = c->channels,
                  .multiplier = c->filterChannels,
                  .height = c->axes.height,
                  .width = c->axes.width};
}

Result<DenseGeometry> makeDenseGeometry(const ConvParams& params) {
  const Result<Convolution> c = makeConvolution(params, false);
  if (!c) return c.error();
  return DenseGeometry{.layout = params.layout,
                       .batch = c->batch,
                       .inChannels = c->channels,
                       .outChannels = c->filterChannels,
                       .height = c->axes.height,
                       .width = c->axes.width};
}

Result<PoolGeometry> makePoolGeometry(const PoolParams& p) {
  if (auto error = checkSizes(Argument::kX, p.x, 0)) return error;
  if (auto error = checkSteps(Argument::kFilter, p.filterSize)) return error;
  if (auto error = checkSteps(Argument::kStrides, p.strides)) return error;
  if (auto error = checkSteps(Argument::kDilations, p.dilations)) return error;
  if (auto error = checkPadding(p.padding)) return error;
  const Result<Axes> axes = makeAxes({.in = {p.x[1], p.x[2]},
                                      .taps = p.filterSize,
                                      .strides = p.strides,
                                      .dilations = p.dilations,
                                      .padding = p.padding,
                                      .rounding = p.rounding});
  if (!axes) return axes.error();
  if (auto error = checkOutput(p.x[0], *axes, p.x[3])) return error;
  return PoolGeometry{.batch = int(p.x[0]), .channels = int(p.x[3]), .height = axes->height, .width = axes->width};
}

}  // namespace depthwise
