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

Error checkNumber(std::string_view argument, std::string_view field, double value, Least least) {
  if (isAllowed(value, least)) return {};
  return layerRangeError(argument, field) << "must be a finite float32 number"
                                          << (least == Least::kZero        ? " of at least 0"
                                              : least == Least::kAboveZero ? " above 0"
                                                                           : "")
                                          << ", got " << value;
}

}  // namespace depthwise
