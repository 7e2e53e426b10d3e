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

}  // namespace depthwise
