#include <algorithm>
#include <numeric>

#include "dense/correlation.h"
#include "dense/dense.h"
#include "dense/few_channels.h"
#include "dense/nchw.h"

/// The input gradient as correlations of dy with the filter. Input r is the sum of the outputs i, times taps p, with
///
///     i·stride + p·dilation − padBefore = r
///
/// All inputs with the same remainder of r / stride use the same taps. They are a phase: adjacent inputs of a phase
/// read adjacent outputs, and so do adjacent taps of a phase, in reverse order. With stride 1, there is one phase.
namespace depthwise {
namespace {

/// Returns the phase of an axis with the inputs first, first + stride, … A phase may have no taps.
CorrelationAxis phaseOf(const Axis& axis, int first) {
  const int common = std::gcd(axis.stride, axis.dilation);
  const int tapStep = axis.stride / common;
  const auto offset = [&](int tap) { return int64_t{first} + axis.padBefore - int64_t{tap} * axis.dilation; };
  const int firstTaps = std::min(tapStep, axis.taps);
  int tap = 0;
  while (tap < firstTaps && offset(tap) % axis.stride != 0) ++tap;
  const int taps = tap < firstTaps ? (axis.taps - 1 - tap) / tapStep + 1 : 0;
  const int lastTap = tap + (taps - 1) * tapStep;
  return {.axis = {.in = axis.out,
                   .out = (axis.in - 1 - first) / axis.stride + 1,
                   .taps = taps,
                   .stride = 1,
                   .dilation = axis.dilation / common,
                   .padBefore = static_cast<int>(-offset(lastTap) / axis.stride)},
          .firstOut = first,
          .outStep = axis.stride,
          .firstTap = lastTap,
          .tapStep = -tapStep};
}

/// Returns the maximum number of taps of a phase.
int maxTapsOfPhase(const Axis& axis) {
  return (axis.taps - 1) / (axis.stride / std::gcd(axis.stride, axis.dilation)) + 1;
}

DenseCorrelation correlationOf(const DenseGeometry& g, const CorrelationAxis& height, const CorrelationAxis& width) {
  return {.images = g.batch,
          .xChannels = g.outChannels,
          .yChannels = g.inChannels,
          .height = height,
          .width = width,
          .yHeight = g.height.in,
          .yWidth = g.width.in,
          .filterHeight = g.height.taps,
          .filterWidth = g.width.taps,
          .isTransposed = true};
}

/// Computes a range of the channels of dx.
class InputGradient {
 public:
  InputGradient(const DenseGeometry& g, IndexRange channels, const float* filter)
      : channels_(channels),
        correlator_(correlationOf(g, {}, {}), channels, maxTapsOfPhase(g.height) * maxTapsOfPhase(g.width),
                    /*packs=*/true, filter, {}) {}

  static int count(const DenseGeometry& g) { return g.inChannels; }
  static int unit(const DenseGeometry& g) {
    const ptrdiff_t rowsOfPhase = (g.height.in - 1) / g.height.stride + 1;
    const ptrdiff_t columnsOfPhase = (g.width.in - 1) / g.width.stride + 1;
    return Correlator::unitOfChannels(g.inChannels, g.batch * rowsOfPhase * columnsOfPhase);
  }

  Status status() const { return correlator_.status(); }

  /// Computes a convolution of NHWC tensors that differs only in its number of images, which is not larger.
  void compute(const DenseGeometry& g, const float* dy, float* dx) {
    const int rows = std::min(g.height.stride, g.height.in), columns = std::min(g.width.stride, g.width.in);
    if (g.height.stride > 1 || g.width.stride > 1) zero(g, dx);  // some phases may have no taps
    for (int row = 0; row < rows; ++row) {
      const CorrelationAxis height = phaseOf(g.height, row);
      if (height.axis.taps == 0) continue;
      for (int column = 0; column < columns; ++column) {
        const CorrelationAxis width = phaseOf(g.width, column);
        if (width.axis.taps > 0) correlator_.compute(correlationOf(g, height, width), dy, dx);
      }
    }
  }

 private:
  void zero(const DenseGeometry& g, float* dx) const {
    const ptrdiff_t pixels = ptrdiff_t{g.batch} * g.height.in * g.width.in;
    for (ptrdiff_t i = 0; i < pixels; ++i) std::fill_n(dx + i * g.inChannels + channels_.first, channels_.count, 0.0f);
  }

  const IndexRange channels_;
  Correlator correlator_;
};

/// The tensors of a call.
struct Tensors {
  const float *dy, *filter;
  float* dx;
};

/// Computes a range of the channels or rows of dx, in `images` images at a time.
template <class Gradient>
Status computeRange(const DenseGeometry& g, int images, IndexRange part, NhwcImages& dyImages, NhwcImages& dxImages,
                    const Tensors& tensors) {
  Gradient gradient(withImages(g, images), part, tensors.filter);
  if (!gradient.status()) return gradient.status();
  forEachRange(g.batch, images, [&](IndexRange range) {
    gradient.compute(withImages(g, range.count), dyImages.read(tensors.dy, range),
                     dxImages.memoryFor(tensors.dx, range));
    dxImages.write(tensors.dx, range);
  });
  return {};
}

}  // namespace

Status conv2dInputGradient(const DenseGeometry& g, const float* dy, const float* filter, float* dx) {
  if (g.batch == 0) return {};
  const int images = imagesAtATime(g);
  NhwcImages dyImages(g.layout, g.yShape(), images), dxImages(g.layout, g.xShape(), images);
  for (const Status status : {dyImages.status(), dxImages.status()}) {
    if (!status) return status;
  }
  const Tensors tensors{dy, filter, dx};
  const bool isOfFewChannels = FewChannelsInputGradient::isFaster(g);
  const int count = isOfFewChannels ? FewChannelsInputGradient::count(g) : InputGradient::count(g);
  const int unit = g.layout == Layout::kNchw ? count  // one thread copies NCHW images
                   : isOfFewChannels         ? FewChannelsInputGradient::unit(g)
                                             : InputGradient::unit(g);
  return parallelFor(count, unit, workOf(g), [&](ptrdiff_t first, ptrdiff_t end) {
    const auto compute = isOfFewChannels ? computeRange<FewChannelsInputGradient> : computeRange<InputGradient>;
    const IndexRange part{static_cast<int>(first), static_cast<int>(end - first)};
    return compute(g, images, part, dyImages, dxImages, tensors);
  });
}

}  // namespace depthwise
