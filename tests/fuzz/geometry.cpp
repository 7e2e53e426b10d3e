#include "geometry.h"

#include <cmath>

#include "convolution_input.h"
#include "epilogue_arguments.h"
#include "require.h"
#include "target.h"

/// Whatever is accepted must be consistent, computed here once more in 128 bits; whatever is refused must say why.
namespace depthwise::fuzz {
namespace {

__extension__ using Wide = __int128;

Wide elements(const Shape& shape) { return Wide{shape[0]} * shape[1] * shape[2] * shape[3]; }

void requireRefusal(const Error& error) {
  const std::string_view text = error.text();
  require(text.starts_with("Error in fuzz: ") && text.size() > 30 && text.size() <= 480, "a refusal says nothing");
}

/// Where positions of an axis end, and whether its output is as large as it must be.
void requireAxis(const ConvolutionArguments& a, const Axis& axis, double stride, double dilation, double before,
                 double after) {
  require(axis.in >= 1 && axis.out >= 1 && axis.taps >= 1, "an axis is empty");
  require(axis.stride >= 1 && axis.dilation >= 1 && axis.padBefore >= 0, "a step or a padding is negative");
  require(axis.out == 1 || axis.stride == stride, "another stride");
  require(axis.taps == 1 || axis.dilation == dilation, "another dilation");
  const Wide given = static_cast<Wide>(stride), reach = Wide{axis.taps - 1} * axis.dilation + 1;
  if (a.pad == ConvolutionArguments::Pad::kName && a.padName == "same") {
    require(axis.out == (axis.in + given - 1) / given, "'same' has another size");
    const Wide needed = (axis.out - 1) * given + reach - axis.in;
    require(axis.padBefore == (needed > 0 ? needed : 0) / 2, "'same' has another padding");
    require(axis.in + (needed > 0 ? needed : 0) <= kMaxAxis, "a padded axis is too long");
    return;
  }
  require(axis.padBefore == before, "another padding");
  const Wide padded = axis.in + static_cast<Wide>(before) + static_cast<Wide>(after), space = padded - reach;
  require(padded <= kMaxAxis && space >= 0, "a padded axis is too long, or the filter is");
  const std::string_view mode = a.dimRoundingMode.value_or("floor");
  const Wide steps = mode == "floor"   ? space / given
                     : mode == "round" ? (2 * space + given) / (2 * given)
                                       : (space + given - 1) / given;
  require(axis.out == steps + 1, "an output has another size");
}

template <class SomeGeometry>
void requireConsistent(const ConvolutionArguments& a, const SomeGeometry& g) {
  require(g.batch >= 0 && g.batch == a.xShape.values[0], "another batch");
  const bool nhwc = a.dataFormat == "NHWC" || a.dataFormat == "channelsLast";
  const Shape x = g.xShape();
  for (size_t i = 0; i < 4; ++i) require(x[i] == a.xShape.values[i], "x has another shape");
  for (const Shape& shape : {x, g.yShape(), g.filterShape()}) require(elements(shape) <= kMaxElements, "too large");
  for (size_t i = 0; i < 4; ++i) require(g.filterShape()[i] == a.filterShape.values[i], "the filter has another shape");
  const int rows = nhwc ? 1 : 2;
  const auto side = [&](int axis, int end) {
    return a.pad == ConvolutionArguments::Pad::kNumber  ? a.padNumber
           : a.pad == ConvolutionArguments::Pad::kPairs ? a.padPairs[rows + axis].values[end]
                                                        : 0;
  };
  const auto last = [](const NumberList& list) { return list.values[list.count - 1]; };
  requireAxis(a, g.height, a.strides.values[0], a.dilations.values[0], side(0, 0), side(0, 1));
  requireAxis(a, g.width, last(a.strides), last(a.dilations), side(1, 0), side(1, 1));
}

void checkOthers(FuzzedDataProvider& bytes, const Geometry& g) {
  EpilogueArguments epilogue{};
  epilogue.function = "fuzz";
  const std::string activation = bytes.ConsumeRandomLengthString(12);
  epilogue.activation = bytes.ConsumeBool() ? std::string_view(activation) : bytes.ConsumeBool() ? "prelu" : "relu";
  epilogue.leakyreluAlpha = anyNumber(bytes);
  if (bytes.ConsumeBool()) epilogue.biasShape = anyNumbers(bytes, 12);
  if (bytes.ConsumeBool()) epilogue.preluActivationWeightsShape = NumberList{{double(g.outChannels())}, 1};
  const Result<Epilogue> made = checkEpilogue(epilogue, g);
  if (!made) return requireRefusal(made.error());
  require(std::isfinite(made->leakyreluAlpha), "a slope that is no number");
}

}  // namespace

void run(FuzzedDataProvider& bytes) {
  const ConvolutionArguments a = hostileArguments(bytes);
  const Result<DenseGeometry> dense = checkDenseConvolution(a);
  dense ? requireConsistent(a, *dense) : requireRefusal(dense.error());
  const Result<PoolGeometry> pool = checkPool(a);
  if (pool) {
    require(elements(pool->xShape()) <= kMaxElements && elements(pool->yShape()) <= kMaxElements, "too large a pool");
  } else {
    requireRefusal(pool.error());
  }
  const Result<int64_t> count = checkTensorShape("fuzz", "shape", a.xShape);
  if (count) {
    require(*count >= 0 && *count <= kMaxElements, "a tensor is too large");
    const Error error = checkDataLength("fuzz", "data", a.xShape, *count, anyNumber(bytes));
    if (error) requireRefusal(error);
  } else {
    requireRefusal(count.error());
  }
  const Result<Geometry> geometry = checkConvolution(a);
  if (!geometry) return requireRefusal(geometry.error());
  requireConsistent(a, *geometry);
  require(!checkShape("fuzz", "x", a.xShape, geometry->xShape()), "a shape is not its own");
  checkOthers(bytes, *geometry);
}

}  // namespace depthwise::fuzz
