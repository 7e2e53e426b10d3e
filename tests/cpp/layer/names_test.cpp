#include "layer/names.h"

#include <catch2/catch.hpp>

#include "refusal.h"

namespace depthwise {
namespace {

enum class Fruit { kApple, kRedCurrant, kFig };
constexpr Named kFruits[] = {
    {"apple", Fruit::kApple}, {"redCurrant", Fruit::kRedCurrant}, {"fig", Fruit::kFig}, {"ficus", Fruit::kFig}};

TEST_CASE("names: identifier, class and function of a name are the same name") {
  for (const char* name : {"redCurrant", "RedCurrant", "red_currant"}) {
    INFO(name);
    CHECK(isSpellingOf("redCurrant", name));
    CHECK(valueNamed<Fruit>(kFruits, name) == Fruit::kRedCurrant);
  }
}

TEST_CASE("names: nothing else is") {
  for (const char* name : {"", "r", "R", "redcurrant", "Redcurrant", "Red_currant", "red_Currant", "red_currant_",
                           "_red_currant", "red__currant", "redCurrants", "redCurran", "red currant", "REDCURRANT",
                           "edCurrant", "redCurrant ", "red_curranT"}) {
    INFO(name);
    CHECK_FALSE(isSpellingOf("redCurrant", name));
    CHECK_FALSE(valueNamed<Fruit>(kFruits, name));
  }
}

TEST_CASE("names: the name of a value is its first in the table") {
  CHECK(std::string(nameOf(kFruits, Fruit::kApple)) == "apple");
  CHECK(std::string(nameOf(kFruits, Fruit::kRedCurrant)) == "redCurrant");
  CHECK(std::string(nameOf(kFruits, Fruit::kFig)) == "fig");
}

TEST_CASE("names: an error lists all of a table") {
  const Error error = unknownName("basket", "content", kFruits, "pear");
  CHECK(error.kind() == Error::Kind::kType);
  CHECK(textOf(error) ==
        "Error in DepthwiseConv2D: basket.content must be 'apple', 'redCurrant', 'fig' or 'ficus', got 'pear'");
  CHECK(textOf(unknownName("basket", "", kFruits, "")) ==
        "Error in DepthwiseConv2D: basket must be 'apple', 'redCurrant', 'fig' or 'ficus', got ''");
}

}  // namespace
}  // namespace depthwise
