#include "layer/constraint_fields.h"

#include "layer/field_set.h"

namespace depthwise {

FieldSet fieldsOf(Constraint::Kind kind) {
  using Field = ConstraintField;
  switch (kind) {
    case Constraint::Kind::kMaxNorm:
      return setOf(Field::kMaxValue, Field::kAxis);
    case Constraint::Kind::kMinMaxNorm:
      return setOf(Field::kMinValue, Field::kMaxValue, Field::kRate, Field::kAxis);
    case Constraint::Kind::kUnitNorm:
      return setOf(Field::kAxis);
    case Constraint::Kind::kNonNeg:
      break;
  }
  return 0;
}

}  // namespace depthwise
