#include "layer/regularizers.h"

#include <cmath>

namespace depthwise {
namespace {

/// The sign of NaN is NaN.
double sign(double value) { return value > 0 ? 1 : value < 0 ? -1 : value; }

}  // namespace

double penalty(const Regularizer& regularizer, std::span<const float> values) {
  double absolutes = 0, squares = 0;
  for (const float value : values) {
    absolutes += std::abs(double{value});
    squares += double{value} * value;
  }
  // A coefficient of 0 adds nothing, also where 0·∞ would be NaN.
  return (regularizer.l1 == 0 ? 0 : regularizer.l1 * absolutes) + (regularizer.l2 == 0 ? 0 : regularizer.l2 * squares);
}

void addPenaltyGradient(const Regularizer& regularizer, std::span<const float> values, float* gradient) {
  for (size_t i = 0; i < values.size(); ++i) {
    const double l1 = regularizer.l1 == 0 ? 0 : regularizer.l1 * sign(values[i]);
    const double l2 = regularizer.l2 == 0 ? 0 : 2 * regularizer.l2 * values[i];
    gradient[i] = static_cast<float>(gradient[i] + l1 + l2);
  }
}

}  // namespace depthwise
