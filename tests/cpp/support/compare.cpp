#include "support/compare.h"

#include <cmath>
#include <cstring>
#include <sstream>

namespace depthwise {
namespace {

bool agrees(float got, double expected, double allowed) {
  if (std::isnan(expected)) return std::isnan(got);
  if (std::isinf(expected)) return double{got} == expected;
  return std::abs(double{got} - expected) <= allowed;  // false where `got` is NaN
}

template <class Equal>
std::string firstDifference(std::span<const float> got, std::span<const float> expected, Equal&& equal) {
  std::ostringstream text;
  text.precision(9);
  size_t i = 0;
  while (i < got.size() && i < expected.size() && equal(got[i], expected[i])) ++i;
  if (got.size() != expected.size()) {
    text << got.size() << " elements, not " << expected.size();
  } else if (i < got.size()) {
    text << "element " << i << " is " << got[i] << ", not " << expected[i];
  }
  return text.str();
}

}  // namespace

std::string difference(std::string_view name, std::span<const float> got, const oracle::Sums& expected, int64_t terms) {
  // Each of the products and additions rounds once, by 2^-24; the last per cent is for the terms of second order.
  const double relative = 1.01 * 0x1p-24 * static_cast<double>(terms);
  std::ostringstream text;
  text.precision(9);
  if (got.size() != expected.values.size()) {
    text << name << " has " << got.size() << " elements, not " << expected.values.size();
    return text.str();
  }
  for (size_t i = 0; i < got.size(); ++i) {
    if (agrees(got[i], expected.values[i], relative * expected.magnitudes[i])) continue;
    text << name << "[" << i << "] is " << got[i] << ", not " << expected.values[i];
    break;
  }
  return text.str();
}

std::string valueDifference(std::span<const float> got, std::span<const float> expected) {
  return firstDifference(got, expected, [](float a, float b) { return a == b || (std::isnan(a) && std::isnan(b)); });
}

std::string bitDifference(std::span<const float> got, std::span<const float> expected) {
  return firstDifference(got, expected, [](float a, float b) { return std::memcmp(&a, &b, sizeof a) == 0; });
}

}  // namespace depthwise
