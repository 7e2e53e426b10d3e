#include <cmath>

#include "convolution_input.h"
#include "dense/dense.h"
#include "nn/pooling.h"
#include "require.h"
#include "target.h"
#include "dense/dense_oracle.h"

/// What the plug-in for TensorFlow.js has of dense convolution and pooling. NHWC, as its kernels.
namespace depthwise::fuzz {
namespace {

void convolve(FuzzedDataProvider& bytes, const ConvolutionArguments& arguments) {
  const Result<DenseGeometry> geometry = checkDenseConvolution(arguments);
  if (!geometry || productsOf(*geometry) > 30000) return;
  const DenseGeometry& g = *geometry;
  if (elementCount(g.xShape()) > 20000 || elementCount(g.yShape()) > 20000) return;
  const int shift = bytes.ConsumeIntegralInRange(0, 15);
  GuardedTensor x(g.xShape(), shift), filter(g.filterShape(), shift + 3), dy(g.yShape(), shift + 6),
      dx(g.xShape(), shift + 1), dfilter(g.filterShape(), shift + 2);
  for (GuardedTensor* tensor : {&x, &filter, &dy}) fill(*tensor, bytes);
  require(bool(conv2dInputGradient(g, dy.data(), filter.data(), dx.data())), "out of memory");
  requireAgreement(dx, oracle::denseInputGradient(g, dy.values(), filter.values()),
                   {dy.values(), filter.values(), double(g.height.taps) * g.width.taps * g.outChannels}, "dx is wrong");
  require(bool(conv2dFilterGradient(g, x.data(), dy.data(), dfilter.data())), "out of memory");
  requireAgreement(dfilter, oracle::denseFilterGradient(g, x.values(), dy.values()),
                   {x.values(), dy.values(), double(g.batch) * g.height.out * g.width.out}, "dfilter is wrong");
}

/// The pooled gradient goes to inputs that there are, each at most once: so the sums are equal where they are whole.
void pool(FuzzedDataProvider& bytes, ConvolutionArguments arguments) {
  arguments.filterShape.count = 2;
  const Result<PoolGeometry> geometry = checkPool(arguments);
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
}

}  // namespace

void run(FuzzedDataProvider& bytes) {
  ConvolutionArguments arguments = smallArguments(bytes);
  if (arguments.dataFormat != "NHWC") return;
  bytes.ConsumeBool() ? convolve(bytes, arguments) : pool(bytes, arguments);
}

}  // namespace depthwise::fuzz
