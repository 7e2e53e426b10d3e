#include "bindings/exports.h"
#include "dense/dense.h"
#include "depthwise/convolution.h"
#include "depthwise/memory.h"

/// The exported functions of both modules: memory, and depthwise and dense convolution.
namespace depthwise {

ConvParams readConvParams(const CallBlock& block) {
  const double* from = block.numbers;
  const auto next = [&] { return int64_t(*from++); };
  ConvParams params;
  for (int64_t& size : params.x) size = next();
  for (int64_t& size : params.filter) size = next();
  for (int64_t& stride : params.strides) stride = next();
  for (int64_t& dilation : params.dilations) dilation = next();
  Padding& padding = params.padding;
  for (int64_t* zeros : {&padding.top, &padding.bottom, &padding.left, &padding.right}) *zeros = next();
  padding.kind = Padding::Kind(next());
  params.rounding = Rounding(next());
  params.layout = Layout(next());
  return params;
}

/// Returns the address of memory that begins on a cache line, or 0 if there is not enough.
DEPTHWISE_EXPORT Address allocate(double bytes) { return Address(allocateLines(uint64_t(bytes))); }
DEPTHWISE_EXPORT void release(Address address) { releaseLines(at<void>(address)); }

DEPTHWISE_EXPORT int callBlockBytes() { return sizeof(CallBlock); }

DEPTHWISE_EXPORT int makeConvGeometry(Address address) {
  CallBlock& block = *at<CallBlock>(address);
  const Result<Geometry> geometry = makeGeometry(readConvParams(block));
  if (geometry) block.convolution = *geometry;
  return answer(block, geometry);
}

DEPTHWISE_EXPORT int makeDenseGeometry(Address address) {
  CallBlock& block = *at<CallBlock>(address);
  const Result<DenseGeometry> geometry = depthwise::makeDenseGeometry(readConvParams(block));
  if (geometry) block.dense = *geometry;
  return answer(block, geometry);
}

// A kernel returns 0, or the number of bytes that it could not allocate.

DEPTHWISE_EXPORT double convForward(Address block, Address x, Address filter, Address bias, int activation,
                                    float leakyreluAlpha, Address preluAlpha, Address y) {
  const Epilogue epilogue = epilogueOf(bias, activation, leakyreluAlpha, preluAlpha);
  return bytesWanted(
      forward(at<CallBlock>(block)->convolution, at<float>(x), at<float>(filter), epilogue, at<float>(y)));
}

DEPTHWISE_EXPORT double convInputGradient(Address block, Address dy, Address filter, Address dx) {
  return bytesWanted(inputGradient(at<CallBlock>(block)->convolution, at<float>(dy), at<float>(filter), at<float>(dx)));
}

DEPTHWISE_EXPORT double convFilterGradient(Address block, Address x, Address dy, Address dfilter) {
  return bytesWanted(
      filterGradient(at<CallBlock>(block)->convolution, at<float>(x), at<float>(dy), at<float>(dfilter)));
}

DEPTHWISE_EXPORT double denseForward(Address block, Address x, Address filter, Address bias, int activation,
                                     float leakyreluAlpha, Address preluAlpha, Address y) {
  const Epilogue epilogue = epilogueOf(bias, activation, leakyreluAlpha, preluAlpha);
  return bytesWanted(
      conv2dForward(at<CallBlock>(block)->dense, at<float>(x), at<float>(filter), epilogue, at<float>(y)));
}

DEPTHWISE_EXPORT double denseInputGradient(Address block, Address dy, Address filter, Address dx) {
  return bytesWanted(conv2dInputGradient(at<CallBlock>(block)->dense, at<float>(dy), at<float>(filter), at<float>(dx)));
}

DEPTHWISE_EXPORT double denseFilterGradient(Address block, Address x, Address dy, Address dfilter) {
  return bytesWanted(
      conv2dFilterGradient(at<CallBlock>(block)->dense, at<float>(x), at<float>(dy), at<float>(dfilter)));
}

}  // namespace depthwise
