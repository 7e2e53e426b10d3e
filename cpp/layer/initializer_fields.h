#pragma once

#include <cstdint>

#include "layer/argument_checks.h"
#include "layer/field_set.h"
#include "layer/initializers.h"

namespace depthwise {

/// What the configuration of an initializer may say, in the order in which it is read, checked and written.
enum class InitializerField {
  kValue,
  kMinval,
  kMaxval,
  kMean,
  kStddev,
  kScale,
  kGain,
  kMode,
  kDistribution,
  kSeed,
  kDtype,
  kInputAxes,
  kOutputAxes
};
/// Their names, in that order.
inline constexpr const char* kInitializerFields[] = {"value", "minval",    "maxval",    "mean",         "stddev",
                                                     "scale", "gain",      "mode",      "distribution", "seed",
                                                     "dtype", "inputAxes", "outputAxes"};

/// The fields that are a number of an Initializer's and no more: the first in InitializerField.
struct InitializerNumber {
  double Initializer::*place;
  Least least;
};
inline constexpr InitializerNumber kInitializerNumbers[] = {
    {&Initializer::value, Least::kNone}, {&Initializer::minval, Least::kNone}, {&Initializer::maxval, Least::kNone},
    {&Initializer::mean, Least::kNone},  {&Initializer::stddev, Least::kZero}, {&Initializer::scale, Least::kAboveZero},
    {&Initializer::gain, Least::kNone}};

/// The kind that says all: that of the six names of variance scaling is kVarianceScaling.
constexpr Initializer::Kind fullKindOf(Initializer::Kind kind) {
  return isVarianceScaling(kind) ? Initializer::Kind::kVarianceScaling : kind;
}

/// The fields that a configuration under the name of a kind has.
FieldSet fieldsOf(Initializer::Kind kind);

}  // namespace depthwise
