#include "geometry.h"

namespace depthwise {
namespace {

/// Past this, not every whole number is a double.
constexpr double kLargestWhole = 9007199254740991;

/// The product of whole sizes: exact up to kLargestWhole, and far from every limit where it is not.
double product(const double* sizes, int count) {
  double all = 1;
  for (int i = 0; i < count; ++i) all *= sizes[i];
  return all;
}

Error checkRank(const char* function, const char* name, const char* dimensions, const NumberList& shape) {
  if (shape.count == 4) return {};
  return rangeError(function, name) << "must have 4 dimensions " << dimensions << ", got " << shape;
}

Error checkSizes(const char* function, const char* name, const char* dimensions, const NumberList& shape,
                 double leastFirst) {
  for (int i = 0; i < shape.count; ++i) {
    if (isWholeWithin(shape.values[i], i == 0 ? leastFirst : 1, kLargestWhole)) continue;
    return rangeError(function, name) << "must have whole sizes " << dimensions << " of at least 1"
                                      << (leastFirst == 0 ? " (batch: at least 0)" : "") << ", got " << shape;
  }
  return {};
}

Error checkElementCount(const char* function, const char* name, const NumberList& shape) {
  // Each size by itself too: beside one of 0, any other would do.
  bool fits = product(shape.values, shape.count) <= double(kMaxElements);
  for (int i = 0; i < shape.count; ++i) fits = fits && shape.values[i] <= double(kMaxElements);
  if (fits) return {};
  return rangeError(function, name) << "must have at most " << double(kMaxElements) << " elements (4 GiB), got "
                                    << shape;
}

/// Rank, sizes and number of elements of a tensor of four dimensions.
Error checkTensor4(const char* function, const char* name, const char* dimensions, const NumberList& shape,
                   double leastFirst) {
  if (auto error = checkRank(function, name, dimensions, shape)) return error;
  if (auto error = checkSizes(function, name, dimensions, shape, leastFirst)) return error;
  return checkElementCount(function, name, shape);
}

/// strides or dilations: whole numbers from 1 up, one for each axis or one for both.
Error checkSteps(const char* function, const char* name, const NumberList& steps) {
  bool fits = steps.count == 1 || steps.count == 2;
  for (int i = 0; fits && i < steps.count; ++i) fits = isWholeWithin(steps.values[i], 1, double(kMaxAxis));
  if (fits) return {};
  const Error error = rangeError(function, name) << "must be a whole number from 1 to " << double(kMaxAxis)
                                                 << ", or two of them [height, width], got ";
  return steps.count == 1 ? error << steps.values[0] : error << steps;
}

int64_t heightStep(const NumberList& steps) { return static_cast<int64_t>(steps.values[0]); }
int64_t widthStep(const NumberList& steps) { return static_cast<int64_t>(steps.values[steps.count - 1]); }

enum class Rounding { kFloor, kRound, kCeil };

Result<Layout> checkLayout(const ConvolutionArguments& a) {
  if (a.dataFormat == "NHWC" || a.dataFormat == "channelsLast") return Layout::kNhwc;
  if (a.dataFormat == "NCHW" || a.dataFormat == "channelsFirst") return Layout::kNchw;
  return typeError(a.function, "dataFormat")
         << "must be 'NHWC' ('channelsLast') or 'NCHW' ('channelsFirst'), got '" << a.dataFormat << "'";
}

Result<Rounding> checkRounding(const ConvolutionArguments& a) {
  if (!a.dimRoundingMode) return Rounding::kFloor;
  const std::string_view mode = *a.dimRoundingMode;
  if (a.pad == ConvolutionArguments::Pad::kName) {
    return typeError(a.function, "dimRoundingMode")
           << "goes with a numeric pad only, got '" << mode << "' beside pad '" << a.padName << "'";
  }
  if (mode == "floor") return Rounding::kFloor;
  if (mode == "round") return Rounding::kRound;
  if (mode == "ceil") return Rounding::kCeil;
  return typeError(a.function, "dimRoundingMode") << "must be 'floor', 'round' or 'ceil', got '" << mode << "'";
}

/// Zeros before and after each spatial axis.
struct Padding {
  bool same;
  int64_t height[2];
  int64_t width[2];
};

bool pairFits(const NumberList& pair, double most) {
  return pair.count == 2 && isWholeWithin(pair.values[0], 0, most) && isWholeWithin(pair.values[1], 0, most);
}

Result<Padding> checkPadding(const ConvolutionArguments& a, Layout layout) {
  using Pad = ConvolutionArguments::Pad;
  if (a.pad == Pad::kName) {
    if (a.padName == "same") return Padding{true, {0, 0}, {0, 0}};
    if (a.padName == "valid") return Padding{false, {0, 0}, {0, 0}};
    return typeError(a.function, "pad")
           << "must be 'same', 'valid', a number or one pair of numbers for each dimension, got '" << a.padName << "'";
  }
  if (a.pad == Pad::kNumber) {
    if (isWholeWithin(a.padNumber, 0, double(kMaxAxis))) {
      const int64_t pad = static_cast<int64_t>(a.padNumber);
      return Padding{false, {pad, pad}, {pad, pad}};
    }
    return rangeError(a.function, "pad") << "must be a whole number from 0 to " << double(kMaxAxis) << ", got "
                                         << a.padNumber;
  }
  const bool nhwc = layout == Layout::kNhwc;
  const int rows = nhwc ? 1 : 2;
  const int columns = rows + 1;
  bool fits = a.padPairCount == 4;
  for (int i = 0; fits && i < 4; ++i) fits = pairFits(a.padPairs[i], i == rows || i == columns ? double(kMaxAxis) : 0);
  if (!fits) {
    Error error = rangeError(a.function, "pad")
                  << "must be whole numbers from 0 to " << double(kMaxAxis) << " as "
                  << (nhwc ? "[[0,0],[top,bottom],[left,right],[0,0]]" : "[[0,0],[0,0],[top,bottom],[left,right]]")
                  << ", got [";
    for (int i = 0; i < a.padPairCount && i < 4; ++i) error = error << (i ? "," : "") << a.padPairs[i];
    return error << (a.padPairCount > 4 ? ",…]" : "]");
  }
  const auto side = [&](int dimension, int end) { return static_cast<int64_t>(a.padPairs[dimension].values[end]); };
  return Padding{false, {side(rows, 0), side(rows, 1)}, {side(columns, 0), side(columns, 1)}};
}

/// Steps from the first output to the last one that `space` leaves room for.
int64_t roundedSteps(int64_t space, int64_t stride, Rounding rounding) {
  switch (rounding) {
    case Rounding::kFloor:
      return space / stride;
    case Rounding::kRound:  // half goes up, as Math.round has it
      return (2 * space + stride) / (2 * stride);
    case Rounding::kCeil:
      break;
  }
  return (space + stride - 1) / stride;
}

struct AxisArguments {
  const char* name;
  int64_t in, taps, stride, dilation;
  bool same;
  int64_t padBefore, padAfter;
};

Result<Axis> checkAxis(const ConvolutionArguments& a, const AxisArguments& axis, Rounding rounding) {
  const int64_t reach = (axis.taps - 1) * axis.dilation + 1;  // at most 2^60
  int64_t out, before = axis.padBefore, padded = axis.in + axis.padBefore + axis.padAfter;
  if (axis.same) {
    out = (axis.in + axis.stride - 1) / axis.stride;
    const int64_t needed = (out - 1) * axis.stride + reach - axis.in;
    const int64_t total = needed > 0 ? needed : 0;
    before = total / 2;
    padded = axis.in + total;
  }
  if (reach > padded) {
    Error error = rangeError(a.function, a.filterName)
                  << "must not be larger than the padded input: its " << axis.name << " is " << double(reach);
    if (axis.dilation > 1) {
      error = error << " (" << double(axis.taps) << " dilated by " << double(axis.dilation) << ")";
    }
    return error << ", the padded input's " << double(padded);
  }
  if (padded > kMaxAxis) {
    return rangeError(a.function, axis.same ? "dilations" : "pad")
           << "must leave a padded " << axis.name << " of at most " << double(kMaxAxis) << ", got " << double(padded);
  }
  if (!axis.same) out = roundedSteps(padded - reach, axis.stride, rounding) + 1;
  return Axis{static_cast<int32_t>(axis.in),
              static_cast<int32_t>(out),
              static_cast<int32_t>(axis.taps),
              static_cast<int32_t>(out == 1 ? 1 : axis.stride),
              static_cast<int32_t>(axis.taps == 1 ? 1 : axis.dilation),
              static_cast<int32_t>(before)};
}

/// What all kinds consist of. `last` is the filter's last size.
struct Convolution {
  Layout layout;
  int32_t batch, channels, last;
  Axis height, width;
};

/// For sizes, pooling is a depthwise convolution with as many outputs as channels.
enum class Kind { kDepthwise, kDense, kPool };

Result<Convolution> check(const ConvolutionArguments& a, Kind kind) {
  const bool depthwise = kind == Kind::kDepthwise, pool = kind == Kind::kPool;
  const Result<Layout> layout = pool ? Layout::kNhwc : checkLayout(a);
  if (!layout) return layout.error();
  const bool nhwc = *layout == Layout::kNhwc;
  const char* const xDimensions = nhwc ? "[batch, height, width, inChannels]" : "[batch, inChannels, height, width]";
  const char* const filterDimensions =
      depthwise ? "[height, width, inChannels, channelMultiplier]" : "[height, width, inChannels, outChannels]";
  if (auto error = checkTensor4(a.function, a.xName, xDimensions, a.xShape, 0)) return error;
  if (auto error = pool ? checkSteps(a.function, a.filterName, a.filterShape)
                        : checkTensor4(a.function, a.filterName, filterDimensions, a.filterShape, 1)) {
    return error;
  }
  if (auto error = checkSteps(a.function, "strides", a.strides)) return error;
  if (auto error = checkSteps(a.function, "dilations", a.dilations)) return error;
  const Result<Rounding> rounding = checkRounding(a);
  if (!rounding) return rounding.error();
  const Result<Padding> padding = checkPadding(a, *layout);
  if (!padding) return padding.error();

  const double* x = a.xShape.values;
  const double xHeight = x[nhwc ? 1 : 2], xWidth = x[nhwc ? 2 : 3], xChannels = x[nhwc ? 3 : 1];
  const NumberList& given = a.filterShape;
  const double poolFilter[] = {given.values[0], given.values[given.count - 1], xChannels, 1};
  const double* filter = pool ? poolFilter : given.values;
  if (filter[2] != xChannels) {
    return rangeError(a.function, a.filterName)
           << "must have as many inChannels as " << a.xName << ", got " << filter[2] << " beside " << xChannels;
  }
  const auto whole = [](double value) { return static_cast<int64_t>(value); };
  const Result<Axis> height =
      checkAxis(a,
                {"height", whole(xHeight), whole(filter[0]), heightStep(a.strides), heightStep(a.dilations),
                 padding->same, padding->height[0], padding->height[1]},
                *rounding);
  if (!height) return height.error();
  const Result<Axis> width = checkAxis(a,
                                       {"width", whole(xWidth), whole(filter[1]), widthStep(a.strides),
                                        widthStep(a.dilations), padding->same, padding->width[0], padding->width[1]},
                                       *rounding);
  if (!width) return width.error();

  const double outChannels = depthwise || pool ? filter[2] * filter[3] : filter[3];
  const double outSizes[] = {x[0], double(height->out), double(width->out), outChannels};
  if (product(outSizes, 4) > double(kMaxElements)) {
    return rangeError(a.function, "the output")
           << "must have at most " << double(kMaxElements) << " elements (4 GiB), got batch " << x[0] << ", height "
           << double(height->out) << ", width " << double(width->out) << ", channels " << outChannels;
  }
  return Convolution{
      *layout, static_cast<int32_t>(x[0]), static_cast<int32_t>(xChannels), static_cast<int32_t>(filter[3]), *height,
      *width};
}

}  // namespace

Result<Geometry> checkConvolution(const ConvolutionArguments& arguments) {
  const Result<Convolution> c = check(arguments, Kind::kDepthwise);
  if (!c) return c.error();
  return Geometry{c->layout, c->batch, c->channels, c->last, c->height, c->width};
}

Result<DenseGeometry> checkDenseConvolution(const ConvolutionArguments& arguments) {
  const Result<Convolution> c = check(arguments, Kind::kDense);
  if (!c) return c.error();
  return DenseGeometry{c->layout, c->batch, c->channels, c->last, c->height, c->width};
}

Result<PoolGeometry> checkPool(const ConvolutionArguments& arguments) {
  const Result<Convolution> c = check(arguments, Kind::kPool);
  if (!c) return c.error();
  return PoolGeometry{c->batch, c->channels, c->height, c->width};
}

Error checkShape(const char* function, const char* name, const NumberList& shape, const Shape& expected) {
  bool same = shape.count == 4;
  for (int i = 0; same && i < 4; ++i) same = shape.values[i] == expected[static_cast<size_t>(i)];
  if (same) return {};
  return rangeError(function, name) << "must have shape " << expected << ", got " << shape;
}

Error checkPerChannel(const char* function, const char* name, const NumberList& shape, const Geometry& geometry) {
  const double channels = geometry.outChannels();
  const bool nhwc = geometry.layout == Layout::kNhwc;
  bool fits = shape.count == 1 || shape.count == 4;
  const int channelDimension = shape.count == 1 ? 0 : nhwc ? 3 : 1;
  for (int i = 0; fits && i < shape.count; ++i) fits = shape.values[i] == (i == channelDimension ? channels : 1);
  if (fits) return {};
  return rangeError(function, name) << "must have one value for each of the " << channels << " output channels, shape ["
                                    << channels << "] or " << (nhwc ? "[1,1,1," : "[1,") << channels
                                    << (nhwc ? "]" : ",1,1]") << ", got " << shape;
}

Result<int64_t> checkTensorShape(const char* function, const char* name, const NumberList& shape) {
  if (shape.count > NumberList::kKept) {
    return rangeError(function, name) << "must have at most " << double(NumberList::kKept) << " dimensions, got "
                                      << double(shape.count);
  }
  for (int i = 0; i < shape.count; ++i) {
    if (isWholeWithin(shape.values[i], 0, kLargestWhole)) continue;
    return rangeError(function, name) << "must be whole numbers of at least 0, got " << shape;
  }
  if (auto error = checkElementCount(function, name, shape)) return error;
  return static_cast<int64_t>(product(shape.values, shape.count));
}

Error checkDataLength(const char* function, const char* argument, const NumberList& shape, int64_t size,
                      double length) {
  if (length == double(size)) return {};
  return rangeError(function, argument) << "must have " << double(size) << " elements for shape " << shape << ", got "
                                        << length;
}

}  // namespace depthwise
