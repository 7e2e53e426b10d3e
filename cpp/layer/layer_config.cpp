#include <algorithm>
#include <cmath>
#include <limits>

#include "depthwise/layer.h"

/// The range checks of a configuration.
namespace depthwise {
namespace {

using Kind = Initializer::Kind;

constexpr Error errorOf(ErrorCode code, Argument argument) { return {.code = code, .argument = argument}; }

bool isStep(int64_t value) { return value >= 1 && value <= kMaxAxis; }

Error checkSteps(const LayerConfig& c) {
  const auto areSteps = [](const HeightWidth& steps) { return std::all_of(steps.begin(), steps.end(), isStep); };
  if (!areSteps(c.kernelSize)) return errorOf(ErrorCode::kSteps, Argument::kKernelSize);
  if (!areSteps(c.strides)) return errorOf(ErrorCode::kSteps, Argument::kStrides);
  if (!areSteps(c.dilationRate)) return errorOf(ErrorCode::kSteps, Argument::kDilationRate);
  if (!isStep(c.depthMultiplier)) return errorOf(ErrorCode::kSteps, Argument::kDepthMultiplier);
  return {};
}

/// Returns whether a number is finite, also as a float32. NaN is not.
bool isFinite(double value) { return std::abs(value) <= double{std::numeric_limits<float>::max()}; }

/// Checks the fields of one argument and stores the first error.
class FieldChecks {
 public:
  explicit FieldChecks(Argument argument) : argument_(argument) {}

  void finite(Field field, double value) { require(isFinite(value), ErrorCode::kNumber, field, {value}); }
  void notNegative(Field field, double value) {
    require(isFinite(value) && value >= 0, ErrorCode::kNotNegative, field, {value});
  }
  void positive(Field field, double value) {
    require(isFinite(value) && value > 0, ErrorCode::kPositive, field, {value});
  }
  void require(bool holds, ErrorCode code, Field field, const std::array<double, 5>& operands) {
    if (!holds && !error_) error_ = {.code = code, .argument = argument_, .field = field, .operands = operands};
  }
  Error error() const { return error_; }

 private:
  Argument argument_;
  Error error_;
};

Error checkInitializer(Argument argument, const Initializer& i) {
  FieldChecks check(argument);
  switch (i.kind) {
    case Kind::kZeros:
    case Kind::kOnes:
      break;
    case Kind::kConstant:
      check.finite(Field::kValue, i.value);
      break;
    case Kind::kRandomUniform:
      check.finite(Field::kMinval, i.minval);
      check.finite(Field::kMaxval, i.maxval);
      check.require(i.maxval >= i.minval, ErrorCode::kOrder, Field::kMaxval, {i.minval, i.maxval});
      break;
    case Kind::kRandomNormal:
    case Kind::kTruncatedNormal:
      check.finite(Field::kMean, i.mean);
      check.notNegative(Field::kStddev, i.stddev);
      break;
    case Kind::kVarianceScaling:
      check.positive(Field::kScale, i.scale);
      break;
    case Kind::kOrthogonal:
    case Kind::kIdentity:
      check.finite(Field::kGain, i.gain);
      break;
  }
  return check.error();
}

Error checkRegularizer(Argument argument, const Regularizer& r) {
  FieldChecks check(argument);
  check.notNegative(Field::kL1, r.l1);
  check.notNegative(Field::kL2, r.l2);
  return check.error();
}

/// Returns whether each axis exists and is listed once.
bool areAxes(const Constraint& c, int rank) {
  if (c.axisCount < 1 || c.axisCount > rank) return false;
  std::array<bool, 4> listed{};
  for (int i = 0; i < c.axisCount; ++i) {
    const int axis = c.axes[size_t(i)];
    if (axis < -rank || axis >= rank) return false;
    bool& isListed = listed[size_t(axis < 0 ? axis + rank : axis)];
    if (isListed) return false;
    isListed = true;
  }
  return true;
}

Error checkConstraint(Argument argument, const Constraint& c, int rank) {
  if (c.kind == Constraint::Kind::kNone || c.kind == Constraint::Kind::kNonNeg) return {};
  FieldChecks check(argument);
  check.require(areAxes(c, rank), ErrorCode::kAxes, Field::kAxis, {double(rank)});
  if (c.kind == Constraint::Kind::kUnitNorm) return check.error();
  check.notNegative(Field::kMaxValue, c.maxValue);
  if (c.kind == Constraint::Kind::kMaxNorm) return check.error();
  check.notNegative(Field::kMinValue, c.minValue);
  check.require(c.minValue <= c.maxValue, ErrorCode::kOrder, Field::kMinValue, {c.maxValue, c.minValue});
  check.require(c.rate >= 0 && c.rate <= 1, ErrorCode::kRange, Field::kRate, {0, 1, c.rate});
  return check.error();
}

}  // namespace

Error checkLayerConfig(const LayerConfig& c) {
  if (auto error = checkSteps(c)) return error;
  if (c.padding == Padding::Kind::kExplicit) return errorOf(ErrorCode::kPad, Argument::kPad);
  if (c.activation == Activation::kLeakyRelu || c.activation == Activation::kPrelu) {
    return errorOf(ErrorCode::kActivation, Argument::kActivation);
  }
  if (auto error = checkInitializer(Argument::kDepthwiseInitializer, c.depthwiseInitializer)) return error;
  if (auto error = checkInitializer(Argument::kBiasInitializer, c.biasInitializer)) return error;
  if (auto error = checkRegularizer(Argument::kDepthwiseRegularizer, c.depthwiseRegularizer)) return error;
  if (auto error = checkRegularizer(Argument::kBiasRegularizer, c.biasRegularizer)) return error;
  if (auto error = checkRegularizer(Argument::kActivityRegularizer, c.activityRegularizer)) return error;
  if (auto error = checkConstraint(Argument::kDepthwiseConstraint, c.depthwiseConstraint, 4)) return error;
  return checkConstraint(Argument::kBiasConstraint, c.biasConstraint, 1);
}

}  // namespace depthwise
