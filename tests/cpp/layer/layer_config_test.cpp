#include "layer/layer_config.h"

#include <catch2/catch.hpp>
#include <limits>
#include <string>

#include "refusal.h"

namespace depthwise {
namespace {

LayerConfig right() {
  LayerConfig config;
  config.kernelSize = {3, 3};
  return config;
}

TEST_CASE("layer config: only kernelSize must be given") {
  CHECK_FALSE(checkLayerConfig(right()));
  CHECK(textOf(checkLayerConfig({})) ==
        "Error in DepthwiseConv2D: kernelSize must be whole numbers from 1 to 1073741824 [height, width], got [0,0]");
}

TEST_CASE("layer config: each field that is wrong is named") {
  const auto refusal = [](auto&& change) {
    LayerConfig config = right();
    change(config);
    return textOf(checkLayerConfig(config));
  };
  const auto names = [](const std::string& text, const std::string& argument) {
    return text.find("Error in DepthwiseConv2D: " + argument) == 0;
  };
  CHECK(names(refusal([](LayerConfig& c) { c.kernelSize[1] = -1; }), "kernelSize must"));
  CHECK(names(refusal([](LayerConfig& c) { c.strides[0] = 0; }), "strides must"));
  CHECK(
      names(refusal([](LayerConfig& c) { c.dilationRate[0] = std::numeric_limits<int32_t>::max(); }), "dilationRate"));
  CHECK(names(refusal([](LayerConfig& c) { c.depthMultiplier = 0; }), "depthMultiplier must"));
  CHECK(names(refusal([](LayerConfig& c) { c.strides[1] = c.dilationRate[0] = 2; }), "strides must be 1 beside"));
  CHECK(names(refusal([](LayerConfig& c) { c.activation = Activation::kPrelu; }), "activation must"));
  CHECK(names(refusal([](LayerConfig& c) { c.activation = Activation::kLeakyRelu; }), "activation must"));
  CHECK(names(refusal([](LayerConfig& c) { c.batchInputShape = Shape{1, 0, 3, 3}; }), "batchInputShape must"));
  CHECK(names(refusal([](LayerConfig& c) { c.batchInputShape = Shape{1, 2, 3, -2}; }), "batchInputShape must"));
  CHECK(names(refusal([](LayerConfig& c) { c.depthwiseInitializer.scale = 0; }), "depthwiseInitializer.scale"));
  CHECK(names(refusal([](LayerConfig& c) {
                c.biasInitializer.kind = Initializer::Kind::kRandomNormal;
                c.biasInitializer.stddev = -1;
              }),
              "biasInitializer.stddev"));
  const Regularizer negative{Regularizer::Kind::kL1L2, -1, 0};
  CHECK(names(refusal([&](LayerConfig& c) { c.depthwiseRegularizer = negative; }), "depthwiseRegularizer.l1"));
  CHECK(names(refusal([&](LayerConfig& c) { c.biasRegularizer = negative; }), "biasRegularizer.l1"));
  CHECK(names(refusal([&](LayerConfig& c) { c.activityRegularizer = negative; }), "activityRegularizer.l1"));
  Constraint constraint{Constraint::Kind::kUnitNorm};
  constraint.axes.values[0] = 3;
  CHECK(refusal([&](LayerConfig& c) { c.depthwiseConstraint = constraint; }) == "");
  CHECK(names(refusal([&](LayerConfig& c) { c.biasConstraint = constraint; }), "biasConstraint.axis"));
  constraint.axes.values[0] = 4;
  CHECK(names(refusal([&](LayerConfig& c) { c.depthwiseConstraint = constraint; }), "depthwiseConstraint.axis"));
}

TEST_CASE("layer config: a name is kept in place, and one that is too long changes nothing") {
  LayerName name;
  CHECK(name.view() == "");
  CHECK(name.set(std::string(100, 'a')));
  CHECK(name.view() == std::string(100, 'a'));
  CHECK_FALSE(name.set(std::string(101, 'b')));
  CHECK(name.view() == std::string(100, 'a'));
  CHECK(name.set(""));
  CHECK(name.view() == "");
}

}  // namespace
}  // namespace depthwise
