#include "bindings/tfjs_call.h"
#include "nn/batch_norm.h"
#include "nn/elementwise.h"
#include "nn/reductions.h"

/// The kernels for TensorFlow.js: the same calls as in embind.cpp, as plain functions of a module that is loaded into
/// the memory of tfjs's own (js/tfjs/side-module.js), where tfjs's tensors are.
namespace depthwise {
namespace {

TfjsCall call;

}  // namespace

#define DEPTHWISE_EXPORT extern "C" [[gnu::visibility("default"), gnu::used]]

DEPTHWISE_EXPORT Address argumentBlock() { return call.argumentBlock(); }
DEPTHWISE_EXPORT Address errorText() { return call.errorText(); }
DEPTHWISE_EXPORT double errorTextLength() { return call.errorTextLength(); }
DEPTHWISE_EXPORT bool errorIsOfType() { return call.errorIsOfType(); }

DEPTHWISE_EXPORT void setFunction() { call.setFunction(); }

DEPTHWISE_EXPORT bool checkForward() { return call.checkForward(); }
DEPTHWISE_EXPORT bool checkFusedForward() { return call.checkFusedForward(); }
DEPTHWISE_EXPORT bool checkInputGradient() { return call.checkInputGradient(); }
DEPTHWISE_EXPORT bool checkFilterGradient() { return call.checkFilterGradient(); }

DEPTHWISE_EXPORT double forward(Address x, Address filter, Address y) { return call.forward(x, filter, y); }
DEPTHWISE_EXPORT double fusedForward(Address x, Address filter, Address bias, Address alpha, Address y) {
  return call.fusedForward(x, filter, bias, alpha, y);
}
DEPTHWISE_EXPORT double inputGradient(Address dy, Address filter, Address dx) {
  return call.inputGradient(dy, filter, dx);
}
DEPTHWISE_EXPORT double filterGradient(Address x, Address dy, Address dfilter) {
  return call.filterGradient(x, dy, dfilter);
}

DEPTHWISE_EXPORT bool checkConv2DInputGradient() { return call.checkConv2DInputGradient(); }
DEPTHWISE_EXPORT bool checkConv2DFilterGradient() { return call.checkConv2DFilterGradient(); }
DEPTHWISE_EXPORT bool checkMaxPoolGradient() { return call.checkMaxPoolGradient(); }

DEPTHWISE_EXPORT double conv2DInputGradient(Address dy, Address filter, Address dx) {
  return call.conv2DInputGradient(dy, filter, dx);
}
DEPTHWISE_EXPORT double conv2DFilterGradient(Address x, Address dy, Address dfilter) {
  return call.conv2DFilterGradient(x, dy, dfilter);
}
DEPTHWISE_EXPORT double maxPoolGradient(Address x, Address dy, Address dx) { return call.maxPoolGradient(x, dy, dx); }

/// The rest have nothing to check: tfjs's ops have, and shapes are what sizes are made of in js/tfjs/.
DEPTHWISE_EXPORT double batchNormGradient(Address x, Address dy, Address mean, Address variance, Address scale,
                                          Address dx, Address dMean, Address dVariance, Address dScale, Address dOffset,
                                          double epsilon, double pixels, double channels) {
  const Status status = depthwise::batchNormGradient(
      {at<float>(mean), at<float>(variance), at<float>(scale), static_cast<float>(epsilon)}, at<float>(x),
      at<float>(dy), static_cast<int>(pixels), static_cast<int>(channels),
      {at<float>(dx), at<float>(dMean), at<float>(dVariance), at<float>(dScale), at<float>(dOffset)});
  return static_cast<double>(status.bytesWanted);
}
DEPTHWISE_EXPORT double batchNorm(Address x, Address mean, Address variance, Address offset, Address scale, Address y,
                                  double epsilon, double pixels, double channels) {
  const Status status = depthwise::batchNorm(
      {at<float>(mean), at<float>(variance), at<float>(scale), static_cast<float>(epsilon), at<float>(offset)},
      at<float>(x), static_cast<int>(pixels), static_cast<int>(channels), at<float>(y));
  return static_cast<double>(status.bytesWanted);
}
DEPTHWISE_EXPORT double sumMiddle(Address x, Address sums, double outer, double middle, double inner, double factor) {
  const Status status =
      depthwise::sumMiddleAxis({static_cast<int>(outer), static_cast<int>(middle), static_cast<int>(inner)},
                               at<float>(x), factor, at<float>(sums));
  return static_cast<double>(status.bytesWanted);
}
DEPTHWISE_EXPORT double spreadMiddle(Address values, Address x, double outer, double middle, double inner,
                                     double factor) {
  depthwise::broadcastMiddleAxis({static_cast<int>(outer), static_cast<int>(middle), static_cast<int>(inner)},
                                 at<float>(values), factor, at<float>(x));
  return 0;
}
DEPTHWISE_EXPORT double clipGradient(Address x, Address dy, Address dx, double low, double high, double size) {
  depthwise::clipGradient(at<float>(x), at<float>(dy), static_cast<int>(size), static_cast<float>(low),
                          static_cast<float>(high), at<float>(dx));
  return 0;
}
DEPTHWISE_EXPORT double unsortedSegmentSum(Address x, Address segments, Address sums, double items, double itemSize,
                                           double segmentCount) {
  depthwise::unsortedSegmentSum(at<float>(x), at<int32_t>(segments), static_cast<int>(items),
                                static_cast<int>(itemSize), static_cast<int>(segmentCount), at<float>(sums));
  return 0;
}

}  // namespace depthwise
