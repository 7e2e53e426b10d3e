#pragma once

namespace depthwise {

/// An activation function of tfjs or tfjs-layers. JavaScript passes the numbers.
enum class Activation {
  kLinear = 0,       ///< x
  kRelu = 1,         ///< max(x, 0)
  kRelu6 = 2,        ///< min(max(x, 0), 6)
  kElu = 3,          ///< x < 0: e^x − 1, else x
  kLeakyRelu = 4,    ///< x < 0: leakyreluAlpha·x, else x
  kPrelu = 5,        ///< x < 0: preluAlpha·x with one preluAlpha per channel, else x
  kSigmoid = 6,      ///< 1 / (1 + e^−x)
  kGelu = 7,         ///< x·Φ(x), where Φ is the normal distribution function
  kGeluNew = 8,      ///< x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³)))
  kHardSigmoid = 9,  ///< min(max(0.2·x + 0.5, 0), 1)
  kMish = 10,        ///< x·tanh(ln(1 + e^x))
  kSelu = 11,        ///< 1.0507·(x < 0: 1.6733·(e^x − 1), else x)
  kSoftplus = 12,    ///< ln(1 + e^x)
  kSoftsign = 13,    ///< x / (1 + |x|)
  kSwish = 14,       ///< x / (1 + e^−x), also called SiLU
  kTanh = 15,        ///< tanh(x)
  kSoftmax = 16,     ///< e^x / Σe^x, along the last axis
  kLogSoftmax = 17,  ///< x − ln Σe^x, along the last axis
};

/// Returns whether each output of an activation depends on one input only. An epilogue applies only such activations.
constexpr bool isElementwise(Activation activation) {
  return activation != Activation::kSoftmax && activation != Activation::kLogSoftmax;
}

/// The fused epilogue of a convolution: y = activation(sum + bias), or y = sum + bias if the activation is not
/// elementwise. Pointers are to one value per output channel.
struct Epilogue {
  const float* bias = nullptr;  ///< null: no bias
  Activation activation = Activation::kLinear;
  float leakyreluAlpha = 0;           ///< slope below zero of kLeakyRelu
  const float* preluAlpha = nullptr;  ///< slopes below zero of kPrelu

  /// Returns the activation that the epilogue applies: kLinear if `activation` is not elementwise.
  Activation elementwise() const { return isElementwise(activation) ? activation : Activation::kLinear; }
  /// Returns whether y = sum.
  bool changesNothing() const { return !bias && elementwise() == Activation::kLinear; }
};

}  // namespace depthwise
