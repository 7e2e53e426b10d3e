#include "argument_error.h"

#include <cmath>

namespace depthwise {
namespace {

Error argumentError(Error::Kind kind, const char* function, const char* argument) {
  return Error(kind) << "Error in " << function << ": " << argument << " ";
}

}  // namespace

Text& operator<<(Text& text, const NumberList& list) {
  text << "[";
  for (int i = 0; i < list.count && i < NumberList::kKept; ++i) text << (i ? "," : "") << list.values[i];
  return text << (list.count > NumberList::kKept ? ",…]" : "]");
}

Text& operator<<(Text& text, std::span<const int32_t> list) {
  text << "[";
  for (size_t i = 0; i < list.size(); ++i) text << (i ? "," : "") << list[i];
  return text << "]";
}

Error typeError(const char* function, const char* argument) {
  return argumentError(Error::Kind::kType, function, argument);
}

Error rangeError(const char* function, const char* argument) {
  return argumentError(Error::Kind::kRange, function, argument);
}

bool isWholeWithin(double value, double low, double high) {
  return value >= low && value <= high && value == std::floor(value);
}

}  // namespace depthwise
