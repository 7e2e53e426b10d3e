#pragma once

#include <algorithm>
#include <cmath>

#include "nn/activation.h"

namespace depthwise {

/// The activations that have a Curve.
inline constexpr Activation kCurves[] = {Activation::kElu,         Activation::kGelu,     Activation::kGeluNew,
                                         Activation::kHardSigmoid, Activation::kMish,     Activation::kSelu,
                                         Activation::kSigmoid,     Activation::kSoftplus, Activation::kSoftsign,
                                         Activation::kSwish,       Activation::kTanh};

/// Returns the activation as the papers define it, in the precision of Real.
template <class Real>
Real defined(Activation activation, Real x) {
  const Real sigmoid = 1 / (1 + std::exp(-x));
  switch (activation) {
    case Activation::kElu:
      return x >= 0 ? x : std::expm1(x);
    case Activation::kGelu:
      return x * std::erfc(-x / std::sqrt(Real(2))) / 2;
    case Activation::kGeluNew:
      // 1 + tanh u = 2 sigmoid(2u)
      return x / (1 + std::exp(-2 * std::sqrt(2 / std::acos(Real(-1))) * (x + Real(0.044715L) * x * x * x)));
    case Activation::kHardSigmoid:
      return std::clamp(x / 5 + Real(0.5), Real(0), Real(1));
    case Activation::kMish:
      return x * std::tanh(std::log1p(std::exp(x)));
    case Activation::kSelu:
      return Real(1.0507009873554804934193349852946L) *
             (x >= 0 ? x : Real(1.6732632423543772848170429916717L) * std::expm1(x));
    case Activation::kSigmoid:
      return sigmoid;
    case Activation::kSoftplus:
      return std::log1p(std::exp(x));
    case Activation::kSoftsign:
      return x / (1 + std::abs(x));
    case Activation::kSwish:
      return x * sigmoid;
    case Activation::kTanh:
      return std::tanh(x);
    default:
      return std::nanf("");
  }
}

}  // namespace depthwise
