#include "config_parts.h"

#include "config_fields.h"
#include "initializer_arguments.h"

namespace depthwise {
namespace {

using Kind = Initializer::Kind;

enum class InitializerField {
  kValue,
  kMinval,
  kMaxval,
  kMean,
  kStddev,
  kScale,
  kMode,
  kDistribution,
  kGain,
  kSeed,
  kDtype,
  kInputAxes,
  kOutputAxes
};
using Field = InitializerField;
constexpr Named<Field> kInitializerFields[] = {{"value", Field::kValue},
                                               {"minval", Field::kMinval},
                                               {"maxval", Field::kMaxval},
                                               {"mean", Field::kMean},
                                               {"stddev", Field::kStddev},
                                               {"scale", Field::kScale},
                                               {"mode", Field::kMode},
                                               {"distribution", Field::kDistribution},
                                               {"gain", Field::kGain},
                                               {"seed", Field::kSeed},
                                               {"dtype", Field::kDtype},
                                               {"inputAxes", Field::kInputAxes},
                                               {"outputAxes", Field::kOutputAxes}};

/// Keras 3.15 writes them as null for all that is variance scaling.
bool isAxes(Field field) { return field == Field::kInputAxes || field == Field::kOutputAxes; }

/// dtype is written by tf.keras before 2.3, for all of them.
bool hasField(Kind kind, Field field) {
  if (field == Field::kDtype) return true;
  switch (kind) {
    case Kind::kZeros:
    case Kind::kOnes:
      return false;
    case Kind::kConstant:
      return field == Field::kValue;
    case Kind::kRandomUniform:
      return field == Field::kMinval || field == Field::kMaxval || field == Field::kSeed;
    case Kind::kRandomNormal:
    case Kind::kTruncatedNormal:
      return field == Field::kMean || field == Field::kStddev || field == Field::kSeed;
    case Kind::kVarianceScaling:
      return field == Field::kScale || field == Field::kMode || field == Field::kDistribution ||
             field == Field::kSeed || isAxes(field);
    case Kind::kIdentity:
      return field == Field::kGain;
    case Kind::kOrthogonal:
      return field == Field::kGain || field == Field::kSeed;
    default:
      return field == Field::kSeed || isAxes(field);
  }
}

double& numberOf(Initializer& initializer, Field field) {
  switch (field) {
    case Field::kMinval:
      return initializer.minval;
    case Field::kMaxval:
      return initializer.maxval;
    case Field::kMean:
      return initializer.mean;
    case Field::kStddev:
      return initializer.stddev;
    case Field::kScale:
      return initializer.scale;
    case Field::kGain:
      return initializer.gain;
    case Field::kSeed:
      return initializer.seed.emplace();
    default:
      return initializer.value;
  }
}

Error readField(std::string_view argument, Field field, ConfigView value, Initializer& initializer) {
  const std::string_view name = nameOf(kInitializerFields, field);
  if (isAxes(field)) return wrongValue(argument, name, "null", value);
  if (field != Field::kMode && field != Field::kDistribution && field != Field::kDtype) {
    return put(readNumber(argument, name, value), numberOf(initializer, field));
  }
  if (!value.is(ConfigView::Kind::kText)) return wrongValue(argument, name, "a name", value);
  if (field == Field::kMode) return put(fanModeNamed(argument, value.text()), initializer.mode);
  if (field == Field::kDistribution) return put(distributionNamed(argument, value.text()), initializer.distribution);
  if (value.text() == "float32") return {};
  return wrongValue(argument, name, "'float32'", value);
}

enum class Coefficient { kL1, kL2 };
constexpr Named<Coefficient> kCoefficients[] = {{"l1", Coefficient::kL1}, {"l2", Coefficient::kL2}};

enum class ConstraintField { kMinValue, kMaxValue, kRate, kAxis };
constexpr Named<ConstraintField> kConstraintFields[] = {{"minValue", ConstraintField::kMinValue},
                                                        {"maxValue", ConstraintField::kMaxValue},
                                                        {"rate", ConstraintField::kRate},
                                                        {"axis", ConstraintField::kAxis}};

bool hasField(Constraint::Kind kind, ConstraintField field) {
  switch (kind) {
    case Constraint::Kind::kMaxNorm:
      return field == ConstraintField::kMaxValue || field == ConstraintField::kAxis;
    case Constraint::Kind::kMinMaxNorm:
      return true;
    case Constraint::Kind::kUnitNorm:
      return field == ConstraintField::kAxis;
    case Constraint::Kind::kNonNeg:
      break;
  }
  return false;
}

Error readAxes(std::string_view argument, ConfigView value, NumberList& axes) {
  axes.count = 0;
  Error error;
  const auto append = [&](ConfigView axis) {
    const Result<double> number = readNumber(argument, "axis", axis);
    if (!number) {
      error = number.error();
    } else if (axes.count++ < NumberList::kKept) {
      axes.values[axes.count - 1] = *number;
    }
    return !error;
  };
  value.is(ConfigView::Kind::kList) ? value.forEach(append) : void(append(value));
  return error;
}

Error readField(std::string_view argument, ConstraintField field, ConfigView value, Constraint& constraint) {
  if (field == ConstraintField::kAxis) {
    constraint.axisIsList = value.is(ConfigView::Kind::kList);
    return readAxes(argument, value, constraint.axes);
  }
  double& place = field == ConstraintField::kMinValue   ? constraint.minValue
                  : field == ConstraintField::kMaxValue ? constraint.maxValue
                                                        : constraint.rate;
  return put(readNumber(argument, nameOf(kConstraintFields, field), value), place);
}

}  // namespace

Result<Initializer> readInitializer(std::string_view argument, ConfigView value) {
  const Result<NamedConfig> named = readNamedConfig(argument, value);
  if (!named) return named.error();
  const Result<Initializer> defaults = initializerNamed(argument, named->name);
  if (!defaults) return defaults.error();
  Initializer initializer = *defaults;
  auto error = readFields(
      argument, "config", named->config, kInitializerFields,
      [&](Field field) { return hasField(initializer.kind, field); },
      [&](Field field, ConfigView given) { return readField(argument, field, given, initializer); });
  if (!error) error = checkInitializer(argument, initializer);
  if (error) return error;
  if (isVarianceScaling(initializer.kind)) initializer.kind = Kind::kVarianceScaling;
  return initializer;
}

Result<Regularizer> readRegularizer(std::string_view argument, ConfigView value) {
  const Result<NamedConfig> named = readNamedConfig(argument, value);
  if (!named) return named.error();
  const Result<Regularizer> defaults = regularizerNamed(argument, named->name);
  if (!defaults) return defaults.error();
  Regularizer regularizer = *defaults;
  const auto allows = [kind = regularizer.kind](Coefficient coefficient) {
    return kind != (coefficient == Coefficient::kL1 ? Regularizer::Kind::kL2 : Regularizer::Kind::kL1);
  };
  auto error = readFields(argument, "config", named->config, kCoefficients, allows,
                          [&](Coefficient coefficient, ConfigView given) {
                            const std::string_view field = nameOf(kCoefficients, coefficient);
                            return put(readNumber(argument, field, given),
                                       coefficient == Coefficient::kL1 ? regularizer.l1 : regularizer.l2);
                          });
  if (!error) error = checkRegularizer(argument, regularizer);
  if (error) return error;
  regularizer.kind = Regularizer::Kind::kL1L2;
  return regularizer;
}

Result<Constraint> readConstraint(std::string_view argument, ConfigView value, int rank) {
  const Result<NamedConfig> named = readNamedConfig(argument, value);
  if (!named) return named.error();
  const Result<Constraint> defaults = constraintNamed(argument, named->name);
  if (!defaults) return defaults.error();
  Constraint constraint = *defaults;
  auto error = readFields(
      argument, "config", named->config, kConstraintFields,
      [&](ConstraintField field) { return hasField(constraint.kind, field); },
      [&](ConstraintField field, ConfigView given) { return readField(argument, field, given, constraint); });
  if (!error) error = checkConstraint(argument, constraint, rank);
  if (error) return error;
  return constraint;
}

}  // namespace depthwise
