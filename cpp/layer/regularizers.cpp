#include "layer/regularizers.h"

#include <cmath>

#include "layer/argument_checks.h"

namespace depthwise {
namespace {

using Kind = Regularizer::Kind;

constexpr struct {
  const char* name;
  Kind kind;
} kNames[] = {{"l1", Kind::kL1}, {"l2", Kind::kL2},     {"l1l2", Kind::kL1L2}, {"L1", Kind::kL1},
              {"L2", Kind::kL2}, {"L1L2", Kind::kL1L2}, {"l1_l2", Kind::kL1L2}};

constexpr double kDefault = 0.01;

/// NaN stays NaN.
double sign(double value) { return value > 0 ? 1 : value < 0 ? -1 : value; }

}  // namespace

Result<Regularizer> regularizerNamed(const char* argument, std::string_view name) {
  for (const auto& row : kNames) {
    if (row.name != name) continue;
    return Regularizer{row.kind, row.kind == Kind::kL2 ? 0 : kDefault, row.kind == Kind::kL1 ? 0 : kDefault};
  }
  return layerTypeError(argument) << "must be 'l1', 'l2' or 'l1l2', got '" << beginningOf(name, 40) << "'";
}

Error checkRegularizer(const char* argument, const Regularizer& regularizer) {
  if (auto error = checkNumber(argument, "l1", regularizer.l1, Least::kZero)) return error;
  return checkNumber(argument, "l2", regularizer.l2, Least::kZero);
}

double penalty(const Regularizer& regularizer, std::span<const float> values) {
  double absolutes = 0, squares = 0;
  for (const float value : values) {
    absolutes += std::abs(double{value});
    squares += double{value} * value;
  }
  // A coefficient of 0 takes no part: 0·∞ would be NaN.
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
