#include <catch2/catch.hpp>
#include <functional>
#include <limits>

#include "support/convolution.h"

namespace depthwise {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN(), kInfinity = std::numeric_limits<double>::infinity(),
                 kMost = 1 << 30;

using Arguments = ConvolutionArguments;
using Change = std::function<void(Arguments&)>;

/// A convolution in which one thing is changed, and what must be said about it.
void refuses(const Change& change, Error::Kind kind, const std::string& message) {
  Arguments arguments = Convolution({2, 8, 8, 3}, {3, 3, 3, 1}).arguments();
  change(arguments);
  const Result<Geometry> geometry = checkConvolution(arguments);
  INFO(message);
  REQUIRE_FALSE(geometry);
  CHECK(std::string(geometry.error().text()) == "Error in depthwiseConv2d: " + message);
  CHECK(geometry.error().kind() == kind);
}

void rangeError(const Change& change, const std::string& message) { refuses(change, Error::Kind::kRange, message); }
void typeError(const Change& change, const std::string& message) { refuses(change, Error::Kind::kType, message); }

Change x(Numbers shape) {
  return [=](Arguments& a) { a.xShape = numberList(shape); };
}
Change filter(Numbers shape) {
  return [=](Arguments& a) { a.filterShape = numberList(shape); };
}
Change strides(Numbers steps) {
  return [=](Arguments& a) { a.strides = numberList(steps); };
}
Change pad(double number) {
  return [=](Arguments& a) {
    a.pad = Arguments::Pad::kNumber;
    a.padNumber = number;
  };
}
Change pairs(std::vector<Numbers> list) {
  return [=](Arguments& a) {
    a.pad = Arguments::Pad::kPairs;
    a.padPairCount = static_cast<int>(list.size());
    for (size_t i = 0; i < list.size() && i < 4; ++i) a.padPairs[i] = numberList(list[i]);
  };
}

TEST_CASE("geometry errors: ranks") {
  const std::string xRank = "x must have 4 dimensions [batch, height, width, inChannels], got ";
  rangeError(x({}), xRank + "[]");
  rangeError(x({8, 8, 3}), xRank + "[8,8,3]");
  rangeError(x({1, 2, 3, 4, 5, 6, 7, 8, 9}), xRank + "[1,2,3,4,5,6,7,8,…]");
  rangeError([](Arguments& a) { x({8})(a), a.dataFormat = "NCHW"; },
             "x must have 4 dimensions [batch, inChannels, height, width], got [8]");
  rangeError([](Arguments& a) { x({8})(a), a.xName = "inputShape"; },
             "inputShape must have 4 dimensions [batch, height, width, inChannels], got [8]");
  rangeError(filter({3, 3, 8}),
             "filter must have 4 dimensions [height, width, inChannels, channelMultiplier], got [3,3,8]");
  rangeError(
      [](Arguments& a) {
        filter({3, 3, 8})(a), a.filterName = "depthwiseKernel";
      },
      "depthwiseKernel must have 4 dimensions [height, width, inChannels, channelMultiplier], got [3,3,8]");
}

TEST_CASE("geometry errors: sizes of x") {
  const std::string sizes =
      "x must have whole sizes [batch, height, width, inChannels] of at least 1 (batch: at least 0), got ";
  rangeError(x({2, 0, 8, 3}), sizes + "[2,0,8,3]");
  rangeError(x({2, 8, 8, 0}), sizes + "[2,8,8,0]");
  rangeError(x({-1, 8, 8, 3}), sizes + "[-1,8,8,3]");
  rangeError(x({2, 8, -8, 3}), sizes + "[2,8,-8,3]");
  rangeError(x({2, 1.5, 8, 3}), sizes + "[2,1.5,8,3]");
  rangeError(x({0.5, 8, 8, 3}), sizes + "[0.5,8,8,3]");
  rangeError(x({2, 8, kNaN, 3}), sizes + "[2,8,NaN,3]");
  rangeError(x({2, 8, kInfinity, 3}), sizes + "[2,8,Infinity,3]");
  rangeError(x({-kInfinity, 8, 8, 3}), sizes + "[-Infinity,8,8,3]");
  rangeError(x({2, 8, 8, 1e300}), sizes + "[2,8,8,1e+300]");
}

TEST_CASE("geometry errors: sizes of the filter") {
  const std::string sizes =
      "filter must have whole sizes [height, width, inChannels, channelMultiplier] of at least 1, got ";
  for (size_t i = 0; i < 4; ++i) {
    for (const auto& [size, printed] : {std::pair{0.0, "0"}, {-2.0, "-2"}, {2.25, "2.25"}, {kNaN, "NaN"}}) {
      Numbers shape{3, 3, 3, 1};
      shape[i] = size;
      std::string got = "[";
      for (size_t k = 0; k < 4; ++k) {
        got += k ? "," : "";
        got += k == i ? printed : k == 3 ? "1" : "3";
      }
      rangeError(filter(shape), sizes + got + "]");
    }
  }
}

TEST_CASE("geometry errors: tensors past 4 GiB") {
  const std::string most = " must have at most 1073741824 elements (4 GiB), got ";
  rangeError(x({2, kMost, 1, 3}), "x" + most + "[2,1073741824,1,3]");
  rangeError(x({1, kMost + 1, 1, 1}), "x" + most + "[1,1073741825,1,1]");
  // Products that are 0 modulo 2^32 and modulo 2^64.
  rangeError(x({1, 65536, 65536, 1}), "x" + most + "[1,65536,65536,1]");
  rangeError(x({65536, 65536, 65536, 65536}), "x" + most + "[65536,65536,65536,65536]");
  rangeError(x({2, 8, 4294967296, 3}), "x" + most + "[2,8,4294967296,3]");
  // Nothing has 0 elements that could not be numbered.
  rangeError(x({0, 4294967296, 8, 3}), "x" + most + "[0,4294967296,8,3]");
  rangeError(filter({65536, 65536, 1, 1}), "filter" + most + "[65536,65536,1,1]");
  rangeError(filter({1, 1, 65536, 65536}), "filter" + most + "[1,1,65536,65536]");
  rangeError(
      [](Arguments& a) {
        x({4, 64, 64, 256})(a);
        filter({1, 1, 256, 1024})(a);
      },
      "the output" + most + "batch 4, height 64, width 64, channels 262144");
  rangeError(
      [](Arguments& a) {
        x({1, 1, 1, 1})(a);
        filter({1, 1, 1, 1})(a);
        pad(1 << 20)(a);
      },
      "the output" + most + "batch 1, height 2097153, width 2097153, channels 1");
}

TEST_CASE("geometry errors: strides and dilations") {
  const std::string must = " must be a whole number from 1 to 1073741824, or two of them [height, width], got ";
  const std::pair<Numbers, std::string> wrong[] = {
      {{0, 1}, "[0,1]"},
      {{1, 0}, "[1,0]"},
      {{-1, 1}, "[-1,1]"},
      {{1, 1.5}, "[1,1.5]"},
      {{kNaN, 1}, "[NaN,1]"},
      {{1, kInfinity}, "[1,Infinity]"},
      {{1e300, 1}, "[1e+300,1]"},
      {{1, kMost + 1}, "[1,1073741825]"},
      {{0}, "0"},
      {{2.5}, "2.5"},
      {{1, 1, 1}, "[1,1,1]"},
      {{}, "[]"},
  };
  for (const auto& [steps, printed] : wrong) {
    rangeError(strides(steps), "strides" + must + printed);
    rangeError([&given = steps](Arguments& a) { a.dilations = numberList(given); }, "dilations" + must + printed);
  }
}

TEST_CASE("geometry errors: numeric padding") {
  const std::string must = "pad must be a whole number from 0 to 1073741824, got ";
  rangeError(pad(-1), must + "-1");
  rangeError(pad(0.5), must + "0.5");
  rangeError(pad(kNaN), must + "NaN");
  rangeError(pad(kInfinity), must + "Infinity");
  rangeError(pad(1e300), must + "1e+300");
}

TEST_CASE("geometry errors: pairs of padding") {
  const std::string nhwc =
      "pad must be whole numbers from 0 to 1073741824 as [[0,0],[top,bottom],[left,right],[0,0]], got ";
  rangeError(pairs({}), nhwc + "[]");
  rangeError(pairs({{0, 0}, {1, 1}, {1, 1}}), nhwc + "[[0,0],[1,1],[1,1]]");
  rangeError(pairs({{0, 0}, {1, 1}, {1, 1}, {0, 0}, {0, 0}}), nhwc + "[[0,0],[1,1],[1,1],[0,0],…]");
  rangeError(pairs({{0, 0}, {1}, {1, 1}, {0, 0}}), nhwc + "[[0,0],[1],[1,1],[0,0]]");
  rangeError(pairs({{0, 0}, {1, 1}, {1, 1, 1}, {0, 0}}), nhwc + "[[0,0],[1,1],[1,1,1],[0,0]]");
  rangeError(pairs({{0, 0}, {-1, 1}, {1, 1}, {0, 0}}), nhwc + "[[0,0],[-1,1],[1,1],[0,0]]");
  rangeError(pairs({{0, 0}, {1, 1}, {1, 0.5}, {0, 0}}), nhwc + "[[0,0],[1,1],[1,0.5],[0,0]]");
  rangeError(pairs({{0, 0}, {1, 1}, {kNaN, 1}, {0, 0}}), nhwc + "[[0,0],[1,1],[NaN,1],[0,0]]");
  rangeError(pairs({{1, 0}, {1, 1}, {1, 1}, {0, 0}}), nhwc + "[[1,0],[1,1],[1,1],[0,0]]");
  rangeError(pairs({{0, 0}, {1, 1}, {1, 1}, {0, 2}}), nhwc + "[[0,0],[1,1],[1,1],[0,2]]");
  const auto nchw = [](const Change& change) {
    return [=](Arguments& a) { change(a), x({2, 3, 8, 8})(a), a.dataFormat = "NCHW"; };
  };
  rangeError(nchw(pairs({{0, 0}, {1, 1}, {1, 1}, {0, 0}})),
             "pad must be whole numbers from 0 to 1073741824 as [[0,0],[0,0],[top,bottom],[left,right]], got "
             "[[0,0],[1,1],[1,1],[0,0]]");
}

TEST_CASE("geometry errors: names") {
  typeError([](Arguments& a) { a.padName = "SAME"; },
            "pad must be 'same', 'valid', a number or one pair of numbers for each dimension, got 'SAME'");
  typeError([](Arguments& a) { a.dataFormat = "NWHC"; },
            "dataFormat must be 'NHWC' ('channelsLast') or 'NCHW' ('channelsFirst'), got 'NWHC'");
  typeError([](Arguments& a) { a.dataFormat = ""; },
            "dataFormat must be 'NHWC' ('channelsLast') or 'NCHW' ('channelsFirst'), got ''");
  typeError([](Arguments& a) { pad(1)(a), a.dimRoundingMode = ""; },
            "dimRoundingMode must be 'floor', 'round' or 'ceil', got ''");
  typeError([](Arguments& a) { pad(1)(a), a.dimRoundingMode = "up"; },
            "dimRoundingMode must be 'floor', 'round' or 'ceil', got 'up'");
}

TEST_CASE("geometry errors: rounding beside a named padding") {
  for (const std::string name : {"same", "valid"}) {
    typeError([&](Arguments& a) { a.padName = name, a.dimRoundingMode = "floor"; },
              "dimRoundingMode goes with a numeric pad only, got 'floor' beside pad '" + name + "'");
  }
}

TEST_CASE("geometry errors: channels that do not match") {
  rangeError(filter({3, 3, 4, 1}), "filter must have as many inChannels as x, got 4 beside 3");
  rangeError([](Arguments& a) { a.dataFormat = "NCHW"; }, "filter must have as many inChannels as x, got 3 beside 8");
}

TEST_CASE("geometry errors: a filter that is larger than the padded input") {
  const std::string larger = "filter must not be larger than the padded input: its ";
  rangeError(filter({9, 3, 3, 1}), larger + "height is 9, the padded input's 8");
  rangeError(filter({3, 9, 3, 1}), larger + "width is 9, the padded input's 8");
  rangeError(
      [](Arguments& a) {
        a.dilations = numberList({1, 4});
      },
      larger + "width is 9 (3 dilated by 4), the padded input's 8");
  rangeError([](Arguments& a) { filter({11, 3, 3, 1})(a), pad(1)(a); }, larger + "height is 11, the padded input's 10");
  // What tfjs gives the shape [1,-2,-2,1].
  rangeError(
      [](Arguments& a) {
        x({1, 2, 2, 1})(a), filter({5, 5, 1, 1})(a);
      },
      larger + "height is 5, the padded input's 2");
  // Rounding up does not make room for a window.
  rangeError(
      [](Arguments& a) {
        filter({9, 3, 3, 1})(a), pad(0)(a), strides({2, 2})(a), a.dimRoundingMode = "ceil";
      },
      larger + "height is 9, the padded input's 8");
}

TEST_CASE("geometry errors: a padded axis past 2^30") {
  rangeError(pad(kMost / 2), "pad must leave a padded height of at most 1073741824, got 1073741832");
  rangeError(pairs({{0, 0}, {0, 0}, {kMost, 0}, {0, 0}}),
             "pad must leave a padded width of at most 1073741824, got 1073741832");
  rangeError(
      [](Arguments& a) {
        a.padName = "same", a.dilations = numberList({1, kMost / 2});
      },
      "dilations must leave a padded width of at most 1073741824, got 1073741832");
}

TEST_CASE("geometry errors: pooling") {
  const auto refused = [](const Change& change) {
    Arguments arguments = Convolution({2, 8, 8, 3}, {2, 2}).arguments();
    arguments.function = "maxPool";
    arguments.filterName = "filterSize";
    change(arguments);
    const Result<PoolGeometry> geometry = checkPool(arguments);
    return geometry ? "nothing" : std::string(geometry.error().text());
  };
  const std::string sizes =
      "Error in maxPool: filterSize must be a whole number from 1 to 1073741824, or two of them [height, width], got ";
  CHECK(refused([](Arguments&) {}) == "nothing");
  CHECK(refused(filter({0, 2})) == sizes + "[0,2]");
  CHECK(refused(filter({1.5})) == sizes + "1.5");
  CHECK(refused(filter({})) == sizes + "[]");
  CHECK(refused(filter({2, 2, 3})) == sizes + "[2,2,3]");
  CHECK(refused(filter({9, 2})) ==
        "Error in maxPool: filterSize must not be larger than the padded input: its height is 9, the padded input's 8");
  CHECK(refused(x({8, 8, 3})) ==
        "Error in maxPool: x must have 4 dimensions [batch, height, width, inChannels], got [8,8,3]");
  CHECK(
      refused([](Arguments& a) {
        x({1, 1, 1, 1})(a), filter({1})(a), pad(1 << 20)(a);
      }) ==
      "Error in maxPool: the output must have at most 1073741824 elements (4 GiB), got batch 1, height 2097153, width "
      "2097153, channels 1");
}

}  // namespace
}  // namespace depthwise
