#include "layer/initializer_arguments.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include "refusal.h"

namespace depthwise {
namespace {

using Kind = Initializer::Kind;
using FanMode = Initializer::FanMode;
using Distribution = Initializer::Distribution;

const std::string kPrefix = "Error in DepthwiseConv2D: depthwiseInitializer";

TEST_CASE("initializer arguments: every name of tfjs and Keras resolves") {
  struct Expected {
    Kind kind;
    std::string_view name;
    std::vector<std::string_view> others;
  };
  for (const Expected& expected :
       {Expected{Kind::kZeros, "zeros", {"Zeros", "zero", "Zero"}},
        {Kind::kOnes, "ones", {"Ones", "one", "One"}},
        {Kind::kConstant, "constant", {"Constant"}},
        {Kind::kRandomUniform, "randomUniform", {"RandomUniform", "random_uniform", "uniform"}},
        {Kind::kRandomNormal, "randomNormal", {"RandomNormal", "random_normal", "normal"}},
        {Kind::kTruncatedNormal, "truncatedNormal", {"TruncatedNormal", "truncated_normal"}},
        {Kind::kVarianceScaling, "varianceScaling", {"VarianceScaling", "variance_scaling"}},
        {Kind::kGlorotUniform, "glorotUniform", {"GlorotUniform", "glorot_uniform"}},
        {Kind::kGlorotNormal, "glorotNormal", {"GlorotNormal", "glorot_normal"}},
        {Kind::kHeUniform, "heUniform", {"HeUniform", "he_uniform"}},
        {Kind::kHeNormal, "heNormal", {"HeNormal", "he_normal"}},
        {Kind::kLeCunUniform, "leCunUniform", {"LeCunUniform", "LecunUniform", "lecun_uniform"}},
        {Kind::kLeCunNormal, "leCunNormal", {"LeCunNormal", "LecunNormal", "lecun_normal"}},
        {Kind::kOrthogonal, "orthogonal", {"Orthogonal", "OrthogonalInitializer"}},
        {Kind::kIdentity, "identity", {"Identity", "IdentityInitializer"}}}) {
    CHECK(initializerName(expected.kind) == expected.name);
    std::vector<std::string_view> names = expected.others;
    names.push_back(expected.name);
    for (const std::string_view name : names) {
      INFO(name);
      const Result<Initializer> initializer = initializerNamed("depthwiseInitializer", name);
      REQUIRE(initializer);
      CHECK(initializer->kind == expected.kind);
      CHECK_FALSE(checkInitializer("depthwiseInitializer", *initializer));
    }
  }
}

TEST_CASE("initializer arguments: unknown names are refused with the list of the known ones") {
  for (const char* name : {"", "Glorotuniform", "glorot", "xavier", "GLOROT_UNIFORM", "zeros "}) {
    const Result<Initializer> initializer = initializerNamed("depthwiseInitializer", name);
    REQUIRE_FALSE(initializer);
    CHECK(initializer.error().kind() == Error::Kind::kType);
    CHECK(textOf(initializer) ==
          kPrefix +
              " must be 'constant', 'glorotNormal', 'glorotUniform', 'heNormal', 'heUniform', 'identity', "
              "'leCunNormal', 'leCunUniform', 'ones', 'orthogonal', 'randomNormal', 'randomUniform', "
              "'truncatedNormal', 'varianceScaling' or 'zeros', got '" +
              name + "'");
  }
}

TEST_CASE("initializer arguments: defaults are Keras's") {
  const Initializer uniform = *initializerNamed("a", "randomUniform");
  CHECK(uniform.minval == -0.05);
  CHECK(uniform.maxval == 0.05);
  CHECK_FALSE(uniform.seed);
  for (const char* name : {"randomNormal", "truncatedNormal"}) {
    const Initializer normal = *initializerNamed("a", name);
    CHECK(normal.mean == 0);
    CHECK(normal.stddev == 0.05);
  }
  CHECK(initializerNamed("a", "constant")->value == 0);
  CHECK(initializerNamed("a", "orthogonal")->gain == 1);
  CHECK(initializerNamed("a", "identity")->gain == 1);
  struct Expected {
    std::string_view name;
    double scale;
    FanMode mode;
    Distribution distribution;
  };
  for (const Expected& expected : {Expected{"varianceScaling", 1, FanMode::kFanIn, Distribution::kTruncatedNormal},
                                   {"glorotUniform", 1, FanMode::kFanAvg, Distribution::kUniform},
                                   {"glorotNormal", 1, FanMode::kFanAvg, Distribution::kTruncatedNormal},
                                   {"heUniform", 2, FanMode::kFanIn, Distribution::kUniform},
                                   {"heNormal", 2, FanMode::kFanIn, Distribution::kTruncatedNormal},
                                   {"leCunUniform", 1, FanMode::kFanIn, Distribution::kUniform},
                                   {"leCunNormal", 1, FanMode::kFanIn, Distribution::kTruncatedNormal}}) {
    INFO(expected.name);
    const Initializer initializer = *initializerNamed("a", expected.name);
    CHECK(initializer.scale == expected.scale);
    CHECK(initializer.mode == expected.mode);
    CHECK(initializer.distribution == expected.distribution);
  }
}

TEST_CASE("initializer arguments: modes and distributions by tfjs's and Keras's names") {
  for (const char* name : {"fanIn", "fan_in"}) CHECK(*fanModeNamed("a", name) == FanMode::kFanIn);
  for (const char* name : {"fanOut", "fan_out"}) CHECK(*fanModeNamed("a", name) == FanMode::kFanOut);
  for (const char* name : {"fanAvg", "fan_avg"}) CHECK(*fanModeNamed("a", name) == FanMode::kFanAvg);
  for (const char* name : {"normal", "truncatedNormal", "truncated_normal"}) {
    CHECK(*distributionNamed("a", name) == Distribution::kTruncatedNormal);
  }
  for (const char* name : {"untruncatedNormal", "untruncated_normal"}) {
    CHECK(*distributionNamed("a", name) == Distribution::kUntruncatedNormal);
  }
  CHECK(*distributionNamed("a", "uniform") == Distribution::kUniform);
  CHECK(textOf(fanModeNamed("depthwiseInitializer", "fan")) ==
        kPrefix + ".mode must be 'fanIn', 'fanOut' or 'fanAvg', got 'fan'");
  CHECK(textOf(distributionNamed("depthwiseInitializer", "cauchy")) ==
        kPrefix + ".distribution must be 'normal', 'truncatedNormal', 'untruncatedNormal' or 'uniform', got 'cauchy'");
}

/// The error of an initializer that one field has been changed of.
std::string refusal(std::string_view name, double Initializer::*field, double value) {
  Initializer initializer = *initializerNamed("depthwiseInitializer", name);
  initializer.*field = value;
  return textOf(checkInitializer("depthwiseInitializer", initializer));
}

TEST_CASE("initializer arguments: parameters out of bounds are refused") {
  const std::string finite = " must be a finite float32 number";
  const double nan = std::nan("");
  CHECK(refusal("constant", &Initializer::value, nan) == kPrefix + ".value" + finite + ", got NaN");
  CHECK(refusal("randomUniform", &Initializer::minval, -INFINITY) == kPrefix + ".minval" + finite + ", got -Infinity");
  CHECK(refusal("randomUniform", &Initializer::maxval, 1e39) == kPrefix + ".maxval" + finite + ", got 1e+39");
  CHECK(refusal("randomUniform", &Initializer::maxval, -1) ==
        kPrefix + ".maxval must be at least minval, -0.05, got -1");
  for (const char* name : {"randomNormal", "truncatedNormal"}) {
    CHECK(refusal(name, &Initializer::mean, nan) == kPrefix + ".mean" + finite + ", got NaN");
    CHECK(refusal(name, &Initializer::stddev, -1) == kPrefix + ".stddev" + finite + " of at least 0, got -1");
  }
  for (const char* name :
       {"varianceScaling", "glorotUniform", "glorotNormal", "heUniform", "heNormal", "leCunUniform", "leCunNormal"}) {
    CHECK(refusal(name, &Initializer::scale, 0) == kPrefix + ".scale" + finite + " above 0, got 0");
    CHECK(refusal(name, &Initializer::scale, -2) == kPrefix + ".scale" + finite + " above 0, got -2");
  }
  for (const char* name : {"orthogonal", "identity"}) {
    CHECK(refusal(name, &Initializer::gain, INFINITY) == kPrefix + ".gain" + finite + ", got Infinity");
  }
}

TEST_CASE("initializer arguments: parameters at their bounds, and those of other kinds, are not refused") {
  CHECK(refusal("randomUniform", &Initializer::maxval, -0.05).empty());
  CHECK(refusal("randomNormal", &Initializer::stddev, 0).empty());
  CHECK(refusal("orthogonal", &Initializer::gain, -1).empty());
  CHECK(refusal("zeros", &Initializer::stddev, -1).empty());
  CHECK(refusal("randomNormal", &Initializer::scale, -1).empty());
}

TEST_CASE("initializer arguments: a seed is a whole number") {
  const auto refused = [](double seed) {
    Initializer initializer = *initializerNamed("depthwiseInitializer", "glorotUniform");
    initializer.seed = seed;
    return textOf(checkInitializer("depthwiseInitializer", initializer));
  };
  for (const double seed : {0.0, -0.0, 42.0, -1.0, 9007199254740991.0, -9007199254740991.0}) CHECK(refused(seed) == "");
  const std::string must = kPrefix + ".seed must be a whole number of at most 53 bits, got ";
  CHECK(refused(0.5) == must + "0.5");
  CHECK(refused(std::nan("")) == must + "NaN");
  CHECK(refused(INFINITY) == must + "Infinity");
  CHECK(refused(9007199254740992.0) == must + "9007199254740992");
}

TEST_CASE("initializer arguments: orthogonal needs two dimensions, and identity a square matrix") {
  const auto refused = [](const char* name, const std::vector<int32_t>& shape) {
    return textOf(checkInitializerFits("depthwiseInitializer", *initializerNamed("depthwiseInitializer", name), shape));
  };
  const std::string must = kPrefix + " must be able to fill a tensor of shape ";
  CHECK(refused("orthogonal", {3, 3, 4, 2}).empty());
  CHECK(refused("orthogonal", {3, 4}).empty());
  CHECK(refused("orthogonal", {8}) == must + "[8], got 'orthogonal', which needs at least 2 dimensions");
  CHECK(refused("identity", {3, 3}).empty());
  const std::string square = ", got 'identity', which fills square matrices only";
  CHECK(refused("identity", {3, 4}) == must + "[3,4]" + square);
  CHECK(refused("identity", {3}) == must + "[3]" + square);
  CHECK(refused("identity", {3, 3, 1, 1}) == must + "[3,3,1,1]" + square);
  CHECK(refused("glorotUniform", {8}).empty());
  CHECK(refused("zeros", {3, 3, 1, 1}).empty());
}

}  // namespace
}  // namespace depthwise
