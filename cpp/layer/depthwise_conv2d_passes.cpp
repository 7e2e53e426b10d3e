#include <algorithm>

#include "depthwise/convolution.h"
#include "layer/depthwise_conv2d.h"
#include "layer/layer_errors.h"
#include "nn/activation.h"

/// What DepthwiseConv2D computes: call, backward and losses.
namespace depthwise {
namespace {

/// y as rows along its last axis, which is what activations that are not elementwise want.
struct Rows {
  size_t count;
  int length;

  explicit Rows(const Geometry& geometry)
      : count(static_cast<size_t>(elementCount(geometry.yShape()) / geometry.yShape()[3])),
        length(geometry.yShape()[3]) {}
};

void activate(Activation activation, const Rows& rows, float* values) {
  if (activation == Activation::kSoftmax) {
    softmax(values, rows.count, rows.length);
  } else if (activation == Activation::kLogSoftmax) {
    logSoftmax(values, rows.count, rows.length);
  } else {
    // Slopes and bias aside, an epilogue treats all floats alike.
    applyEpilogue({nullptr, activation, 0, nullptr}, values, 0, 1, static_cast<int>(rows.count) * rows.length);
  }
}

uint64_t sizeOf(const Shape& shape) { return static_cast<uint64_t>(elementCount(shape)); }

}  // namespace

/// The gradient of an elementwise activation is computed from its argument.
bool DepthwiseConv2D::needsSums() const {
  return isElementwise(config_.activation) && config_.activation != Activation::kLinear;
}

bool DepthwiseConv2D::needsOutput() const { return !isElementwise(config_.activation) || config_.activityRegularizer; }

Result<Geometry> DepthwiseConv2D::geometryOfCall(const NumberList& xShape) const {
  if (auto error = checkBuilt()) return error;
  const int axis = config_.layout == Layout::kNhwc ? 3 : 1;
  if (xShape.count == 4 && xShape.values[axis] != channels_) return otherChannels("x", channels_, xShape);
  return geometryFor("x", xShape);
}

Result<Shape> DepthwiseConv2D::checkCall(const NumberList& xShape) const {
  const Result<Geometry> geometry = geometryOfCall(xShape);
  if (!geometry) return geometry.error();
  return geometry->yShape();
}

Error DepthwiseConv2D::call(const float* x, const NumberList& xShape, bool training, float* y) {
  const Result<Geometry> geometry = geometryOfCall(xShape);
  if (!geometry) return geometry.error();
  if (training) {
    training_.reset();
    if (const Status status = keep(*geometry, x); !status) return outOfMemory(status);
  }
  if (const Status status = computeOutput(*geometry, x, training, y); !status) return outOfMemory(status);
  const uint64_t size = sizeOf(geometry->yShape());
  if (training && needsOutput()) std::copy_n(y, size, output_.data());
  if (config_.activityRegularizer) {
    const double cost = penalty(*config_.activityRegularizer, {y, static_cast<size_t>(size)});
    activity_ = geometry->batch == 0 ? 0 : cost / geometry->batch;
  }
  if (training) training_ = *geometry;
  return {};
}

Status DepthwiseConv2D::keep(const Geometry& geometry, const float* x) {
  const uint64_t xSize = sizeOf(geometry.xShape()), ySize = sizeOf(geometry.yShape());
  if (config_.trainable) {
    if (const Status status = x_.reserve(xSize); !status) return status;
  }
  if (needsSums()) {
    if (const Status status = sums_.reserve(ySize); !status) return status;
  }
  if (needsOutput()) {
    if (const Status status = output_.reserve(ySize); !status) return status;
  }
  if (config_.trainable) std::copy_n(x, xSize, x_.data());
  return {};
}

Status DepthwiseConv2D::computeOutput(const Geometry& geometry, const float* x, bool training, float* y) {
  const float* const bias = config_.useBias ? bias_.data() : nullptr;
  const Rows rows(geometry);
  if (training && needsSums()) {
    const Status status = forward(geometry, x, kernel_.data(), {bias}, sums_.data());
    if (!status) return status;
    std::copy_n(sums_.data(), sizeOf(geometry.yShape()), y);
    activate(config_.activation, rows, y);
    return status;
  }
  const Status status = forward(geometry, x, kernel_.data(), {bias, config_.activation}, y);
  if (status && !isElementwise(config_.activation)) activate(config_.activation, rows, y);
  return status;
}

Result<Shape> DepthwiseConv2D::checkBackward(const NumberList& dyShape) const {
  if (auto error = checkBuilt()) return error;
  if (!training_) return outOfTurn("backward", "must follow a call with training and come before weights change");
  if (auto error = checkShape(kLayer, "dy", dyShape, training_->yShape())) return error;
  return training_->xShape();
}

Error DepthwiseConv2D::backward(const float* dy, const NumberList& dyShape, float* dx) {
  if (const auto shape = checkBackward(dyShape); !shape) return shape.error();
  const Geometry& geometry = *training_;
  hasGradients_ = false;
  const bool changes = config_.activation != Activation::kLinear || config_.activityRegularizer;
  Buffer<float> scratch(changes ? sizeOf(geometry.yShape()) : 0);
  if (const Status status = scratch.status(); !status) return outOfMemory(status);
  if (changes) outputGradient(geometry, dy, scratch.data());
  const Status status = computeGradients(geometry, changes ? scratch.data() : dy, dx);
  return status ? Error() : outOfMemory(status);
}

/// The gradient with respect to x ∗ kernel + bias.
void DepthwiseConv2D::outputGradient(const Geometry& geometry, const float* dy, float* dz) const {
  const size_t size = static_cast<size_t>(elementCount(geometry.yShape()));
  std::copy_n(dy, size, dz);
  if (config_.activityRegularizer && geometry.batch > 0) {
    Regularizer perImage = *config_.activityRegularizer;
    perImage.l1 /= geometry.batch;
    perImage.l2 /= geometry.batch;
    addPenaltyGradient(perImage, {output_.data(), size}, dz);
  }
  const Rows rows(geometry);
  activationGradient({nullptr, config_.activation}, sums_.data(), output_.data(), dz, dz, rows.count, rows.length);
}

Status DepthwiseConv2D::computeGradients(const Geometry& geometry, const float* dz, float* dx) {
  const Weight kernel = weight(0), bias = weight(1);
  if (config_.trainable) {
    if (const Status status = kernelGradient_.reserve(static_cast<uint64_t>(kernel.size)); !status) return status;
    const uint64_t biasSize = config_.useBias ? static_cast<uint64_t>(bias.size) : 0;
    if (const Status status = biasGradient_.reserve(biasSize); !status) return status;
    const Status status = filterGradient(geometry, x_.data(), dz, kernelGradient_.data());
    if (!status) return status;
  }
  if (dx) {
    if (const Status status = inputGradient(geometry, dz, kernel_.data(), dx); !status) return status;
  }
  if (!config_.trainable) return {};
  const auto add = [](const std::optional<Regularizer>& regularizer, const Weight& weight, float* gradient) {
    if (!regularizer) return;
    addPenaltyGradient(*regularizer, {weight.values, static_cast<size_t>(weight.size)}, gradient);
  };
  add(config_.depthwiseRegularizer, kernel, kernelGradient_.data());
  if (config_.useBias) {
    biasGradient(geometry, dz, biasGradient_.data());
    add(config_.biasRegularizer, bias, biasGradient_.data());
  }
  hasGradients_ = true;
  return {};
}

Result<Losses> DepthwiseConv2D::losses() const {
  if (auto error = checkBuilt()) return error;
  const auto loss = [](const std::optional<Regularizer>& regularizer, const Weight& weight) -> std::optional<double> {
    if (!regularizer) return {};
    return penalty(*regularizer, {weight.values, static_cast<size_t>(weight.size)});
  };
  Losses all;
  all.kernel = loss(config_.depthwiseRegularizer, weight(0));
  if (config_.useBias) all.bias = loss(config_.biasRegularizer, weight(1));
  all.activity = activity_;
  return all;
}

uint64_t DepthwiseConv2D::keptBytes() const {
  return x_.bytes() + sums_.bytes() + output_.bytes() + kernelGradient_.bytes() + biasGradient_.bytes();
}

void DepthwiseConv2D::releaseKept() {
  for (KeptBuffer<float>* buffer : {&x_, &sums_, &output_, &kernelGradient_, &biasGradient_}) buffer->release();
  training_.reset();
  hasGradients_ = false;
}

}  // namespace depthwise
