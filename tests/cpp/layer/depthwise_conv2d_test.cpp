#include "layer/depthwise_conv2d.h"

#include <catch2/catch.hpp>
#include <string>

#include "layer_under_test.h"

namespace depthwise {
namespace {

Floats call(DepthwiseConv2D& layer, const Geometry& g, const Floats& x, bool training) {
  Floats y(static_cast<size_t>(elementCount(g.yShape())), std::nanf(""));
  REQUIRE(textOf(layer.call(x.data(), listOf(g.xShape()), training, y.data())) == "");
  return y;
}

TEST_CASE("the layer: over a grid of configurations, what the definition says, and its output shape") {
  Random random(1);
  int count = 0;
  for (const Layout layout : {Layout::kNhwc, Layout::kNchw}) {
    for (const auto padding : {LayerConfig::Padding::kValid, LayerConfig::Padding::kSame}) {
      for (const Pair strides : {Pair{1, 1}, Pair{2, 2}, Pair{1, 3}}) {
        for (const Pair dilation : {Pair{1, 1}, Pair{2, 2}, Pair{3, 1}}) {
          if (strides != Pair{1, 1} && dilation != Pair{1, 1}) continue;
          for (const int channels : {1, 3, 4}) {
            for (const int multiplier : {1, 2}) {
              LayerConfig config = kernelOf(3, 2);
              config.layout = layout;
              config.padding = padding;
              config.strides = strides;
              config.dilationRate = dilation;
              config.depthMultiplier = multiplier;
              config.useBias = random.oneIn(2);
              const Convolution convolution = convolutionOf(config, 2, 9, 8, channels);
              INFO(convolution.description());
              const Geometry g = geometryOf(convolution);
              DepthwiseConv2D layer;
              make(layer, config, g.xShape(), random);
              const Result<NumberList> shape = layer.outputShape(listOf(g.xShape()));
              REQUIRE(shape);
              CHECK(std::equal(shape->values, shape->values + 4, g.yShape().begin()));
              Floats x(static_cast<size_t>(elementCount(g.xShape())));
              fillWithIntegers(random, x);
              const Doubles expected = callReference(config, g, x, valuesOf(layer.weight(0)), biasOf(layer));
              const Floats y = call(layer, g, x, random.oneIn(2));
              CHECK(std::equal(y.begin(), y.end(), expected.begin()));
              ++count;
            }
          }
        }
      }
    }
  }
  CHECK(count == 2 * 2 * 5 * 6);
}

TEST_CASE("the layer: every activation, and training changes no bit of y") {
  Random random(2);
  for (const Activation activation : kLayerActivations) {
    for (const Layout layout : {Layout::kNhwc, Layout::kNchw}) {
      LayerConfig config = kernelOf(2, 2);
      config.layout = layout;
      config.activation = activation;
      config.depthMultiplier = 3;
      INFO(layerActivationName(activation));
      const Geometry g = geometryOf(convolutionOf(config, 2, 5, 6, 2));
      DepthwiseConv2D layer;
      make(layer, config, g.xShape(), random);
      Floats x(static_cast<size_t>(elementCount(g.xShape())));
      for (float& value : x) value = random.unit() - 0.5f;
      const Doubles expected = callReference(config, g, x, valuesOf(layer.weight(0)), biasOf(layer));
      const Floats y = call(layer, g, x, false);
      bool right = true;
      for (size_t i = 0; i < y.size(); ++i) right = right && std::abs(y[i] - expected[i]) < 1e-5;
      CHECK(right);
      CHECK(call(layer, g, x, true) == y);
    }
  }
}

TEST_CASE("the layer: unknown sizes stay unknown in its output shape") {
  LayerConfig config = kernelOf(3, 3);
  config.dilationRate = {2, 2};
  config.depthMultiplier = 2;
  const auto shape = [&](const NumberList& input) {
    DepthwiseConv2D layer;
    REQUIRE_FALSE(layer.create(config));
    const Result<NumberList> output = layer.outputShape(input);
    INFO(textOf(output));
    REQUIRE(output);
    Text text;
    text << *output;
    return std::string(text.view());
  };
  CHECK(shape({{-1, 7, 7, 2}, 4}) == "[-1,3,3,4]");
  CHECK(shape({{-1, -1, -1, 2}, 4}) == "[-1,-1,-1,4]");
  CHECK(shape({{3, -5, 7, 2}, 4}) == "[3,-1,3,4]");
  CHECK(shape({{0, 7, -1, 2}, 4}) == "[0,3,-1,4]");
  config.padding = LayerConfig::Padding::kSame;
  CHECK(shape({{-1, -1, 7, 2}, 4}) == "[-1,-1,7,4]");
  config.layout = Layout::kNchw;
  CHECK(shape({{-1, 2, -1, 7}, 4}) == "[-1,4,-1,7]");
}

TEST_CASE("the layer: no images give no outputs") {
  for (const Activation activation : kLayerActivations) {
    LayerConfig config = kernelOf(2, 2);
    config.activation = activation;
    config.activityRegularizer = Regularizer{Regularizer::Kind::kL1L2, 1, 1};
    DepthwiseConv2D layer;
    Random random(6);
    make(layer, config, {0, 4, 4, 2}, random);
    REQUIRE_FALSE(layer.call(nullptr, {{0, 4, 4, 2}, 4}, true, nullptr));
    REQUIRE_FALSE(layer.backward(nullptr, {{0, 3, 3, 2}, 4}, nullptr));
    const Weight kernel = layer.weight(0);
    CHECK(std::all_of(kernel.gradient, kernel.gradient + kernel.size, [](float value) { return value == 0; }));
  }
}

}  // namespace
}  // namespace depthwise
