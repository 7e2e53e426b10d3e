#include "layer/initializer_fields.h"

#include "layer/field_set.h"

namespace depthwise {
namespace {

using Kind = Initializer::Kind;
using Field = InitializerField;

FieldSet ownFieldsOf(Kind kind) {
  switch (kind) {
    case Kind::kZeros:
    case Kind::kOnes:
      return 0;
    case Kind::kConstant:
      return setOf(Field::kValue);
    case Kind::kRandomUniform:
      return setOf(Field::kMinval, Field::kMaxval, Field::kSeed);
    case Kind::kRandomNormal:
    case Kind::kTruncatedNormal:
      return setOf(Field::kMean, Field::kStddev, Field::kSeed);
    case Kind::kVarianceScaling:
      return setOf(Field::kScale, Field::kMode, Field::kDistribution, Field::kSeed, Field::kInputAxes,
                   Field::kOutputAxes);
    case Kind::kIdentity:
      return setOf(Field::kGain);
    case Kind::kOrthogonal:
      return setOf(Field::kGain, Field::kSeed);
    default:
      // Keras 3.15 writes the axes as null for all that is variance scaling.
      return setOf(Field::kSeed, Field::kInputAxes, Field::kOutputAxes);
  }
}

}  // namespace

/// dtype is written by tf.keras before 2.3, for all of them.
FieldSet fieldsOf(Kind kind) { return ownFieldsOf(kind) | setOf(Field::kDtype); }

}  // namespace depthwise
