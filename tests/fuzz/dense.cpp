#include <cmath>
#include <limits>

#include "convolution_input.h"
#include "dense/dense.h"
#include "dense/dense_oracle.h"
#include "nn/pooling.h"
#include "require.h"
#include "target.h"

/// Dense convolution and its gradients against the oracle, and properties of pooling.
namespace depthwise::fuzz {
namespace {

void convolve(FuzzedDataProvider& bytes, const ConvParams& params) {
  const Result<DenseGeometry> geometry = makeDenseGeometry(params);
  if (!geometry || productsOf(*geometry) > 30000) return;
  const DenseGeometry& g = *geometry;
  if (elementCount(g.xShape()) > 20000 || elementCount(g.yShape()) > 20000) return;
  const int shift = bytes.ConsumeIntegralInRange(0, 15);
  GuardedTensor x(g.xShape(), shift), filter(g.filterShape(), shift + 3), dy(g.yShape(), shift + 6),
      y(g.yShape(), shift + 4), dx(g.xShape(), shift + 1), dfilter(g.filterShape(), shift + 2);
  for (GuardedTensor* tensor : {&x, &filter, &dy}) fill(*tensor, bytes);
  require(bool(conv2dForward(g, x.data(), filter.data(), {}, y.data())), "out of memory");
  requireAgreement(y, oracle::denseForward(g, x.values(), filter.values()),
                   {x.values(), filter.values(), double(g.height.taps) * g.width.taps * g.inChannels}, "y is wrong");
  require(bool(conv2dInputGradient(g, dy.data(), filter.data(), dx.data())), "out of memory");
  requireAgreement(dx, oracle::denseInputGradient(g, dy.values(), filter.values()),
                   {dy.values(), filter.values(), double(g.height.taps) * g.width.taps * g.outChannels}, "dx is wrong");
  require(bool(conv2dFilterGradient(g, x.data(), dy.data(), dfilter.data())), "out of memory");
  requireAgreement(dfilter, oracle::denseFilterGradient(g, x.values(), dy.values()),
                   {x.values(), dy.values(), double(g.batch) * g.height.out * g.width.out}, "dfilter is wrong");
}

/// Each window passes its gradient, here 1, to at most one input. So dx contains whole numbers, whose sum is at most
/// the number of windows.
void pool(FuzzedDataProvider& bytes, const ConvParams& p) {
  const Result<PoolGeometry> geometry = makePoolGeometry({.x = p.x,
                                                          .filterSize = {p.filter[0], p.filter[1]},
                                                          .strides = p.strides,
                                                          .dilations = p.dilations,
                                                          .padding = p.padding,
                                                          .rounding = p.rounding});
  if (!geometry || elementCount(geometry->xShape()) > 20000 || elementCount(geometry->yShape()) > 20000) return;
  const PoolGeometry& g = *geometry;
  if (double(elementCount(g.yShape())) * g.height.taps * g.width.taps > 100000) return;
  GuardedTensor x(g.xShape(), 1), dy(elementCount(g.yShape()), 2, 1), dx(g.xShape(), 3);
  fill(x, bytes);
  maxPoolGradient(g, x.data(), dy.data(), dx.data());
  require(dx.guardsAreIntact(), "a guard was written over");
  double sum = 0;
  for (const float value : dx.values()) {
    require(value >= 0 && value == std::floor(value), "an input gets a part of a window's gradient");
    sum += double{value};
  }
  require(sum <= double(dy.size()), "the windows pass on more than they have");

  // The means of ones are 1, or 0 for windows without inputs. So their gradient is as large as their sum.
  GuardedTensor ones(elementCount(g.xShape()), 1, 1), y(g.yShape(), 4);
  averagePool(g, ones.data(), y.data());
  averagePoolGradient(g, dy.data(), dx.data());
  double outputs = 0, gradients = 0;
  for (const float mean : y.values()) {
    require(mean == 0 || mean == 1, "a mean of ones is wrong");
    outputs += double{mean};
  }
  for (const float value : dx.values()) gradients += double{value};
  require(std::abs(outputs - gradients) <= 1e-5 * outputs, "the gradient of the means is wrong");

  // A window passes its gradient to its maximum, unless the maximum is a NaN. Windows without inputs have -infinity.
  maxPool(g, x.data(), y.data());
  maxPoolGradientGradient(g, x.data(), ones.data(), dy.data());
  for (size_t i = 0; i < y.size(); ++i) {
    require(dy[i] == (std::isnan(y[i]) ? 0 : 1) || y[i] == -std::numeric_limits<float>::infinity(),
            "a window has a maximum and passes nothing on, or the reverse");
  }
  for (const GuardedTensor* tensor : {&x, &dy, &dx, &y, &ones}) {
    require(tensor->guardsAreIntact(), "a guard was written over");
  }
}

}  // namespace

void run(FuzzedDataProvider& bytes) {
  const ConvParams params = smallParams(bytes);
  const bool isPool = bytes.ConsumeBool() && params.layout == Layout::kNhwc;
  isPool ? pool(bytes, params) : convolve(bytes, params);
}

}  // namespace depthwise::fuzz
