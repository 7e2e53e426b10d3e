#include "layer/config_parts.h"

#include "layer/config_fields.h"
#include "layer/constraint_fields.h"
#include "layer/initializer_arguments.h"
#include "layer/initializer_fields.h"

namespace depthwise {
namespace {

Error readField(const char* argument, InitializerField field, ConfigView value, Initializer& initializer) {
  const size_t row = static_cast<size_t>(field);
  const char* const name = kInitializerFields[row];
  if (row < std::size(kInitializerNumbers)) {
    return readNumber(argument, name, value, initializer.*kInitializerNumbers[row].place);
  }
  switch (field) {
    case InitializerField::kSeed:
      return readNumber(argument, name, value, initializer.seed.emplace());
    case InitializerField::kInputAxes:
    case InitializerField::kOutputAxes:
      return wrongValue(argument, name, "null", value);
    default:
      break;
  }
  if (!value.is(ConfigView::Kind::kText)) return wrongValue(argument, name, "a name", value);
  if (field == InitializerField::kMode) return put(fanModeNamed(argument, value.text()), initializer.mode);
  if (field == InitializerField::kDistribution) {
    return put(distributionNamed(argument, value.text()), initializer.distribution);
  }
  if (value.text() == "float32") return {};
  return wrongValue(argument, name, "'float32'", value);
}

constexpr const char* kCoefficients[] = {"l1", "l2"};

Error readAxes(const char* argument, ConfigView value, Constraint& constraint) {
  NumberList& axes = constraint.axes;
  constraint.axisIsList = value.is(ConfigView::Kind::kList);
  axes.count = constraint.axisIsList ? value.size() : 1;
  ConfigView axis = constraint.axisIsList ? value.first() : value;
  for (int i = 0; i < axes.count; ++i, axis = axis.next()) {
    double number;
    if (auto error = readNumber(argument, "axis", axis, number)) return error;
    if (i < NumberList::kKept) axes.values[i] = number;
  }
  return {};
}

}  // namespace

Error readInitializer(const char* argument, ConfigView value, Initializer& place) {
  NamedConfig named;
  if (auto error = readNamedConfig(argument, value, named)) return error;
  const Result<Initializer> defaults = initializerNamed(argument, named.name);
  if (!defaults) return defaults.error();
  place = *defaults;
  Fields fields(argument, "config", named.config, kInitializerFields, fieldsOf(place.kind));
  while (fields.next()) {
    const auto field = static_cast<InitializerField>(fields.row());
    if (auto error = readField(argument, field, fields.value(), place)) return error;
  }
  if (fields.error()) return fields.error();
  if (auto error = checkInitializer(argument, place)) return error;
  place.kind = fullKindOf(place.kind);
  return {};
}

Error readRegularizer(const char* argument, ConfigView value, std::optional<Regularizer>& place) {
  NamedConfig named;
  if (auto error = readNamedConfig(argument, value, named)) return error;
  const Result<Regularizer> defaults = regularizerNamed(argument, named.name);
  if (!defaults) return defaults.error();
  Regularizer& regularizer = place.emplace(*defaults);
  const FieldSet allowed = static_cast<FieldSet>(regularizer.kind);  // its bits are the rows
  Fields fields(argument, "config", named.config, kCoefficients, allowed);
  while (fields.next()) {
    double& coefficient = fields.row() == 0 ? regularizer.l1 : regularizer.l2;
    if (auto error = readNumber(argument, kCoefficients[fields.row()], fields.value(), coefficient)) return error;
  }
  if (fields.error()) return fields.error();
  regularizer.kind = Regularizer::Kind::kL1L2;
  return checkRegularizer(argument, regularizer);
}

Error readConstraint(const char* argument, ConfigView value, int rank, std::optional<Constraint>& place) {
  NamedConfig named;
  if (auto error = readNamedConfig(argument, value, named)) return error;
  const Result<Constraint> defaults = constraintNamed(argument, named.name);
  if (!defaults) return defaults.error();
  Constraint& constraint = place.emplace(*defaults);
  Fields fields(argument, "config", named.config, kConstraintFields, fieldsOf(constraint.kind));
  while (fields.next()) {
    const size_t row = static_cast<size_t>(fields.row());
    const Error error =
        row < std::size(kConstraintNumbers)
            ? readNumber(argument, kConstraintFields[row], fields.value(), constraint.*kConstraintNumbers[row])
            : readAxes(argument, fields.value(), constraint);
    if (error) return error;
  }
  if (fields.error()) return fields.error();
  return checkConstraint(argument, constraint, rank);
}

}  // namespace depthwise
