#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace depthwise {

/// Every activation of tfjs and tfjs-layers. activation_curves.cpp has the formulas.
enum class Activation {
  kLinear,
  kRelu,
  kRelu6,
  kElu,
  kLeakyRelu,
  kPrelu,
  kSigmoid,
  kGelu,
  kGeluNew,
  kHardSigmoid,
  kMish,
  kSelu,
  kSoftplus,
  kSoftsign,
  kSwish,
  kTanh,
  kSoftmax,     ///< along the last axis
  kLogSoftmax,  ///< along the last axis
};

/// Whether an output depends on one sum only. If not, an epilogue cannot compute it; softmax.h does.
constexpr bool isElementwise(Activation activation) {
  return activation != Activation::kSoftmax && activation != Activation::kLogSoftmax;
}

/// What tfjs fuses into a convolution, by tfjs's names in lower case; or nothing. kFusedActivationNames lists them, for
/// the text of an error.
std::optional<Activation> fusedActivationNamed(std::string_view name);
extern const std::string_view kFusedActivationNames;

/// What tfjs-layers has, by its names and Keras's (hard_sigmoid, log_softmax, silu); or nothing.
std::optional<Activation> layerActivationNamed(std::string_view name);
extern const std::string_view kLayerActivationNames;
/// The name in tfjs-layers, or "" where it has none.
std::string_view layerActivationName(Activation activation);

/// Of an activation that only keeps a value between two others, for the four lanes of a vector; null for the others. A
/// NaN stays one.
struct Limits {
  float low[4], high[4];
};
const Limits* limitsOf(Activation activation);

/// What is done to a sum before it is an output: y = activation(sum + bias). Pointers are to a value for each lane.
/// Where the activation is not elementwise, y = sum + bias.
struct Epilogue {
  const float* bias = nullptr;  ///< null: none
  Activation activation = Activation::kLinear;
  float leakyreluAlpha = 0;           ///< slope below zero of leakyrelu
  const float* preluAlpha = nullptr;  ///< slope below zero of prelu

  /// What is left of the activation where it is not elementwise.
  Activation elementwise() const { return isElementwise(activation) ? activation : Activation::kLinear; }
  bool changesNothing() const { return !bias && elementwise() == Activation::kLinear; }
};

/// Applies an epilogue in place to the first `lanes` floats of each of `pixels` pixels, `pitch` floats apart.
void applyEpilogue(const Epilogue& epilogue, float* pixel, size_t pitch, int pixels, int lanes);

/// An activation of one number and its derivative, in float64: rounded to float32 they are right to the last bit or the
/// one before. A NaN stays one, and ±∞ gives the limit. At a kink the slope is that of one side, the same as tfjs's.
struct Curve {
  double (*value)(double x);
  double (*slope)(double x);
};

/// The curve of an activation that is more than comparisons and products: elu, sigmoid and all that only layers have.
/// Null pointers for the others.
Curve curveOf(Activation activation);

/// The gradient of an activation: dz from z = sum + bias, y = activation(z) and dy, each `pixels` pixels of `lanes`
/// floats without gaps. The epilogue says which activation, and its slopes; its bias is not read.
///
/// An elementwise one reads z and not y, dz = f'(z)·dy: from y, f' would lose its digits where f is flat. Softmax reads
/// y and not z, and its lanes are the last axis. Linear reads neither. What is not read may be null. dz may be dy.
///
/// At kinks the slope is tfjs's: relu 0 at 0, relu6 0 at 0 and 6 (as tfjs-layers and TensorFlow; the Relu6 of
/// tfjs-core has 1 at 6), leakyrelu and prelu that below zero; activation_curves.cpp names the others.
void activationGradient(const Epilogue& epilogue, const float* z, const float* y, const float* dy, float* dz,
                        size_t pixels, int lanes);

/// The activations that are not elementwise, on `rows` rows of `length` floats without gaps: a row is the last axis of
/// a tensor, as in tfjs and Keras, so with channelsFirst it is the width. Sums are float64. A NaN or +∞ in a row, or −∞
/// throughout, makes NaN of what depends on it.

/// y = e^z / Σe^z, in place.
void softmax(float* values, size_t rows, int length);
/// y = z − ln Σe^z, in place.
void logSoftmax(float* values, size_t rows, int length);

/// dz = y (dy − Σ y·dy). dz may be dy.
void softmaxGradient(const float* y, const float* dy, float* dz, size_t rows, int length);
/// dz = dy − e^y·Σdy. dz may be dy.
void logSoftmaxGradient(const float* y, const float* dy, float* dz, size_t rows, int length);

}  // namespace depthwise
