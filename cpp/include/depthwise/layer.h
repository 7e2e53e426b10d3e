#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "depthwise/activation.h"
#include "depthwise/convolution.h"
#include "depthwise/error.h"
#include "depthwise/geometry.h"
#include "depthwise/memory.h"

/// The layer DepthwiseConv2D of Keras and TensorFlow.js (tfjs), with its gradients.
namespace depthwise {

/// The rule for the first values of a weight: an initializer of Keras and tfjs. Each kind reads only the fields named
/// next to it.
struct Initializer {
  enum class Kind : int32_t {
    kZeros = 0,
    kOnes = 1,
    kConstant = 2,         ///< value
    kRandomUniform = 3,    ///< minval ≤ v < maxval
    kRandomNormal = 4,     ///< mean, stddev
    kTruncatedNormal = 5,  ///< mean, stddev; a value further than 2·stddev from the mean is drawn again
    kVarianceScaling = 6,  ///< scale, mode, distribution
    kOrthogonal = 7,       ///< gain; weights of two or more dimensions only
    kIdentity = 8,         ///< gain; square matrices only
  };
  /// The fan n is the number of inputs, the number of outputs or their mean (fansOf in layer/initializers.h).
  enum class FanMode : int32_t { kFanIn = 0, kFanOut = 1, kFanAvg = 2 };
  /// With the fan n, all three have the mean 0 and the variance scale / n:
  ///
  /// - kTruncatedNormal: a normal distribution of deviation √(scale / n) / 0.8796, cut off at two deviations. This is
  ///   Keras's. tfjs omits the division, so its weights have 77 % of the documented variance.
  /// - kUntruncatedNormal: a normal distribution of deviation √(scale / n).
  /// - kUniform: uniform between ∓√(3·scale / n).
  enum class Distribution : int32_t { kTruncatedNormal = 0, kUntruncatedNormal = 1, kUniform = 2 };

  Kind kind = Kind::kZeros;
  double value = 0;
  double minval = -0.05, maxval = 0.05;
  double mean = 0, stddev = 0.05;
  double scale = 1;
  FanMode mode = FanMode::kFanIn;
  Distribution distribution = Distribution::kTruncatedNormal;
  double gain = 1;
  /// The same seed gives the same values, bit for bit, on every platform (other values than Keras's and tfjs's).
  /// Without a seed here, the values depend on the seed that build takes.
  std::optional<int64_t> seed = std::nullopt;

  static constexpr Initializer constant(double value) { return {.kind = Kind::kConstant, .value = value}; }
  static constexpr Initializer glorotUniform() { return scaled(1, FanMode::kFanAvg, Distribution::kUniform); }
  static constexpr Initializer glorotNormal() { return scaled(1, FanMode::kFanAvg, Distribution::kTruncatedNormal); }
  static constexpr Initializer heUniform() { return scaled(2, FanMode::kFanIn, Distribution::kUniform); }
  static constexpr Initializer heNormal() { return scaled(2, FanMode::kFanIn, Distribution::kTruncatedNormal); }
  static constexpr Initializer lecunUniform() { return scaled(1, FanMode::kFanIn, Distribution::kUniform); }
  static constexpr Initializer lecunNormal() { return scaled(1, FanMode::kFanIn, Distribution::kTruncatedNormal); }

 private:
  static constexpr Initializer scaled(double scale, FanMode mode, Distribution distribution) {
    return {.kind = Kind::kVarianceScaling, .scale = scale, .mode = mode, .distribution = distribution};
  }
};

/// A term l1·Σ|v| + l2·Σv² of the loss. Without coefficients, there is no term.
struct Regularizer {
  double l1 = 0, l2 = 0;

  explicit constexpr operator bool() const { return l1 != 0 || l2 != 0; }
};

/// Limits for a weight, which applyConstraints enforces. With ‖w‖ the 2-norm along `axes` and ε = 1e-7:
///
///     kMaxNorm      w · min(‖w‖, maxValue) / (ε + ‖w‖)
///     kMinMaxNorm   w · (rate·clip(‖w‖, minValue, maxValue) + (1 − rate)·‖w‖) / (ε + ‖w‖)
///     kNonNeg       max(w, 0)
///     kUnitNorm     w / (ε + ‖w‖)
///
/// Because of ε, weights whose norm is allowed change too, by a relative 1e-7 / ‖w‖.
struct Constraint {
  enum class Kind : int32_t { kNone = 0, kMaxNorm = 1, kMinMaxNorm = 2, kNonNeg = 3, kUnitNorm = 4 };

  Kind kind = Kind::kNone;
  double minValue = 0, maxValue = 2, rate = 1;  ///< Keras's maxValue for kMinMaxNorm is 1
  std::array<int32_t, 4> axes{};                ///< negative ones count from the last axis
  int32_t axisCount = 1;                        ///< how many of `axes` are used
};

/// The arguments of the layer. The defaults are Keras's.
struct LayerConfig {
  HeightWidth kernelSize{};  ///< required
  int64_t depthMultiplier = 1;
  HeightWidth strides{1, 1};                      ///< above 1 only with a dilationRate of 1, as in Keras up to 3.14
  Padding::Kind padding = Padding::Kind::kValid;  ///< kValid or kSame
  Layout layout = Layout::kNhwc;
  HeightWidth dilationRate{1, 1};
  Activation activation = Activation::kLinear;  ///< any but kLeakyRelu and kPrelu
  bool useBias = true;
  Initializer depthwiseInitializer = Initializer::glorotUniform();
  Initializer biasInitializer{};
  Regularizer depthwiseRegularizer{}, biasRegularizer{}, activityRegularizer{};
  Constraint depthwiseConstraint{}, biasConstraint{};
  bool trainable = true;  ///< if false, backward computes dx only
};

/// Returns the first error of a configuration: kSteps of kKernelSize, kStrides, kDilationRate and kDepthMultiplier,
/// kPad, kActivation; then those of the initializers, the regularizers and the constraints.
Error checkLayerConfig(const LayerConfig& config);

/// A weight of a layer, in the memory of the layer.
struct Weight {
  std::span<const int64_t> shape;
  float* values;
  float* gradient;  ///< of the last backward; null if there is none
  int64_t size;     ///< number of values
};

/// The terms that the regularizers add to the loss; 0 without a regularizer.
struct Losses {
  double kernel = 0, bias = 0;
  /// Of y of the last call, divided by its batch as in Keras (except 3.0 to 3.13). 0 before the first call.
  double activity = 0;

  double total() const { return kernel + bias + activity; }
};

/// Memory that a layer keeps from one call to the next. It grows and does not shrink.
class KeptBuffer {
 public:
  /// Reserves space for `count` floats. If the buffer grows, all values are undefined. On failure it is empty.
  Status reserve(uint64_t count) {
    if (count <= capacity_) return {};
    release();
    const Status status = buffer_.emplace(count).status();
    if (status) {
      capacity_ = count;
    } else {
      buffer_.reset();
    }
    return status;
  }
  /// Frees the memory.
  void release() {
    buffer_.reset();
    capacity_ = 0;
  }

  float* data() { return buffer_ ? buffer_->data() : nullptr; }
  const float* data() const { return buffer_ ? buffer_->data() : nullptr; }
  uint64_t bytes() const { return capacity_ * sizeof(float); }

 private:
  std::optional<Buffer<float>> buffer_;
  uint64_t capacity_ = 0;
};

/// The functions that compute the convolutions of layers. The defaults are those of convolution.h.
struct Passes {
  decltype(&depthwise::forward) forward = &depthwise::forward;
  decltype(&depthwise::inputGradient) inputGradient = &depthwise::inputGradient;
  decltype(&depthwise::filterGradient) filterGradient = &depthwise::filterGradient;
};

/// y = activation(x ∗ kernel + bias), with its gradients:
///
///     DepthwiseConv2D layer;
///     if (auto error = layer.create({.kernelSize = {3, 3}})) …
///     if (auto error = layer.build({8, 32, 32, 4}, seed)) …  // creates the kernel [3,3,4,1] and the bias [4]
///     layer.call(x, {8, 32, 32, 4}, true, y);                // y is [8,30,30,4]
///     layer.backward(dy, dx);
///     for (int i = 0; i < layer.weightCount(); ++i) …        // values −= rate · gradient
///     layer.applyConstraints();
///
/// x and y are float32, in the order of the configuration's layout. y has channels·depthMultiplier channels; channel
/// c·depthMultiplier + m is computed from channel c of x. Softmax is along the last axis of y, so it is along the width
/// with kNchw. Tensors belong to the caller and do not overlap.
///
/// Functions return an error before they change anything, with two exceptions: after kOutOfMemory, backward leaves no
/// gradients, and a training call leaves nothing for backward. The weights stay the same and the layer remains usable.
class DepthwiseConv2D {
 public:
  /// A size that is not known yet.
  static constexpr int64_t kUnknown = -1;

  /// The functions that all layers use. If you set other functions, they must compute the same results.
  static inline Passes passes;

  DepthwiseConv2D() = default;
  DepthwiseConv2D(const DepthwiseConv2D&) = delete;
  DepthwiseConv2D& operator=(const DepthwiseConv2D&) = delete;

  /// Sets the configuration. A second call returns kCreated. Before create, every other function that can return an
  /// error returns one.
  Error create(const LayerConfig& config);
  const LayerConfig& config() const { return config_; }
  /// Sets whether backward computes the gradients of the weights. A change discards the last training call, so backward
  /// needs a new one.
  void setTrainable(bool trainable);

  /// Returns the shape of y for a shape of x. Batch, height and width may be kUnknown in both. Errors: kUnknownChannels
  /// and those of makeGeometry.
  Result<Shape> outputShape(const Shape& xShape) const;

  /// Creates the weights for an x of this shape, whose batch, height and width may be kUnknown. The same seed gives the
  /// same weights. A layer that is already built keeps its weights. Errors: those of outputShape, kOtherChannels,
  /// kInitializerShape, kOutOfMemory.
  Error build(const Shape& xShape, uint64_t seed);
  /// Builds the layer with copies of these weights. The caller has checked their shapes: kernel is [height, width,
  /// channels, depthMultiplier], bias (not read without useBias) is [channels·depthMultiplier].
  Error build(const Shape& xShape, const float* kernel, const float* bias);
  bool isBuilt() const { return channels_ > 0; }

  /// Returns 2 with a bias, otherwise 1; 0 before build.
  int weightCount() const { return !isBuilt() ? 0 : config_.useBias ? 2 : 1; }
  /// Returns weight i < weightCount(): the kernel [height, width, channels, depthMultiplier] or the bias
  /// [channels·depthMultiplier]. Its values may be changed in place, between backward and the next call.
  Weight weight(int i);
  /// Replaces the weights by copies of `kernel` and `bias`, which have the shapes of weight(0) and weight(1). `bias` is
  /// not read without useBias. Error: kNotBuilt.
  Error setWeights(const float* kernel, const float* bias);
  /// Applies depthwiseConstraint and biasConstraint. Call it after every step of training. Error: kNotBuilt.
  Error applyConstraints();

  /// Returns the shape of y, or the error that call would return: kNotBuilt, kOtherChannels, those of makeGeometry.
  Result<Shape> checkCall(const Shape& xShape) const;
  /// Computes y. A training call copies the data for backward into memory of the layer: x (unless the layer is not
  /// trainable), x ∗ kernel + bias for activations other than linear and softmax, y for softmax and an
  /// activityRegularizer. A call without training does not affect backward. Errors: those of checkCall, kOutOfMemory.
  Error call(const float* x, const Shape& xShape, bool training, float* y);

  /// The shapes of the last training call.
  struct TrainingShapes {
    Shape x, y;
  };
  /// Returns the shapes of the call that backward belongs to, or the error that backward would return: kNotBuilt,
  /// kNoTrainingCall.
  Result<TrainingShapes> checkBackward() const;
  /// Computes the gradients of a loss with respect to the weights and, unless dx is null, with respect to x of the last
  /// training call. `dy` is the gradient of the loss with respect to y; the caller has checked its shape. The terms of
  /// the regularizers are part of the loss. A layer that is not trainable gets no gradients of weights. You can call
  /// backward again until setWeights or applyConstraints. Errors: those of checkBackward, kOutOfMemory.
  Error backward(const float* dy, float* dx);

  /// Returns the terms that the regularizers add to the loss, also if the layer is not trainable, as in Keras and tfjs.
  /// Error: kNotBuilt.
  Result<Losses> losses() const;

  /// Returns the size of the memory that the layer keeps for backward, gradients included.
  uint64_t keptBytes() const;
  /// Frees the memory that the layer keeps for backward. The gradients are lost, and backward needs a new training
  /// call.
  void releaseKept();

 private:
  Result<Geometry> geometryFor(const Shape& xShape) const;
  Result<Geometry> geometryOfCall(const Shape& xShape) const;
  Error prepareBuild(const Shape& xShape);
  Error checkInitializersFit() const;
  Status reserveWeights();
  Status initializeWeights(uint64_t seed);
  void copyWeights(const float* kernel, const float* bias);
  bool keepsSums() const;
  bool keepsOutput() const;
  Status reserveForBackward(const Geometry& geometry);
  Status computeOutput(const Geometry& geometry, const float* x, bool training, float* y);
  void computeSumsGradient(const Geometry& geometry, const float* dy, float* dsums) const;
  Status computeGradients(const Geometry& geometry, const float* dsums, float* dx);
  void addPenaltyGradients();
  std::span<const float> kernelValues() const;
  std::span<const float> biasValues() const;

  LayerConfig config_;
  int64_t channels_ = 0;  ///< of x; 0 before build
  Shape kernelShape_{};
  std::array<int64_t, 1> biasShape_{};
  KeptBuffer kernel_, bias_;

  std::optional<Geometry> training_;  ///< of the call that backward belongs to
  KeptBuffer x_, sums_, output_;      ///< sums are x ∗ kernel + bias
  KeptBuffer kernelGradient_, biasGradient_;
  bool hasGradients_ = false;
  double activityLoss_ = 0;
};

}  // namespace depthwise
