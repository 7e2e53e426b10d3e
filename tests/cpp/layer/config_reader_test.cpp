#include "layer/config_reader.h"

#include <catch2/catch.hpp>
#include <string>

#include "config_reading.h"

namespace depthwise {
namespace {

TEST_CASE("reading a config: Keras's defaults") {
  for (const char* text :
       {"{kernelSize: 3}",
        "{kernelSize: [3, 3], strides: null, padding: null, dataFormat: null, dilationRate: null, activation: null, "
        "useBias: null, depthMultiplier: null, depthwiseInitializer: null, biasInitializer: null, "
        "depthwiseRegularizer: null, biasRegularizer: null, activityRegularizer: null, depthwiseConstraint: null, "
        "biasConstraint: null, inputShape: null, batchInputShape: null, dtype: null, name: null, trainable: null, "
        "weights: null}"}) {
    const Result<LayerConfig> config = read(text);
    REQUIRE(config);
    CHECK(config->kernelSize == Pair{3, 3});
    CHECK(config->depthMultiplier == 1);
    CHECK(config->strides == Pair{1, 1});
    CHECK(config->padding == LayerConfig::Padding::kValid);
    CHECK(config->layout == Layout::kNhwc);
    CHECK(config->dilationRate == Pair{1, 1});
    CHECK(config->activation == Activation::kLinear);
    CHECK(config->useBias);
    CHECK(config->depthwiseInitializer.kind == Initializer::Kind::kVarianceScaling);
    CHECK(config->depthwiseInitializer.scale == 1);
    CHECK(config->depthwiseInitializer.mode == Initializer::FanMode::kFanAvg);
    CHECK(config->depthwiseInitializer.distribution == Initializer::Distribution::kUniform);
    CHECK_FALSE(config->depthwiseInitializer.seed);
    CHECK(config->biasInitializer.kind == Initializer::Kind::kZeros);
    CHECK_FALSE(config->depthwiseRegularizer);
    CHECK_FALSE(config->biasRegularizer);
    CHECK_FALSE(config->activityRegularizer);
    CHECK_FALSE(config->depthwiseConstraint);
    CHECK_FALSE(config->biasConstraint);
    CHECK_FALSE(config->batchInputShape);
    CHECK(config->name.view() == "");
    CHECK(config->trainable);
  }
}

TEST_CASE("reading a config: every argument, in tfjs's spelling and in Keras's") {
  const char* const tfjs =
      "{kernelSize: [3, 5], depthMultiplier: 2, strides: [2, 1], padding: 'same', dataFormat: 'channelsFirst',"
      " dilationRate: 1, activation: 'hardSigmoid', useBias: false,"
      " depthwiseInitializer: {className: 'RandomNormal', config: {mean: 1, stddev: 2, seed: 3}},"
      " biasInitializer: 'ones', depthwiseRegularizer: {className: 'L1L2', config: {l1: 0.25, l2: 0.5}},"
      " biasRegularizer: 'l1l2', activityRegularizer: {className: 'L1L2', config: {l1: 1, l2: 0}},"
      " depthwiseConstraint: {className: 'MinMaxNorm', config: {minValue: 0.5, maxValue: 3, rate: 0.75, axis: [0, 1]}},"
      " biasConstraint: 'nonNeg', batchInputShape: [null, 4, null, 8], dtype: 'float32', name: 'my Layer',"
      " trainable: false}";
  const char* const keras =
      "{class_name: 'DepthwiseConv2D', module: 'keras.layers', registered_name: null, name: 'x', inbound_nodes: [],"
      " build_config: {input_shape: [null, 4, null, 8]}, config: {name: 'my Layer', trainable: false,"
      " dtype: {module: 'keras', class_name: 'DTypePolicy', config: {name: 'float32'}, registered_name: null},"
      " batch_input_shape: [null, 4, null, 8], groups: 1, kernel_size: [3, 5], depth_multiplier: 2, strides: [2, 1],"
      " padding: 'same', data_format: 'channels_first', dilation_rate: [1, 1], activation: 'hard_sigmoid',"
      " use_bias: false, depthwise_initializer: {module: 'keras.initializers', class_name: 'RandomNormal',"
      " config: {mean: 1, stddev: 2, seed: 3, dtype: 'float32'}, registered_name: null, shared_object_id: 4},"
      " bias_initializer: {class_name: 'Ones', config: {}}, depthwise_regularizer: {class_name: 'L1L2', config:"
      " {l1: {type: 'ndarray', value: 0.25}, l2: 0.5}}, bias_regularizer: 'l1_l2', activity_regularizer:"
      " {class_name: 'L1', config: {l1: 1}}, depthwise_constraint: {class_name: 'MinMaxNorm', config:"
      " {min_value: 0.5, max_value: 3, rate: 0.75, axis: [0, 1]}}, bias_constraint: {class_name: 'NonNeg', config: {}}"
      "}}";
  for (const char* text : {tfjs, keras}) {
    const Result<LayerConfig> config = read(text);
    INFO(textOf(config));
    REQUIRE(config);
    CHECK(config->kernelSize == Pair{3, 5});
    CHECK(config->depthMultiplier == 2);
    CHECK(config->strides == Pair{2, 1});
    CHECK(config->padding == LayerConfig::Padding::kSame);
    CHECK(config->layout == Layout::kNchw);
    CHECK(config->dilationRate == Pair{1, 1});
    CHECK(config->activation == Activation::kHardSigmoid);
    CHECK_FALSE(config->useBias);
    CHECK(config->depthwiseInitializer.kind == Initializer::Kind::kRandomNormal);
    CHECK(config->depthwiseInitializer.mean == 1);
    CHECK(config->depthwiseInitializer.stddev == 2);
    CHECK(config->depthwiseInitializer.seed == 3.0);
    CHECK(config->biasInitializer.kind == Initializer::Kind::kOnes);
    REQUIRE(config->depthwiseRegularizer);
    CHECK(config->depthwiseRegularizer->l1 == 0.25);
    CHECK(config->depthwiseRegularizer->l2 == 0.5);
    REQUIRE(config->biasRegularizer);
    CHECK(config->biasRegularizer->l1 == 0.01);
    CHECK(config->biasRegularizer->l2 == 0.01);
    REQUIRE(config->activityRegularizer);
    CHECK(config->activityRegularizer->l1 == 1);
    CHECK(config->activityRegularizer->l2 == 0);
    REQUIRE(config->depthwiseConstraint);
    CHECK(config->depthwiseConstraint->kind == Constraint::Kind::kMinMaxNorm);
    CHECK(config->depthwiseConstraint->minValue == 0.5);
    CHECK(config->depthwiseConstraint->maxValue == 3);
    CHECK(config->depthwiseConstraint->rate == 0.75);
    CHECK(config->depthwiseConstraint->axes.count == 2);
    CHECK(config->depthwiseConstraint->axes.values[1] == 1);
    REQUIRE(config->biasConstraint);
    CHECK(config->biasConstraint->kind == Constraint::Kind::kNonNeg);
    REQUIRE(config->batchInputShape);
    CHECK(*config->batchInputShape == Shape{-1, 4, -1, 8});
    CHECK(config->name.view() == "my Layer");
    CHECK_FALSE(config->trainable);
  }
}

TEST_CASE("reading a config: weights are passed over, whatever they are") {
  for (const char* weights : {"[]", "[[1, 2], 3]", "'none'", "{}"}) {
    CHECK(with(std::string("weights: ") + weights).kernelSize == Pair{3, 3});
  }
}

TEST_CASE("reading a config: initializers by name and by config, with their defaults") {
  using Kind = Initializer::Kind;
  const auto initializer = [](const std::string& text) {
    return with("depthwiseInitializer: " + text).depthwiseInitializer;
  };
  for (const char* name :
       {"'heNormal'", "'he_normal'", "'HeNormal'", "{className: 'HeNormal', config: {}}",
        "{class_name: 'HeNormal', config: {seed: null, dtype: 'float32'}}", "{className: 'HeNormal'}",
        "{className: 'VarianceScaling', config: {scale: 2, mode: 'fan_in', distribution: "
        "'truncated_normal', seed: null}}",
        "{className: 'VarianceScaling', config: {scale: 2, mode: 'fanIn', distribution: 'normal'}}"}) {
    INFO(name);
    const Initializer got = initializer(name);
    CHECK(got.kind == Kind::kVarianceScaling);
    CHECK(got.scale == 2);
    CHECK(got.mode == Initializer::FanMode::kFanIn);
    CHECK(got.distribution == Initializer::Distribution::kTruncatedNormal);
    CHECK_FALSE(got.seed);
  }
  CHECK(initializer("{className: 'GlorotUniform', config: {seed: 7}}").seed == 7.0);
  CHECK(initializer("{className: 'Constant', config: {value: 0.5}}").value == 0.5);
  CHECK(initializer("{className: 'RandomUniform', config: {minval: -1, maxval: 2}}").maxval == 2);
  CHECK(initializer("{className: 'Orthogonal', config: {gain: 2, seed: 1}}").gain == 2);
  CHECK(initializer("{class_name: 'TruncatedNormal', config: {stddev: 0.125}}").stddev == 0.125);
  CHECK(initializer("'lecun_uniform'").mode == Initializer::FanMode::kFanIn);
  CHECK(initializer("{className: 'VarianceScaling', config: {mode: 'fan_out', distribution: 'untruncated_normal'}}")
            .distribution == Initializer::Distribution::kUntruncatedNormal);
}

TEST_CASE("reading a config: regularizers keep what their name does not say at 0") {
  const auto regularizer = [](const std::string& text) { return *with("biasRegularizer: " + text).biasRegularizer; };
  const auto is = [](const Regularizer& r, double l1, double l2) {
    return r.kind == Regularizer::Kind::kL1L2 && r.l1 == l1 && r.l2 == l2;
  };
  CHECK(is(regularizer("'l1'"), 0.01, 0));
  CHECK(is(regularizer("'l2'"), 0, 0.01));
  CHECK(is(regularizer("'L1L2'"), 0.01, 0.01));
  CHECK(is(regularizer("{class_name: 'L2', config: {l2: 0.5}}"), 0, 0.5));
  CHECK(is(regularizer("{className: 'L1L2', config: {l1: 0.5}}"), 0.5, 0.01));
  CHECK(is(regularizer("{className: 'L1L2', config: {l1: 0, l2: 0}}"), 0, 0));
}

TEST_CASE("reading a config: constraints with one axis and several") {
  const Constraint one =
      *with("depthwiseConstraint: {className: 'MaxNorm', config: {maxValue: 4, axis: -1}}").depthwiseConstraint;
  CHECK(one.kind == Constraint::Kind::kMaxNorm);
  CHECK(one.maxValue == 4);
  CHECK(one.axes.count == 1);
  CHECK(one.axes.values[0] == -1);
  const Constraint name = *with("depthwiseConstraint: 'unit_norm'").depthwiseConstraint;
  CHECK(name.kind == Constraint::Kind::kUnitNorm);
  CHECK(name.axes.count == 1);
  CHECK(with("depthwiseConstraint: {class_name: 'UnitNorm', config: {axis: [0, 1, 2]}}")
            .depthwiseConstraint->axes.count == 3);
}

TEST_CASE("reading a config: what Keras 3.15 writes into the initializers that are variance scaling") {
  const std::string axes = "input_axes: null, output_axes: null";
  CHECK(with("depthwiseInitializer: {class_name: 'VarianceScaling', config: {scale: 3, " + axes + "}}")
            .depthwiseInitializer.scale == 3);
  CHECK(with("depthwiseInitializer: {class_name: 'HeNormal', config: {" + axes + "}}").depthwiseInitializer.scale == 2);
  CHECK(refusal("depthwiseInitializer: {class_name: 'HeNormal', config: {input_axes: [0]}}") ==
        kStart + "depthwiseInitializer.inputAxes must be null, got [0]");
  CHECK(refusal("depthwiseInitializer: {class_name: 'Zeros', config: {input_axes: null}}").find("got 'input_axes'") !=
        std::string::npos);
}

TEST_CASE("reading a config: shapes of the input") {
  CHECK(*with("inputShape: [8, 9, 2]").batchInputShape == Shape{-1, 8, 9, 2});
  CHECK(*with("inputShape: [null, -1, 2], batchSize: 4").batchInputShape == Shape{4, -1, -1, 2});
  CHECK(*with("inputShape: [8, 9, 2], batchInputShape: [1, 2, 3, 4]").batchInputShape == Shape{1, 2, 3, 4});
  CHECK(*with("batchInputShape: [0, 2, 3, 4]").batchInputShape == Shape{0, 2, 3, 4});
  CHECK_FALSE(with("batchSize: 4").batchInputShape);
  for (const char* shape : {"[8, 9]", "[1, 8, 9, 2]", "9", "[8, 9, 0]", "[8, 9, 1.5]", "[8, 9, nan]", "[8, 9, 'c']"}) {
    CHECK(refusal(std::string("inputShape: ") + shape)
              .find(kStart + "inputShape must be three sizes without the batch, each a whole number or null, got ") ==
          0);
  }
  CHECK(refusal("batchInputShape: [8, 9, 2]") ==
        kStart + "batchInputShape must be four sizes, the batch first, each a whole number or null, got [8,9,2]");
}

}  // namespace
}  // namespace depthwise
