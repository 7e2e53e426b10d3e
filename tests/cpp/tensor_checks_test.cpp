#include <catch2/catch.hpp>
#include <cmath>

#include "support/convolution.h"

namespace depthwise {
namespace {

std::string textOf(Error error) { return error ? std::string(error.text()) : ""; }

TEST_CASE("checkShape: takes the expected shape and no other") {
  const auto check = [](Numbers shape) { return textOf(checkShape("f", "dy", numberList(shape), {1, 2, 3, 4})); };
  CHECK(check({1, 2, 3, 4}) == "");
  CHECK(check({1, 2, 3, 5}) == "Error in f: dy must have shape [1,2,3,4], got [1,2,3,5]");
  CHECK(check({1, 2, 3}) == "Error in f: dy must have shape [1,2,3,4], got [1,2,3]");
  CHECK(check({1, 2, 3, 4, 1}) == "Error in f: dy must have shape [1,2,3,4], got [1,2,3,4,1]");
  CHECK(check({}) == "Error in f: dy must have shape [1,2,3,4], got []");
}

TEST_CASE("checkPerChannel: takes one value for each output channel, in rank 1 or 4") {
  Convolution c({1, 8, 8, 3}, {3, 3, 3, 2});
  const Geometry nhwc = geometryOf(c), nchw = geometryOf(c.nchw());
  const auto check = [](Numbers shape, const Geometry& g) {
    return textOf(checkPerChannel("f", "bias", numberList(shape), g));
  };
  const std::string must = "Error in f: bias must have one value for each of the 6 output channels, shape [6] or ";
  CHECK(check({6}, nhwc) == "");
  CHECK(check({6}, nchw) == "");
  CHECK(check({1, 1, 1, 6}, nhwc) == "");
  CHECK(check({1, 6, 1, 1}, nchw) == "");
  CHECK(check({3}, nhwc) == must + "[1,1,1,6], got [3]");
  CHECK(check({1, 6, 1, 1}, nhwc) == must + "[1,1,1,6], got [1,6,1,1]");
  CHECK(check({1, 1, 1, 6}, nchw) == must + "[1,6,1,1], got [1,1,1,6]");
  CHECK(check({1, 6}, nhwc) == must + "[1,1,1,6], got [1,6]");
  CHECK(check({}, nhwc) == must + "[1,1,1,6], got []");
}

TEST_CASE("checkTensorShape: counts the elements of a tensor of any rank") {
  const auto count = [](Numbers shape) { return *checkTensorShape("tensor", "shape", numberList(shape)); };
  CHECK(count({}) == 1);
  CHECK(count({7}) == 7);
  CHECK(count({0, 5}) == 0);
  CHECK(count({1, 2, 3, 4, 5, 6, 7, 8}) == 40320);
  CHECK(count({1 << 15, 1 << 15}) == 1 << 30);
}

TEST_CASE("checkTensorShape: refuses what cannot be") {
  const auto refusal = [](Numbers shape) {
    const Result<int64_t> result = checkTensorShape("tensor", "shape", numberList(shape));
    return result ? "" : std::string(result.error().text());
  };
  const std::string whole = "Error in tensor: shape must be whole numbers of at least 0, got ";
  CHECK(refusal({2, -1}) == whole + "[2,-1]");
  CHECK(refusal({1.5}) == whole + "[1.5]");
  CHECK(refusal({std::nan("")}) == whole + "[NaN]");
  CHECK(refusal({INFINITY, 0}) == whole + "[Infinity,0]");
  const std::string most = "Error in tensor: shape must have at most 1073741824 elements (4 GiB), got ";
  CHECK(refusal({32768, 32769}) == most + "[32768,32769]");
  CHECK(refusal({0, 4294967296}) == most + "[0,4294967296]");
  CHECK(refusal(Numbers(8, 65536)) == most + "[65536,65536,65536,65536,65536,65536,65536,65536]");
  CHECK(refusal(Numbers(9, 1)) == "Error in tensor: shape must have at most 8 dimensions, got 9");
}

TEST_CASE("checkDataLength: data must fill the shape") {
  CHECK_FALSE(checkDataLength("tensor", "data", numberList({2, 3}), 6, 6));
  CHECK_FALSE(checkDataLength("tensor", "data", numberList({0, 3}), 0, 0));
  for (const double length : {0.0, 5.0, 7.0, 6.5}) {
    Text number;
    number << length;
    const Error error = checkDataLength("tensor", "data", numberList({2, 3}), 6, length);
    REQUIRE(error);
    CHECK(std::string(error.text()) ==
          "Error in tensor: data must have 6 elements for shape [2,3], got " + std::string(number.view()));
  }
}

}  // namespace
}  // namespace depthwise
