#include "error.h"

#include <catch2/catch.hpp>
#include <string>

#include "result.h"

#ifndef __EMSCRIPTEN__
#include <thread>
#endif

namespace depthwise {
namespace {

Error error(Error::Kind kind, std::string_view text) { return Error(kind) << text; }

TEST_CASE("error: none is false, and one has its kind and its text") {
  CHECK_FALSE(Error());
  const Error type = error(Error::Kind::kType, "x must be a cat");
  CHECK(type);
  CHECK(type.kind() == Error::Kind::kType);
  CHECK(type.text() == "x must be a cat");
  const Error range = Error(Error::Kind::kRange) << "x must be at least " << 3 << ", got " << 2.5;
  CHECK(range);
  CHECK(range.kind() == Error::Kind::kRange);
  CHECK(range.text() == "x must be at least 3, got 2.5");
}

TEST_CASE("error: copies share the text, also when it goes on") {
  const Error begun = error(Error::Kind::kType, "x must be a cat");
  const Error copy = begun;
  const Error whole = begun << ", got a dog";
  const Result<int> result = whole;
  CHECK(begun.text() == "x must be a cat, got a dog");
  CHECK(copy.text() == begun.text());
  CHECK(whole.text() == begun.text());
  REQUIRE_FALSE(result);
  CHECK(result.error().text() == begun.text());
}

TEST_CASE("error: a later one takes the place of the text, and neither says what the other should") {
  const Error first = error(Error::Kind::kRange, "first"), second = error(Error::Kind::kType, "second");
  CHECK(first);
  CHECK(first.kind() == Error::Kind::kRange);
  CHECK(first.text() == "an error whose text has made way for a later one's");
  CHECK(second.text() == "second");
  CHECK(error(Error::Kind::kRange, "third").kind() == Error::Kind::kRange);

  const Error last = error(Error::Kind::kType, "last");
  CHECK(first << " and more");
  CHECK(last.text() == "last");
}

TEST_CASE("error: texts that are longer than the place are cut") {
  CHECK(error(Error::Kind::kType, std::string(600, 'a')).text().size() == 480);
  CHECK(error(Error::Kind::kType, "short again").text() == "short again");
}

#ifndef __EMSCRIPTEN__
TEST_CASE("error: each thread has a place of its own") {
  const Error here = error(Error::Kind::kType, "here");
  std::string there;
  std::thread([&] { there = error(Error::Kind::kRange, "there").text(); }).join();
  CHECK(there == "there");
  CHECK(here.text() == "here");
}
#endif

}  // namespace
}  // namespace depthwise
