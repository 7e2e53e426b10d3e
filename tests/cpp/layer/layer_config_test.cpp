#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "depthwise/layer.h"

namespace depthwise {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Returns the error of a configuration that `change` was applied to.
Error refusal(void (*change)(LayerConfig&)) {
  LayerConfig config{.kernelSize = {3, 3}};
  change(config);
  return checkLayerConfig(config);
}

bool is(const Error& error, ErrorCode code, Argument argument) {
  return error.code == code && error.argument == argument;
}

TEST_CASE("Layer config: the defaults are those of Keras, except for the kernel size, which is required") {
  const LayerConfig config{.kernelSize = {3, 3}};
  CHECK_FALSE(checkLayerConfig(config));
  CHECK(config.depthMultiplier == 1);
  CHECK(config.strides == HeightWidth{1, 1});
  CHECK(config.dilationRate == HeightWidth{1, 1});
  CHECK(config.padding == Padding::Kind::kValid);
  CHECK(config.layout == Layout::kNhwc);
  CHECK(config.activation == Activation::kLinear);
  CHECK(config.useBias);
  CHECK(config.trainable);
  CHECK(config.depthwiseInitializer.kind == Initializer::Kind::kVarianceScaling);
  CHECK(config.depthwiseInitializer.mode == Initializer::FanMode::kFanAvg);
  CHECK(config.depthwiseInitializer.distribution == Initializer::Distribution::kUniform);
  CHECK(config.biasInitializer.kind == Initializer::Kind::kZeros);
  CHECK_FALSE(config.depthwiseRegularizer);
  CHECK(config.depthwiseConstraint.kind == Constraint::Kind::kNone);
  CHECK(is(checkLayerConfig({}), ErrorCode::kSteps, Argument::kKernelSize));
}

TEST_CASE("Layer config: sizes and steps are from 1 to kMaxAxis") {
  CHECK(is(refusal([](LayerConfig& c) { c.kernelSize[1] = -1; }), ErrorCode::kSteps, Argument::kKernelSize));
  CHECK(is(refusal([](LayerConfig& c) { c.strides[0] = 0; }), ErrorCode::kSteps, Argument::kStrides));
  CHECK(is(refusal([](LayerConfig& c) { c.dilationRate[0] = kMaxAxis + 1; }), ErrorCode::kSteps,
           Argument::kDilationRate));
  CHECK(is(refusal([](LayerConfig& c) { c.depthMultiplier = 0; }), ErrorCode::kSteps, Argument::kDepthMultiplier));
  CHECK_FALSE(refusal([](LayerConfig& c) { c.strides[1] = c.dilationRate[0] = 2; }));
}

TEST_CASE("Layer config: padding and activations that the layer does not support") {
  CHECK(is(refusal([](LayerConfig& c) { c.padding = Padding::Kind::kExplicit; }), ErrorCode::kPad, Argument::kPad));
  for (const Activation activation : {Activation::kPrelu, Activation::kLeakyRelu}) {
    CHECK(is(checkLayerConfig({.kernelSize = {3, 3}, .activation = activation}), ErrorCode::kActivation,
             Argument::kActivation));
  }
}

/// The error of a value of one field, for an initializer, regularizer or constraint.
struct Case {
  double value;
  ErrorCode code;
};

template <class Part>
void checkField(Part part, double Part::*place, Part LayerConfig::*where, Argument argument, Field field,
                std::initializer_list<Case> cases) {
  for (const auto& [value, code] : cases) {
    INFO("field " << int(field) << " is " << value);
    part.*place = value;
    LayerConfig config{.kernelSize = {3, 3}};
    config.*where = part;
    const Error error = checkLayerConfig(config);
    CHECK(error.code == code);
    if (!error) continue;
    CHECK(error.argument == argument);
    CHECK(error.field == field);
    const size_t last = code == ErrorCode::kOrder ? 1 : code == ErrorCode::kRange ? 2 : 0;
    CHECK((error.operands[last] == value || std::isnan(value)));
  }
}

TEST_CASE("Layer config: numbers of initializers") {
  using Kind = Initializer::Kind;
  const auto check = [](Kind kind, double Initializer::*place, Field field, std::initializer_list<Case> cases) {
    checkField({.kind = kind}, place, &LayerConfig::depthwiseInitializer, Argument::kDepthwiseInitializer, field,
               cases);
    checkField({.kind = kind}, place, &LayerConfig::biasInitializer, Argument::kBiasInitializer, field, cases);
  };
  const std::initializer_list<Case> finite{{kNaN, ErrorCode::kNumber},
                                           {-kInfinity, ErrorCode::kNumber},
                                           {1e39, ErrorCode::kNumber},
                                           {-1e38, ErrorCode::kNone}};
  check(Kind::kConstant, &Initializer::value, Field::kValue, finite);
  check(Kind::kRandomUniform, &Initializer::minval, Field::kMinval, finite);
  check(Kind::kRandomUniform, &Initializer::maxval, Field::kMaxval,
        {{kNaN, ErrorCode::kNumber}, {-0.05, ErrorCode::kNone}, {-0.06, ErrorCode::kOrder}});
  for (const Kind kind : {Kind::kRandomNormal, Kind::kTruncatedNormal}) {
    check(kind, &Initializer::mean, Field::kMean, finite);
    check(kind, &Initializer::stddev, Field::kStddev,
          {{kNaN, ErrorCode::kNotNegative}, {-1, ErrorCode::kNotNegative}, {0, ErrorCode::kNone}});
  }
  check(Kind::kVarianceScaling, &Initializer::scale, Field::kScale,
        {{kInfinity, ErrorCode::kPositive}, {0, ErrorCode::kPositive}, {1e-9, ErrorCode::kNone}});
  check(Kind::kOrthogonal, &Initializer::gain, Field::kGain, finite);
  check(Kind::kIdentity, &Initializer::gain, Field::kGain, finite);
  check(Kind::kZeros, &Initializer::stddev, Field::kStddev, {{-1, ErrorCode::kNone}});  // not read
}

TEST_CASE("Layer config: coefficients of regularizers") {
  const std::initializer_list<Case> cases{{kNaN, ErrorCode::kNotNegative},
                                          {-0.1, ErrorCode::kNotNegative},
                                          {kInfinity, ErrorCode::kNotNegative},
                                          {0, ErrorCode::kNone},
                                          {3, ErrorCode::kNone}};
  for (const auto& [where, argument] : {std::pair{&LayerConfig::depthwiseRegularizer, Argument::kDepthwiseRegularizer},
                                        {&LayerConfig::biasRegularizer, Argument::kBiasRegularizer},
                                        {&LayerConfig::activityRegularizer, Argument::kActivityRegularizer}}) {
    checkField({}, &Regularizer::l1, where, argument, Field::kL1, cases);
    checkField({}, &Regularizer::l2, where, argument, Field::kL2, cases);
  }
}

TEST_CASE("Layer config: numbers of constraints") {
  using Kind = Constraint::Kind;
  const auto check = [](Kind kind, double Constraint::*place, Field field, std::initializer_list<Case> cases) {
    checkField({.kind = kind}, place, &LayerConfig::biasConstraint, Argument::kBiasConstraint, field, cases);
  };
  const std::initializer_list<Case> notNegative{
      {kNaN, ErrorCode::kNotNegative}, {-1, ErrorCode::kNotNegative}, {0, ErrorCode::kNone}};
  check(Kind::kMaxNorm, &Constraint::maxValue, Field::kMaxValue, notNegative);
  check(Kind::kMinMaxNorm, &Constraint::maxValue, Field::kMaxValue, notNegative);
  check(Kind::kMinMaxNorm, &Constraint::minValue, Field::kMinValue,
        {{-1, ErrorCode::kNotNegative}, {2, ErrorCode::kNone}, {2.5, ErrorCode::kOrder}});
  check(Kind::kMinMaxNorm, &Constraint::rate, Field::kRate,
        {{kNaN, ErrorCode::kRange}, {-0.5, ErrorCode::kRange}, {1.5, ErrorCode::kRange}, {0.5, ErrorCode::kNone}});
  check(Kind::kUnitNorm, &Constraint::maxValue, Field::kMaxValue, {{-1, ErrorCode::kNone}});  // not read
  check(Kind::kNone, &Constraint::maxValue, Field::kMaxValue, {{-1, ErrorCode::kNone}});
}

TEST_CASE("Layer config: the axes of a constraint exist and are listed once") {
  const auto code = [](std::initializer_list<int32_t> axes, bool isKernel) {
    LayerConfig config{.kernelSize = {3, 3}};
    Constraint& constraint = isKernel ? config.depthwiseConstraint : config.biasConstraint;
    constraint.kind = Constraint::Kind::kUnitNorm;
    std::copy(axes.begin(), axes.end(), constraint.axes.begin());
    constraint.axisCount = int32_t(axes.size());
    const Error error = checkLayerConfig(config);
    if (error) CHECK(error.operands[0] == (isKernel ? 4 : 1));
    return error.code;
  };
  CHECK(code({0, 1, 2, 3}, true) == ErrorCode::kNone);
  CHECK(code({-1, 0}, true) == ErrorCode::kNone);
  CHECK(code({-1}, false) == ErrorCode::kNone);
  CHECK(code({4}, true) == ErrorCode::kAxes);
  CHECK(code({-5}, true) == ErrorCode::kAxes);
  CHECK(code({0, 2, 0}, true) == ErrorCode::kAxes);
  CHECK(code({3, -1}, true) == ErrorCode::kAxes);
  CHECK(code({}, true) == ErrorCode::kAxes);
  CHECK(code({1}, false) == ErrorCode::kAxes);
  CHECK(code({0, 0}, false) == ErrorCode::kAxes);
}

}  // namespace
}  // namespace depthwise
