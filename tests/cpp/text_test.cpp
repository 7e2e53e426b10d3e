#include "text.h"

#include <catch2/catch.hpp>
#include <limits>
#include <string>

namespace depthwise {
namespace {

std::string printed(double number) {
  Text text;
  text << number;
  return std::string(text.view());
}

TEST_CASE("text: numbers as JavaScript prints them") {
  CHECK(printed(0) == "0");
  CHECK(printed(-0.0) == "0");
  CHECK(printed(3) == "3");
  CHECK(printed(-1) == "-1");
  CHECK(printed(2.5) == "2.5");
  CHECK(printed(-0.25) == "-0.25");
  CHECK(printed(1.000001) == "1.000001");
  CHECK(printed(0.1) == "0.1");
  CHECK(printed(1073741824) == "1073741824");
  CHECK(printed(9007199254740991) == "9007199254740991");
  CHECK(printed(1e300) == "1e+300");
  CHECK(printed(-2.5e300) == "-2.5e+300");
  CHECK(printed(1e-7) == "1e-7");
  CHECK(printed(2.5e-300) == "2.5e-300");
  CHECK(printed(std::numeric_limits<double>::quiet_NaN()) == "NaN");
  CHECK(printed(std::numeric_limits<double>::infinity()) == "Infinity");
  CHECK(printed(-std::numeric_limits<double>::infinity()) == "-Infinity");
}

TEST_CASE("text: numbers are rounded to six decimals, also where that carries") {
  CHECK(printed(1.0 / 3) == "0.333333");
  CHECK(printed(0.9999999) == "1");
  CHECK(printed(9.9999999) == "10");
  CHECK(printed(9.9999999e200) == "1e+201");
  CHECK(printed(9.9999999e-200) == "1e-199");
}

TEST_CASE("text: every power of ten is itself") {
  for (int exponent = 18; exponent <= 307; ++exponent) {
    CHECK(printed(std::stod("1e" + std::to_string(exponent))) == "1e+" + std::to_string(exponent));
    CHECK(printed(std::stod("1e-" + std::to_string(exponent))) == "1e-" + std::to_string(exponent));
  }
}

TEST_CASE("text: what does not fit is cut") {
  Text text;
  const std::string part(300, 'a');
  text << part << part << "b";
  CHECK(text.view() == std::string(480, 'a'));
}

}  // namespace
}  // namespace depthwise
