#include <algorithm>

#include "depthwise/layer.h"
#include "layer/constraints.h"
#include "layer/initializers.h"
#include "layer/regularizers.h"
#include "nn/activation.h"

namespace depthwise {
namespace {

constexpr Error errorOf(ErrorCode code, double operand = 0) { return {.code = code, .operands = {operand}}; }

Error outOfMemory(Status status) { return errorOf(ErrorCode::kOutOfMemory, static_cast<double>(status.bytesWanted)); }

size_t channelAxis(Layout layout) { return layout == Layout::kNhwc ? 3 : 1; }

size_t countOf(const Shape& shape) { return static_cast<size_t>(elementCount(shape)); }

/// Returns whether an activation is elementwise, but not linear, which changes nothing.
bool isCurve(Activation activation) { return isElementwise(activation) && activation != Activation::kLinear; }

/// The rows of y along its last axis, which softmax normalizes.
struct Rows {
  int count, length;

  explicit Rows(const Geometry& geometry)
      : count(static_cast<int>(elementCount(geometry.yShape()) / geometry.yShape()[3])),
        length(static_cast<int>(geometry.yShape()[3])) {}
};

/// Applies an activation to sums, in place.
void activate(Activation activation, const Geometry& geometry, float* values) {
  const Rows rows(geometry);
  if (activation == Activation::kSoftmax) {
    softmax(values, rows.count, rows.length);
  } else if (activation == Activation::kLogSoftmax) {
    logSoftmax(values, rows.count, rows.length);
  } else {
    // Without a bias, an epilogue treats all values in the same way, so they can be one pixel.
    applyEpilogue({.activation = activation}, values, 0, 1, rows.count * rows.length);
  }
}

}  // namespace

Error DepthwiseConv2D::create(const LayerConfig& config) {
  if (config_.kernelSize != HeightWidth{}) return errorOf(ErrorCode::kCreated);
  if (auto error = checkLayerConfig(config)) return error;
  config_ = config;
  return {};
}

void DepthwiseConv2D::setTrainable(bool trainable) {
  if (config_.trainable != trainable) training_.reset();
  config_.trainable = trainable;
}

Result<Geometry> DepthwiseConv2D::geometryFor(const Shape& xShape) const {
  const LayerConfig& c = config_;
  return makeGeometry({.x = xShape,
                       .filter = {c.kernelSize[0], c.kernelSize[1], xShape[channelAxis(c.layout)], c.depthMultiplier},
                       .strides = c.strides,
                       .dilations = c.dilationRate,
                       .padding = {.kind = c.padding},
                       .layout = c.layout});
}

Result<Shape> DepthwiseConv2D::outputShape(const Shape& xShape) const {
  const size_t channels = channelAxis(config_.layout), height = config_.layout == Layout::kNhwc ? 1 : 2;
  if (xShape[channels] == kUnknown) return errorOf(ErrorCode::kUnknownChannels, static_cast<double>(channels));
  Shape known = xShape;
  for (size_t i = 0; i < known.size(); ++i) {
    if (known[i] != kUnknown) continue;
    known[i] = 1;
    if (i == 0 || config_.padding == Padding::Kind::kSame) continue;
    // The length of the dilated kernel: a size that gives one output.
    const size_t axis = i - height;
    known[i] = (config_.kernelSize[axis] - 1) * config_.dilationRate[axis] + 1;
  }
  const Result<Geometry> geometry = geometryFor(known);
  if (!geometry) return geometry.error();
  Shape output = geometry->yShape();
  for (size_t i = 0; i < output.size(); ++i) {
    if (xShape[i] == kUnknown) output[i] = kUnknown;
  }
  return output;
}

Error DepthwiseConv2D::build(const Shape& xShape, uint64_t seed) {
  if (auto error = prepareBuild(xShape); error || isBuilt()) return error;
  if (auto error = checkInitializersFit()) return error;
  Status status = reserveWeights();
  if (status) status = initializeWeights(seed);
  if (!status) return outOfMemory(status);
  channels_ = kernelShape_[2];
  return {};
}

Error DepthwiseConv2D::build(const Shape& xShape, const float* kernel, const float* bias) {
  if (auto error = prepareBuild(xShape); error || isBuilt()) return error;
  if (const Status status = reserveWeights(); !status) return outOfMemory(status);
  copyWeights(kernel, bias);
  channels_ = kernelShape_[2];
  return {};
}

/// Checks the shape of x. Sets the shapes of the weights of a layer that is not built.
Error DepthwiseConv2D::prepareBuild(const Shape& xShape) {
  if (auto error = outputShape(xShape).error()) return error;
  const int64_t channels = xShape[channelAxis(config_.layout)];
  if (!isBuilt()) {
    kernelShape_ = {config_.kernelSize[0], config_.kernelSize[1], channels, config_.depthMultiplier};
    biasShape_ = {channels * config_.depthMultiplier};
    return {};
  }
  return channels == channels_ ? Error() : errorOf(ErrorCode::kOtherChannels, static_cast<double>(channels_));
}

Error DepthwiseConv2D::checkInitializersFit() const {
  const auto check = [](Argument argument, const Initializer& initializer, std::span<const int64_t> shape) -> Error {
    if (fits(initializer.kind, shape)) return {};
    Error error{.code = ErrorCode::kInitializerShape, .argument = argument};
    std::copy(shape.begin(), shape.end(), error.operands.begin());
    return error;
  };
  auto error = check(Argument::kDepthwiseInitializer, config_.depthwiseInitializer, kernelShape_);
  if (error || !config_.useBias) return error;
  return check(Argument::kBiasInitializer, config_.biasInitializer, biasShape_);
}

Status DepthwiseConv2D::reserveWeights() {
  if (const Status status = kernel_.reserve(countOf(kernelShape_)); !status) return status;
  return config_.useBias ? bias_.reserve(static_cast<uint64_t>(biasShape_[0])) : Status{};
}

Status DepthwiseConv2D::initializeWeights(uint64_t seed) {
  const Status status = initialize(config_.depthwiseInitializer, kernelShape_, seed, kernel_.data());
  if (!status || !config_.useBias) return status;
  // The bias gets another random sequence than the kernel. Any odd number would do.
  constexpr uint64_t kBiasSeed = 0x9e3779b97f4a7c15;
  return initialize(config_.biasInitializer, biasShape_, seed + kBiasSeed, bias_.data());
}

void DepthwiseConv2D::copyWeights(const float* kernel, const float* bias) {
  std::copy_n(kernel, countOf(kernelShape_), kernel_.data());
  if (config_.useBias) std::copy_n(bias, biasShape_[0], bias_.data());
}

Weight DepthwiseConv2D::weight(int i) {
  const bool isKernel = i == 0;
  KeptBuffer& values = isKernel ? kernel_ : bias_;
  KeptBuffer& gradient = isKernel ? kernelGradient_ : biasGradient_;
  return {.shape = isKernel ? std::span<const int64_t>(kernelShape_) : biasShape_,
          .values = values.data(),
          .gradient = hasGradients_ ? gradient.data() : nullptr,
          .size = isKernel ? elementCount(kernelShape_) : biasShape_[0]};
}

std::span<const float> DepthwiseConv2D::kernelValues() const { return {kernel_.data(), countOf(kernelShape_)}; }

std::span<const float> DepthwiseConv2D::biasValues() const {
  return {bias_.data(), config_.useBias ? static_cast<size_t>(biasShape_[0]) : 0};
}

Error DepthwiseConv2D::setWeights(const float* kernel, const float* bias) {
  if (!isBuilt()) return errorOf(ErrorCode::kNotBuilt);
  copyWeights(kernel, bias);
  training_.reset();
  return {};
}

Error DepthwiseConv2D::applyConstraints() {
  if (!isBuilt()) return errorOf(ErrorCode::kNotBuilt);
  applyConstraint(config_.depthwiseConstraint, kernelShape_, kernel_.data());
  if (config_.useBias) applyConstraint(config_.biasConstraint, biasShape_, bias_.data());
  training_.reset();
  return {};
}

/// Returns whether a training call stores the sums: the gradient of a curve is computed from its argument.
bool DepthwiseConv2D::keepsSums() const { return isCurve(config_.activation); }

bool DepthwiseConv2D::keepsOutput() const { return !isElementwise(config_.activation) || config_.activityRegularizer; }

Result<Geometry> DepthwiseConv2D::geometryOfCall(const Shape& xShape) const {
  if (!isBuilt()) return errorOf(ErrorCode::kNotBuilt);
  if (xShape[channelAxis(config_.layout)] != channels_) {
    return errorOf(ErrorCode::kOtherChannels, static_cast<double>(channels_));
  }
  return geometryFor(xShape);
}

Result<Shape> DepthwiseConv2D::checkCall(const Shape& xShape) const {
  const Result<Geometry> geometry = geometryOfCall(xShape);
  if (!geometry) return geometry.error();
  return geometry->yShape();
}

Error DepthwiseConv2D::call(const float* x, const Shape& xShape, bool training, float* y) {
  const Result<Geometry> geometry = geometryOfCall(xShape);
  if (!geometry) return geometry.error();
  if (training) {
    training_.reset();
    if (const Status status = reserveForBackward(*geometry); !status) return outOfMemory(status);
    if (config_.trainable) std::copy_n(x, countOf(geometry->xShape()), x_.data());
  }
  if (const Status status = computeOutput(*geometry, x, training, y); !status) return outOfMemory(status);
  const size_t size = countOf(geometry->yShape());
  if (training && keepsOutput()) std::copy_n(y, size, output_.data());
  if (config_.activityRegularizer) {
    activityLoss_ = geometry->batch == 0 ? 0 : penalty(config_.activityRegularizer, {y, size}) / geometry->batch;
  }
  if (training) training_ = *geometry;
  return {};
}

Status DepthwiseConv2D::reserveForBackward(const Geometry& geometry) {
  const size_t xSize = countOf(geometry.xShape()), ySize = countOf(geometry.yShape());
  if (config_.trainable) {
    if (const Status status = x_.reserve(xSize); !status) return status;
  }
  if (keepsSums()) {
    if (const Status status = sums_.reserve(ySize); !status) return status;
  }
  return keepsOutput() ? output_.reserve(ySize) : Status{};
}

Status DepthwiseConv2D::computeOutput(const Geometry& geometry, const float* x, bool training, float* y) {
  const float* const bias = config_.useBias ? bias_.data() : nullptr;
  if (training && keepsSums()) {
    const Status status = passes.forward(geometry, x, kernel_.data(), {.bias = bias}, sums_.data());
    if (!status) return status;
    std::copy_n(sums_.data(), countOf(geometry.yShape()), y);
    activate(config_.activation, geometry, y);
    return status;
  }
  const Status status =
      passes.forward(geometry, x, kernel_.data(), {.bias = bias, .activation = config_.activation}, y);
  if (status && !isElementwise(config_.activation)) activate(config_.activation, geometry, y);
  return status;
}

Result<DepthwiseConv2D::TrainingShapes> DepthwiseConv2D::checkBackward() const {
  if (!isBuilt()) return errorOf(ErrorCode::kNotBuilt);
  if (!training_) return errorOf(ErrorCode::kNoTrainingCall);
  return TrainingShapes{training_->xShape(), training_->yShape()};
}

Error DepthwiseConv2D::backward(const float* dy, float* dx) {
  if (auto error = checkBackward().error()) return error;
  const Geometry& geometry = *training_;
  hasGradients_ = false;
  const bool changesGradient = config_.activation != Activation::kLinear || config_.activityRegularizer;
  Buffer<float> dsums(changesGradient ? countOf(geometry.yShape()) : 0);
  if (const Status status = dsums.status(); !status) return outOfMemory(status);
  if (changesGradient) computeSumsGradient(geometry, dy, dsums.data());
  const Status status = computeGradients(geometry, changesGradient ? dsums.data() : dy, dx);
  return status ? Error() : outOfMemory(status);
}

/// Computes dsums, the gradient with respect to x ∗ kernel + bias, from dy, the gradient with respect to y.
void DepthwiseConv2D::computeSumsGradient(const Geometry& geometry, const float* dy, float* dsums) const {
  const size_t size = countOf(geometry.yShape());
  std::copy_n(dy, size, dsums);
  if (config_.activityRegularizer && geometry.batch > 0) {
    const Regularizer perImage{.l1 = config_.activityRegularizer.l1 / geometry.batch,
                               .l2 = config_.activityRegularizer.l2 / geometry.batch};
    addPenaltyGradient(perImage, {output_.data(), size}, dsums);
  }
  const Rows rows(geometry);
  activationGradient({.activation = config_.activation}, sums_.data(), output_.data(), dsums, dsums, rows.count,
                     rows.length);
}

Status DepthwiseConv2D::computeGradients(const Geometry& geometry, const float* dsums, float* dx) {
  if (config_.trainable) {
    if (const Status status = kernelGradient_.reserve(countOf(kernelShape_)); !status) return status;
    if (const Status status = biasGradient_.reserve(biasValues().size()); !status) return status;
    const Status status = passes.filterGradient(geometry, x_.data(), dsums, kernelGradient_.data());
    if (!status) return status;
  }
  if (dx) {
    if (const Status status = passes.inputGradient(geometry, dsums, kernel_.data(), dx); !status) return status;
  }
  if (!config_.trainable) return {};
  if (config_.useBias) biasGradient(geometry, dsums, biasGradient_.data());
  addPenaltyGradients();
  hasGradients_ = true;
  return {};
}

void DepthwiseConv2D::addPenaltyGradients() {
  if (config_.depthwiseRegularizer) {
    addPenaltyGradient(config_.depthwiseRegularizer, kernelValues(), kernelGradient_.data());
  }
  if (config_.biasRegularizer) addPenaltyGradient(config_.biasRegularizer, biasValues(), biasGradient_.data());
}

Result<Losses> DepthwiseConv2D::losses() const {
  if (!isBuilt()) return errorOf(ErrorCode::kNotBuilt);
  return Losses{.kernel = penalty(config_.depthwiseRegularizer, kernelValues()),
                .bias = penalty(config_.biasRegularizer, biasValues()),
                .activity = activityLoss_};
}

uint64_t DepthwiseConv2D::keptBytes() const {
  return x_.bytes() + sums_.bytes() + output_.bytes() + kernelGradient_.bytes() + biasGradient_.bytes();
}

void DepthwiseConv2D::releaseKept() {
  for (KeptBuffer* buffer : {&x_, &sums_, &output_, &kernelGradient_, &biasGradient_}) buffer->release();
  training_.reset();
  hasGradients_ = false;
}

}  // namespace depthwise
