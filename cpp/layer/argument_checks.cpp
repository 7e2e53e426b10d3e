#include "argument_checks.h"

#include <cmath>
#include <limits>

namespace depthwise {
namespace {

Text dotted(std::string_view argument, std::string_view field) {
  Text name;
  name << argument;
  if (!field.empty()) name << "." << field;
  return name;
}

bool isAllowed(double value, Least least) {
  // No comparison holds for a NaN.
  if (!(std::abs(value) <= double(std::numeric_limits<float>::max()))) return false;
  return least == Least::kNone || value > 0 || (least == Least::kZero && value == 0);
}

}  // namespace

Error layerTypeError(std::string_view argument, std::string_view field) {
  return typeError(kLayer, dotted(argument, field).view());
}

Error layerRangeError(std::string_view argument, std::string_view field) {
  return rangeError(kLayer, dotted(argument, field).view());
}

std::optional<Error> checkNumber(std::string_view argument, std::string_view field, double value, Least least) {
  if (isAllowed(value, least)) return std::nullopt;
  Error error = layerRangeError(argument, field);
  error.text << "must be a finite float32 number";
  if (least == Least::kZero) error.text << " of at least 0";
  if (least == Least::kAboveZero) error.text << " above 0";
  error.text << ", got " << value;
  return error;
}

}  // namespace depthwise
