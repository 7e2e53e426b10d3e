#include "layer/argument_checks.h"

#include <cmath>
#include <limits>

namespace depthwise {
namespace {

Error begun(Error::Kind kind, const char* argument, const char* field) {
  return Error(kind) << "Error in " << kLayer << ": " << argument << (*field ? "." : "") << field << " ";
}

bool isAllowed(double value, Least least) {
  // No comparison holds for a NaN.
  if (!(std::abs(value) <= double(std::numeric_limits<float>::max()))) return false;
  return least == Least::kNone || value > 0 || (least == Least::kZero && value == 0);
}

}  // namespace

Error layerTypeError(const char* argument, const char* field) { return begun(Error::Kind::kType, argument, field); }

Error layerRangeError(const char* argument, const char* field) { return begun(Error::Kind::kRange, argument, field); }

Error checkNumber(const char* argument, const char* field, double value, Least least) {
  if (isAllowed(value, least)) return {};
  return layerRangeError(argument, field) << "must be a finite float32 number"
                                          << (least == Least::kZero        ? " of at least 0"
                                              : least == Least::kAboveZero ? " above 0"
                                                                           : "")
                                          << ", got " << value;
}

}  // namespace depthwise
