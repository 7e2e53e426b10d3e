#pragma once

#include "activation.h"

namespace depthwise {

/// An activation of one number and its derivative, in float64: rounded to float32 they are right to the last bit or the
/// one before. A NaN stays one, and ±∞ gives the limit. At a kink the slope is that of one side, the same as tfjs's.
struct Curve {
  double (*value)(double x);
  double (*slope)(double x);
};

/// The curve of an activation that is more than comparisons and products: elu, sigmoid and all that only layers have.
/// Null pointers for the others.
Curve curveOf(Activation activation);

}  // namespace depthwise
