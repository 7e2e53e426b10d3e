#include "depthwise/geometry.h"

#include "convolution_input.h"
#include "require.h"
#include "target.h"

/// A geometry that is accepted must be consistent, which is computed here again in 128 bits. A refusal must name a
/// code.
namespace depthwise::fuzz {
namespace {

__extension__ using Wide = __int128;

Wide elements(const Shape& shape) { return Wide{shape[0]} * shape[1] * shape[2] * shape[3]; }

/// Requires that positions of an axis stay in bounds, and that its output has the right size.
void requireAxis(const Axis& axis, int64_t stride, int64_t dilation, const Padding& padding, int64_t before,
                 int64_t after, Rounding rounding) {
  require(axis.in >= 1 && axis.out >= 1 && axis.taps >= 1, "an axis is empty");
  require(axis.stride >= 1 && axis.dilation >= 1 && axis.padBefore >= 0, "a step or a padding is negative");
  require(axis.out == 1 || axis.stride == stride, "the stride differs");
  require(axis.taps == 1 || axis.dilation == dilation, "the dilation differs");
  const Wide window = Wide{axis.taps - 1} * axis.dilation + 1;
  if (padding.kind == Padding::Kind::kSame) {
    require(axis.out == (axis.in + Wide{stride} - 1) / stride, "'same' has a wrong size");
    const Wide needed = Wide{axis.out - 1} * stride + window - axis.in, zeros = needed > 0 ? needed : 0;
    require(axis.padBefore == zeros / 2, "'same' has a wrong padding");
    require(axis.in + zeros <= kMaxAxis, "a padded axis is too long");
    return;
  }
  const bool isExplicit = padding.kind == Padding::Kind::kExplicit;
  const Wide padded = axis.in + (isExplicit ? Wide{before} + after : 0), space = padded - window;
  require(axis.padBefore == (isExplicit ? before : 0), "the padding differs");
  require(padded <= kMaxAxis && space >= 0, "a padded axis or the filter is too long");
  const Wide steps = !isExplicit || rounding == Rounding::kFloor ? space / stride
                     : rounding == Rounding::kRound              ? (2 * space + stride) / (2 * Wide{stride})
                                                                 : (space + stride - 1) / stride;
  require(axis.out == steps + 1, "an output has a wrong size");
}

template <class AnyGeometry>
void requireConsistent(const ConvParams& p, const AnyGeometry& g) {
  require(g.xShape() == p.x && g.filterShape() == p.filter, "a shape differs");
  for (const Shape& shape : {g.xShape(), g.yShape(), g.filterShape()}) {
    require(elements(shape) <= kMaxElements, "a tensor is too large");
  }
  // Only explicit padding has a rounding mode.
  requireAxis(g.height, p.strides[0], p.dilations[0], p.padding, p.padding.top, p.padding.bottom, p.rounding);
  requireAxis(g.width, p.strides[1], p.dilations[1], p.padding, p.padding.left, p.padding.right, p.rounding);
}

void requireRefusal(const Error& error) {
  require(error.code >= ErrorCode::kSizes && error.code <= ErrorCode::kOutputElements, "a refusal has no code");
}

}  // namespace

void run(FuzzedDataProvider& bytes) {
  const ConvParams p = hostileParams(bytes);
  const Result<DenseGeometry> dense = makeDenseGeometry(p);
  dense ? requireConsistent(p, *dense) : requireRefusal(dense.error());
  const Result<PoolGeometry> pool = makePoolGeometry({.x = p.x,
                                                      .filterSize = {p.filter[0], p.filter[1]},
                                                      .strides = p.strides,
                                                      .dilations = p.dilations,
                                                      .padding = p.padding,
                                                      .rounding = p.rounding});
  if (pool) {
    require(elements(pool->xShape()) <= kMaxElements && elements(pool->yShape()) <= kMaxElements,
            "a pool is too large");
  } else {
    requireRefusal(pool.error());
  }
  const Result<Geometry> geometry = makeGeometry(p);
  geometry ? requireConsistent(p, *geometry) : requireRefusal(geometry.error());
}

}  // namespace depthwise::fuzz
