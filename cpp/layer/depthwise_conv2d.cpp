#include "layer/depthwise_conv2d.h"

#include <algorithm>

#include "layer/argument_checks.h"
#include "layer/initializer_arguments.h"
#include "layer/layer_errors.h"

namespace depthwise {
namespace {

constexpr char kKernelName[] = "depthwise_kernel", kBiasName[] = "bias";

int channelAxis(Layout layout) { return layout == Layout::kNhwc ? 3 : 1; }

NumberList numbers(std::span<const int32_t> sizes) {
  NumberList list{{}, static_cast<int>(sizes.size())};
  std::copy(sizes.begin(), sizes.end(), list.values);
  return list;
}

/// A size along an axis that surely has an output, in the place of one that is not known.
double someSize(const LayerConfig& config, size_t axis) {
  if (config.padding == LayerConfig::Padding::kSame) return 1;
  return (double(config.kernelSize[axis]) - 1) * config.dilationRate[axis] + 1;
}

bool sameShape(const NumberList& a, std::span<const int32_t> b) {
  if (a.count != static_cast<int>(b.size())) return false;
  for (size_t i = 0; i < b.size(); ++i) {
    if (a.values[i] != b[i]) return false;
  }
  return true;
}

}  // namespace

Error DepthwiseConv2D::create(const LayerConfig& config) {
  if (isCreated()) return outOfTurn("create", "must come once, got a second call");
  if (auto error = checkLayerConfig(config)) return error;
  config_ = config;
  return {};
}

Error DepthwiseConv2D::checkBuilt() const {
  if (isBuilt()) return {};
  return outOfTurn("build", "must come first, got none yet");
}

Result<Geometry> DepthwiseConv2D::geometryFor(const char* xName, const NumberList& xShape) const {
  if (!isCreated()) return outOfTurn("create", "must come first, got none yet");
  const int axis = channelAxis(config_.layout);
  ConvolutionArguments a{};
  a.function = kLayer;
  a.xName = xName;
  a.filterName = "kernelSize";
  a.xShape = xShape;
  a.filterShape = {{double(config_.kernelSize[0]), double(config_.kernelSize[1]), xShape.values[axis],
                    double(config_.depthMultiplier)},
                   4};
  a.strides = numbers(config_.strides);
  a.dilations = numbers(config_.dilationRate);
  a.dataFormat = config_.layout == Layout::kNhwc ? "channelsLast" : "channelsFirst";
  a.pad = ConvolutionArguments::Pad::kName;
  a.padName = config_.padding == LayerConfig::Padding::kSame ? "same" : "valid";
  return checkConvolution(a);
}

Result<NumberList> DepthwiseConv2D::outputShape(const NumberList& inputShape, const char* shapeName) const {
  NumberList known = inputShape;
  bool isUnknown[4] = {};
  const int channels = channelAxis(config_.layout), rows = config_.layout == Layout::kNhwc ? 1 : 2;
  for (int i = 0; inputShape.count == 4 && i < 4; ++i) {
    isUnknown[i] = inputShape.values[i] < 0;
    if (isUnknown[i]) known.values[i] = i == rows || i == rows + 1 ? someSize(config_, size_t(i - rows)) : 1;
  }
  if (isUnknown[channels]) {
    return layerRangeError(shapeName) << "must have a known number of channels, its dimension " << double(channels)
                                      << ", got " << inputShape;
  }
  const Result<Geometry> geometry = geometryFor(shapeName, known);
  if (!geometry) return geometry.error();
  NumberList output = numbers(geometry->yShape());
  for (int i = 0; i < 4; ++i) {
    if (isUnknown[i]) output.values[i] = LayerConfig::kUnknown;
  }
  return output;
}

void DepthwiseConv2D::setTrainable(bool trainable) {
  if (config_.trainable != trainable) training_.reset();
  config_.trainable = trainable;
}

Error DepthwiseConv2D::build(const NumberList& inputShape, uint64_t entropy,
                             std::optional<std::span<const GivenWeight>> given, const char* shapeName) {
  const Result<NumberList> output = outputShape(inputShape, shapeName);
  if (!output) return output.error();
  const int32_t channels = static_cast<int32_t>(inputShape.values[channelAxis(config_.layout)]);
  if (isBuilt()) {
    return channels == channels_ ? Error() : otherChannels(shapeName, channels_, inputShape);
  }
  const Shape kernelShape{config_.kernelSize[0], config_.kernelSize[1], channels, config_.depthMultiplier};
  const int32_t biasShape[] = {channels * config_.depthMultiplier};
  kernelShape_ = kernelShape;
  biasShape_[0] = biasShape[0];
  if (auto error = given ? checkGiven(*given) : checkInitializersFit()) return error;
  Status status = reserveWeights();
  if (status && !given) status = makeWeights(entropy);
  if (!status) return outOfMemory(status);
  if (given) copyGiven(*given);
  channels_ = channels;
  return {};
}

Error DepthwiseConv2D::checkInitializersFit() const {
  if (auto error = checkInitializerFits("depthwiseInitializer", config_.depthwiseInitializer, kernelShape_))
    return error;
  if (!config_.useBias) return {};
  return checkInitializerFits("biasInitializer", config_.biasInitializer, biasShape_);
}

Status DepthwiseConv2D::reserveWeights() {
  if (const Status status = kernel_.reserve(static_cast<uint64_t>(weight(0).size)); !status) return status;
  return config_.useBias ? bias_.reserve(static_cast<uint64_t>(weight(1).size)) : Status{};
}

Status DepthwiseConv2D::makeWeights(uint64_t entropy) {
  const Status made = initialize(config_.depthwiseInitializer, kernelShape_, entropy, kernel_.data());
  if (!made || !config_.useBias) return made;
  // Another sequence than the kernel's: any odd number would do.
  constexpr uint64_t kApart = 0x9e3779b97f4a7c15;
  return initialize(config_.biasInitializer, biasShape_, entropy + kApart, bias_.data());
}

Weight DepthwiseConv2D::weight(int i) const {
  if (i == 0) {
    return {kKernelName, kernelShape_, kernel_.data(), hasGradients_ ? kernelGradient_.data() : nullptr,
            elementCount(kernelShape_)};
  }
  return {kBiasName, biasShape_, bias_.data(), hasGradients_ ? biasGradient_.data() : nullptr, biasShape_[0]};
}

Result<int64_t> DepthwiseConv2D::countParams() const {
  if (auto error = checkBuilt()) return error;
  int64_t count = 0;
  for (int i = 0; i < weightCount(); ++i) count += weight(i).size;
  return count;
}

Error DepthwiseConv2D::setWeights(std::span<const GivenWeight> given) {
  if (auto error = checkBuilt()) return error;
  if (auto error = checkGiven(given)) return error;
  copyGiven(given);
  training_.reset();
  return {};
}

Error DepthwiseConv2D::checkGiven(std::span<const GivenWeight> given) const {
  if (given.size() != static_cast<size_t>(weightsWhenBuilt())) {
    return layerRangeError("weights") << "must be "
                                      << (config_.useBias ? "2 tensors, depthwise_kernel and bias"
                                                          : "1 tensor, depthwise_kernel")
                                      << ", got " << double(given.size());
  }
  for (int i = 0; i < weightsWhenBuilt(); ++i) {
    const NumberList& shape = given[size_t(i)].shape;
    if (sameShape(shape, weight(i).shape)) continue;
    return layerRangeError("weights", i == 0 ? kKernelName : kBiasName)
           << "must have shape " << numbers(weight(i).shape) << ", got " << shape;
  }
  return {};
}

void DepthwiseConv2D::copyGiven(std::span<const GivenWeight> given) {
  for (int i = 0; i < weightsWhenBuilt(); ++i) {
    std::copy_n(given[size_t(i)].values, weight(i).size, weight(i).values);
  }
}

Error DepthwiseConv2D::applyConstraints() {
  if (auto error = checkBuilt()) return error;
  if (config_.depthwiseConstraint) applyConstraint(*config_.depthwiseConstraint, kernelShape_, kernel_.data());
  if (config_.useBias && config_.biasConstraint) applyConstraint(*config_.biasConstraint, biasShape_, bias_.data());
  training_.reset();
  return {};
}

}  // namespace depthwise
