#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "result.h"

namespace depthwise {

/// What large weights (or outputs) cost: penalty = l1·Σ|v| + l2·Σv², as tfjs and Keras have it.
struct Regularizer {
  /// Which coefficients a configuration may give, a bit for each.
  enum class Kind { kL1 = 1, kL2 = 2, kL1L2 = 3 };

  Kind kind = Kind::kL1L2;  ///< only the name; the arithmetic is that of both coefficients
  double l1 = 0, l2 = 0;
};

/// The regularizer of a name: 'l1', 'l2' or 'l1l2', or Keras's 'L1', 'L2', 'L1L2', 'l1_l2'. Coefficients are 0.01, as
/// tf.keras and tfjs have them for a regularizer that is named by a string (the class L1L2 of Keras has 0 when it is
/// constructed without arguments, which would be no regularizer at all).
Result<Regularizer> regularizerNamed(const char* argument, std::string_view name);

/// Checks that both coefficients are finite and not negative.
Error checkRegularizer(const char* argument, const Regularizer& regularizer);

double penalty(const Regularizer& regularizer, std::span<const float> values);

/// gradient += l1·sign(v) + 2·l2·v, where sign(0) = 0.
void addPenaltyGradient(const Regularizer& regularizer, std::span<const float> values, float* gradient);

}  // namespace depthwise
