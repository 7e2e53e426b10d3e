#pragma once

#include <cstdint>

#include "layer/constraints.h"
#include "layer/field_set.h"

namespace depthwise {

/// What the configuration of a constraint may say, in the order in which it is read and written.
enum class ConstraintField { kMinValue, kMaxValue, kRate, kAxis };
/// Their names, in that order.
inline constexpr const char* kConstraintFields[] = {"minValue", "maxValue", "rate", "axis"};

/// The fields that are a number of a Constraint's: the first in ConstraintField.
inline constexpr double Constraint::*kConstraintNumbers[] = {&Constraint::minValue, &Constraint::maxValue,
                                                             &Constraint::rate};

/// The fields that a constraint of a kind has.
FieldSet fieldsOf(Constraint::Kind kind);

}  // namespace depthwise
