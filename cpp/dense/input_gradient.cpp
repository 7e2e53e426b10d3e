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

class InputGradient {
 public:
  InputGradient(const DenseGeometry& g, const float* filter)
      : correlator_(correlationOf(g, {}, {}), maxTapsOfPhase(g.height) * maxTapsOfPhase(g.width), /*packs=*/true,
                    filter, {}) {}

  Status status() const { return correlator_.status(); }

  /// Computes a convolution of NHWC tensors that differs only in its number of images, which is not larger.
  void compute(const DenseGeometry& g, const float* dy, float* dx) {
    const int rows = std::min(g.height.stride, g.height.in), columns = std::min(g.width.stride, g.width.in);
    const bool areAllWritten = g.height.stride == 1 && g.width.stride == 1;  // otherwise some phases may have no taps
    if (!areAllWritten) std::fill_n(dx, elementCount(g.xShape()), 0.0f);
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
  Correlator correlator_;
};

template <class Gradient>
Status computeImages(const DenseGeometry& g, const float* dy, const float* filter, float* dx) {
  const int images = imagesAtATime(g);
  NhwcImages dyImages(g.layout, g.yShape(), images), dxImages(g.layout, g.xShape(), images);
  Gradient gradient(withImages(g, images), filter);
  for (const Status status : {dyImages.status(), dxImages.status(), gradient.status()}) {
    if (!status) return status;
  }
  forEachRange(g.batch, images, [&](IndexRange range) {
    gradient.compute(withImages(g, range.count), dyImages.read(dy, range), dxImages.memoryFor(dx, range));
    dxImages.write(dx, range);
  });
  return {};
}

}  // namespace

Status conv2dInputGradient(const DenseGeometry& g, const float* dy, const float* filter, float* dx) {
  if (g.batch == 0) return {};
  return FewChannelsInputGradient::isFaster(g) ? computeImages<FewChannelsInputGradient>(g, dy, filter, dx)
                                               : computeImages<InputGradient>(g, dy, filter, dx);
}

}  // namespace depthwise
