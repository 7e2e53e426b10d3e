#include "text.h"

#include <cmath>
#include <cstdint>

namespace depthwise {
namespace {

void appendDigits(Text& text, uint64_t number, int atLeast = 1) {
  char digits[20];
  int count = 0;
  while (number > 0 || count < atLeast) {
    digits[count++] = static_cast<char>('0' + number % 10);
    number /= 10;
  }
  while (count > 0) text << std::string_view(&digits[--count], 1);
}

constexpr int kDecimals = 6;
constexpr uint64_t kDecimalUnit = 1000000;

/// `number` in [0, 1e18), rounded to six decimals, trailing zeros left out.
void appendFixed(Text& text, double number) {
  uint64_t whole = static_cast<uint64_t>(number);
  const double units = (number - static_cast<double>(whole)) * static_cast<double>(kDecimalUnit);
  // Not below zero, and what is a rounding below a half may go up.
  uint64_t fraction = static_cast<uint64_t>(units + 0.5);  // NOLINT(bugprone-incorrect-roundings)
  if (fraction == kDecimalUnit) {
    ++whole;
    fraction = 0;
  }
  appendDigits(text, whole);
  if (fraction == 0) return;
  int decimals = kDecimals;
  for (; fraction % 10 == 0; --decimals) fraction /= 10;
  text << ".";
  appendDigits(text, fraction, decimals);
}

}  // namespace

// printf would cost the module several kilobytes for these few digits.
Text& Text::operator<<(double number) {
  if (std::isnan(number)) return *this << "NaN";
  if (std::signbit(number) && number != 0) {
    *this << "-";
    number = -number;
  }
  if (std::isinf(number)) return *this << "Infinity";
  if (number < 1e18 && (number >= 1e-6 || number == 0)) {
    appendFixed(*this, number);
    return *this;
  }
  uint64_t exponent = 0;
  const bool tiny = number < 1;
  for (; tiny ? number < 1 : number >= 10; ++exponent) number = tiny ? number * 10 : number / 10;
  if (number >= 10 - 0.5 / static_cast<double>(kDecimalUnit)) {  // would be rounded to ten
    number /= 10;
    tiny ? --exponent : ++exponent;
  }
  appendFixed(*this, number);
  *this << (tiny ? "e-" : "e+");
  appendDigits(*this, exponent);
  return *this;
}

}  // namespace depthwise
