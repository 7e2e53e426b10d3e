#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "depthwise/geometry.h"
#include "layer/kept_buffer.h"
#include "layer/layer_config.h"

namespace depthwise {

/// A weight of a layer, in the layer's own memory.
struct Weight {
  std::string_view name;  ///< "depthwise_kernel" or "bias", as in Keras and tfjs
  std::span<const int32_t> shape;
  float* values;
  float* gradient;  ///< of the last backward; null where there is none
  int64_t size;
};

/// A tensor that a caller gives for a weight.
struct GivenWeight {
  const float* values;
  NumberList shape;
};

/// What regularization adds to the loss; nothing for what has no regularizer.
struct Losses {
  std::optional<double> kernel, bias;
  /// Of y of the last call, training or not, divided by its batch as Keras does (but for 3.0 to 3.13; tfjs refuses such
  /// a layer).
  std::optional<double> activity;

  double total() const { return kernel.value_or(0) + bias.value_or(0) + activity.value_or(0); }
};

/// The layer DepthwiseConv2D of Keras and tfjs: y = activation(x ∗ depthwise_kernel + bias), with its gradients.
///
///     LayerConfig config;                                         // or readLayerConfig(…)
///     config.kernelSize = {3, 3};
///     DepthwiseConv2D layer;
///     if (auto error = layer.create(config)) …                    // error.text()
///     if (auto error = layer.build({{8, 32, 32, 4}, 4}, seed)) …  // makes depthwise_kernel [3,3,4,1] and bias [4]
///     layer.outputShape({{8, 32, 32, 4}, 4});                     // [8,30,30,4]
///     layer.call(x, {{8, 32, 32, 4}, 4}, true, y);
///     layer.backward(dy, {{8, 30, 30, 4}, 4}, dx);
///     for (int i = 0; i < layer.weightCount(); ++i) …             // values −= rate · gradient
///     layer.applyConstraints();
///
/// float32. x is [batch, height, width, channels], or [batch, channels, height, width] with channelsFirst; y likewise
/// with channels·depthMultiplier channels, channel c·depthMultiplier + m made from channel c of x. Softmax is along the
/// last axis of y, so with channelsFirst along the width. Tensors are the caller's and do not overlap.
///
/// Errors are values, told before anything changes, and so is memory that cannot be had ("Error in DepthwiseConv2D: out
/// of memory, 1024 bytes were wanted"): after any of them the layer has the weights that it had and can be used. Only a
/// backward that runs out of memory leaves no gradients, and a training call that does leaves nothing to go back to.
class DepthwiseConv2D {
 public:
  DepthwiseConv2D() = default;
  DepthwiseConv2D(const DepthwiseConv2D&) = delete;
  DepthwiseConv2D& operator=(const DepthwiseConv2D&) = delete;

  /// Makes a layer of a configuration, once. Before that, every other call is an error.
  Error create(const LayerConfig& config);
  const LayerConfig& config() const { return config_; }
  /// Takes effect with the next training call: backward belongs to a call that knew.
  void setTrainable(bool trainable);

  /// Makes the weights for an input of this shape, of which the number of channels must be known; sizes below 0 are
  /// unknown. The weights are copies of the `given` ones (as for setWeights) where there are any. Else the same
  /// `entropy` gives the same weights; an initializer that has a seed does not use it. A layer that is built keeps its
  /// weights, and refuses another number of channels. `shapeName` is what errors call the shape.
  Error build(const NumberList& inputShape, uint64_t entropy,
              std::optional<std::span<const GivenWeight>> given = std::nullopt, const char* shapeName = "inputShape");
  bool isBuilt() const { return channels_ > 0; }

  /// The shape of y, batch, height and width −1 where they are unknown (below 0) in that of x.
  Result<NumberList> outputShape(const NumberList& inputShape, const char* shapeName = "inputShape") const;

  /// 2 with a bias, else 1; 0 before the layer is built.
  int weightCount() const { return isBuilt() ? weightsWhenBuilt() : 0; }
  /// i < weightCount(): 0 is depthwise_kernel [height, width, channels, depthMultiplier], 1 is bias
  /// [channels·depthMultiplier]. Values may be changed in place, best between backward and the next call.
  Weight weight(int i) const;
  Result<int64_t> countParams() const;
  /// Copies as many tensors as there are weights, in their order and with their shapes.
  Error setWeights(std::span<const GivenWeight> given);
  /// Moves the weights to where depthwiseConstraint and biasConstraint want them. After every step of training.
  Error applyConstraints();

  /// What call checks before it computes, and the shape of y.
  Result<Shape> checkCall(const NumberList& xShape) const;
  /// Computes y. When training, what backward needs is copied into memory of
  /// the layer, which the next call uses again: x (unless the layer is not trainable), x ∗ kernel + bias for
  /// activations other than linear and softmax, y for softmax and activityRegularizer. Otherwise the layer allocates
  /// nothing (the convolution may want scratch for the length of the call), and the last training call stays as it was.
  Error call(const float* x, const NumberList& xShape, bool training, float* y);

  /// What backward checks before it computes, and the shape of dx.
  Result<Shape> checkBackward(const NumberList& dyShape) const;
  /// From the gradient dy of a loss with respect to y of the last training call, the gradient dx with respect to its x
  /// (not computed where dx is null) and those of the weights. The losses of the regularizers are part of the loss: the
  /// activity's is added to dy, the weights' to their gradients. A layer that is not trainable has no gradients of
  /// weights. May be repeated until setWeights or applyConstraints changes the weights.
  Error backward(const float* dy, const NumberList& dyShape, float* dx);

  /// The terms that regularization adds to the loss, with the weights as they are; also where the layer is not
  /// trainable, as in tfjs and tf.keras.
  Result<Losses> losses() const;

  /// Memory that is kept for backward, gradients included.
  uint64_t keptBytes() const;
  /// Gives that memory back.
  void releaseKept();

 private:
  bool isCreated() const { return config_.kernelSize != Pair{}; }
  Error checkBuilt() const;
  int weightsWhenBuilt() const { return config_.useBias ? 2 : 1; }
  Error checkGiven(std::span<const GivenWeight> given) const;
  void copyGiven(std::span<const GivenWeight> given);
  Result<Geometry> geometryFor(const char* xName, const NumberList& xShape) const;
  Result<Geometry> geometryOfCall(const NumberList& xShape) const;
  bool needsSums() const;
  bool needsOutput() const;
  Error checkInitializersFit() const;
  Status reserveWeights();
  Status makeWeights(uint64_t entropy);
  Status keep(const Geometry& geometry, const float* x);
  Status computeOutput(const Geometry& geometry, const float* x, bool training, float* y);
  Status computeGradients(const Geometry& geometry, const float* dz, float* dx);
  void outputGradient(const Geometry& geometry, const float* dy, float* dz) const;

  LayerConfig config_;
  int32_t channels_ = 0;  ///< of x; 0: not built
  Shape kernelShape_{};
  int32_t biasShape_[1] = {};
  KeptBuffer<float> kernel_, bias_;

  std::optional<Geometry> training_;  ///< of the call that backward belongs to
  KeptBuffer<float> x_, sums_, output_;
  KeptBuffer<float> kernelGradient_, biasGradient_;
  bool hasGradients_ = false;
  std::optional<double> activity_;
};

}  // namespace depthwise
