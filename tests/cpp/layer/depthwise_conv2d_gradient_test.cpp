#include <catch2/catch.hpp>
#include <string>

#include "layer_reference.h"
#include "refusal.h"

namespace depthwise {
namespace {

/// A layer's inputs such that no activation of this library and no |v| has a kink nearer than 1/4 to any sum or weight.
struct Inputs {
  Floats x, kernel, bias, dy;

  Inputs(const LayerConfig& config, const Geometry& g, Random& random)
      : x(static_cast<size_t>(elementCount(g.xShape()))),
        kernel(static_cast<size_t>(elementCount(g.filterShape()))),
        bias(config.useBias ? static_cast<size_t>(g.outChannels()) : 0),
        dy(static_cast<size_t>(elementCount(g.yShape()))) {
    for (float& value : x) value = static_cast<float>(random.within(-1, 1));
    for (float& value : kernel) value = random.oneOf(std::array{-1.f, -0.5f, 0.5f, 1.f});
    for (float& value : bias) value = static_cast<float>(random.within(-1, 1)) + 0.25f;
    for (float& value : dy) value = 2 * random.unit() - 1;
  }
};

/// Σ y·dy and what regularization adds.
double lossOf(const LayerConfig& c, const Geometry& g, const Inputs& in) {
  const Doubles y = callReference(c, g, in.x, in.kernel, in.bias);
  double loss = penaltyReference(c.activityRegularizer, y) / g.batch +
                penaltyReference(c.depthwiseRegularizer, in.kernel) + penaltyReference(c.biasRegularizer, in.bias);
  for (size_t i = 0; i < y.size(); ++i) loss += y[i] * in.dy[i];
  return loss;
}

/// The first element of a gradient that is not the slope of the loss, or "".
std::string wrongSlope(const LayerConfig& c, const Geometry& g, Inputs& in, Floats Inputs::*which, const float* got) {
  constexpr float kStep = 0x1p-12f;
  for (size_t i = 0; i < (in.*which).size(); ++i) {
    float& value = (in.*which)[i];
    const float before = value;
    value = before + kStep;
    const double up = lossOf(c, g, in);
    value = before - kStep;
    const double slope = (up - lossOf(c, g, in)) / (2 * double{kStep});
    value = before;
    if (std::abs(slope - got[i]) <= 1e-4 + 1e-4 * std::abs(slope)) continue;
    return "element " + std::to_string(i) + " is " + std::to_string(got[i]) + ", not " + std::to_string(slope);
  }
  return "";
}

void checkGradients(const LayerConfig& config, const Geometry& g, Random& random) {
  Inputs in(config, g, random);
  DepthwiseConv2D layer;
  REQUIRE(textOf(layer.create(config)) == "");
  REQUIRE(textOf(layer.build(listOf(g.xShape()), 1)) == "");
  const GivenWeight given[] = {{in.kernel.data(), listOf(g.filterShape())},
                               {in.bias.data(), {{double(g.outChannels())}, 1}}};
  REQUIRE(textOf(layer.setWeights({given, config.useBias ? size_t{2} : size_t{1}})) == "");
  Floats y(in.dy.size()), dx(in.x.size(), std::nanf(""));
  REQUIRE(textOf(layer.call(in.x.data(), listOf(g.xShape()), true, y.data())) == "");
  REQUIRE(textOf(layer.backward(in.dy.data(), listOf(g.yShape()), dx.data())) == "");
  const double losses = layer.losses()->total();
  double loss = losses;
  for (size_t i = 0; i < y.size(); ++i) loss += double{y[i]} * in.dy[i];
  CHECK(loss == Approx(lossOf(config, g, in)).margin(1e-4));
  CHECK(wrongSlope(config, g, in, &Inputs::x, dx.data()) == "");
  if (!config.trainable) {
    CHECK(layer.weight(0).gradient == nullptr);
    return;
  }
  REQUIRE(layer.weight(0).gradient != nullptr);
  CHECK(wrongSlope(config, g, in, &Inputs::kernel, layer.weight(0).gradient) == "");
  if (config.useBias) CHECK(wrongSlope(config, g, in, &Inputs::bias, layer.weight(1).gradient) == "");

  // Without dx, and again: the same gradients of weights.
  const Weight kernel = layer.weight(0);
  const Floats first(kernel.gradient, kernel.gradient + kernel.size);
  REQUIRE(textOf(layer.backward(in.dy.data(), listOf(g.yShape()), nullptr)) == "");
  CHECK(Floats(kernel.gradient, kernel.gradient + kernel.size) == first);
}

TEST_CASE("the layer's gradients: the slopes of the loss, through each activation and regularizer") {
  Random random(1);
  for (const Activation activation : kLayerActivations) {
    for (const Layout layout : {Layout::kNhwc, Layout::kNchw}) {
      for (const bool regularized : {false, true}) {
        LayerConfig config;
        config.kernelSize = {2, 3};
        config.activation = activation;
        config.layout = layout;
        config.depthMultiplier = random.within(1, 2);
        config.padding = random.oneIn(2) ? LayerConfig::Padding::kSame : LayerConfig::Padding::kValid;
        (random.oneIn(2) ? config.strides : config.dilationRate) = {random.within(1, 2), 2};
        config.trainable = !random.oneIn(5);
        if (regularized) {
          config.depthwiseRegularizer = Regularizer{Regularizer::Kind::kL1L2, 0.3, 0.2};
          config.biasRegularizer = Regularizer{Regularizer::Kind::kL1L2, 0.5, 0.1};
          config.activityRegularizer = Regularizer{Regularizer::Kind::kL1L2, 0.25, 0.125};
        }
        const Convolution convolution = convolutionOf(config, 2, 3, 5, 2);
        INFO(layerActivationName(activation) << ", " << convolution.description());
        checkGradients(config, geometryOf(convolution), random);
      }
    }
  }
}

TEST_CASE("the layer's gradients: without a bias, and with one image and with many") {
  Random random(2);
  for (const bool useBias : {false, true}) {
    for (const int batch : {1, 5}) {
      LayerConfig config;
      config.kernelSize = {3, 3};
      config.useBias = useBias;
      config.activation = useBias ? Activation::kLinear : Activation::kSwish;
      config.activityRegularizer = Regularizer{Regularizer::Kind::kL1L2, 0, 0.5};
      checkGradients(config, geometryOf(convolutionOf(config, batch, 3, 4, 3)), random);
    }
  }
}

TEST_CASE("the layer's gradients: another call that does not train changes none of them") {
  LayerConfig config;
  config.kernelSize = {2, 2};
  config.activation = Activation::kTanh;
  config.activityRegularizer = Regularizer{Regularizer::Kind::kL1L2, 0, 0.5};
  Random random(3);
  const Geometry g = geometryOf(convolutionOf(config, 1, 4, 4, 2));
  const Inputs in(config, g, random);
  DepthwiseConv2D layer;
  REQUIRE_FALSE(layer.create(config));
  REQUIRE_FALSE(layer.build(listOf(g.xShape()), 1));
  Floats y(in.dy.size()), dx(in.x.size()), again(in.x.size()), other(3 * 32, 0.5f), otherY(3 * 18);
  REQUIRE_FALSE(layer.call(in.x.data(), listOf(g.xShape()), true, y.data()));
  REQUIRE_FALSE(layer.backward(in.dy.data(), listOf(g.yShape()), dx.data()));
  REQUIRE_FALSE(layer.call(other.data(), {{3, 4, 4, 2}, 4}, false, otherY.data()));
  REQUIRE_FALSE(layer.backward(in.dy.data(), listOf(g.yShape()), again.data()));
  CHECK(dx == again);
}

TEST_CASE("the layer's gradients: none of weights while it is not trainable, and the same as ever when it is again") {
  LayerConfig config;
  config.kernelSize = {2, 2};
  config.activation = Activation::kSwish;
  config.depthwiseRegularizer = Regularizer{Regularizer::Kind::kL1L2, 0.5, 0.5};
  Random random(5);
  const Geometry g = geometryOf(convolutionOf(config, 2, 4, 4, 2));
  const Inputs in(config, g, random);
  DepthwiseConv2D layer;
  REQUIRE_FALSE(layer.create(config));
  REQUIRE_FALSE(layer.build(listOf(g.xShape()), 1));
  const auto train = [&](bool trainable) {
    Floats y(in.dy.size()), dx(in.x.size());
    layer.setTrainable(trainable);
    REQUIRE_FALSE(layer.call(in.x.data(), listOf(g.xShape()), true, y.data()));
    REQUIRE_FALSE(layer.backward(in.dy.data(), listOf(g.yShape()), dx.data()));
    return dx;
  };
  const Floats dx = train(true);
  const Weight kernel = layer.weight(0);
  const Floats dkernel(kernel.gradient, kernel.gradient + kernel.size);
  CHECK(train(false) == dx);
  CHECK(layer.weight(0).gradient == nullptr);
  CHECK(layer.weight(1).gradient == nullptr);
  CHECK(train(true) == dx);
  REQUIRE(layer.weight(0).gradient != nullptr);
  CHECK(Floats(layer.weight(0).gradient, layer.weight(0).gradient + kernel.size) == dkernel);
}

TEST_CASE("the layer: learns a filter by gradient descent") {
  LayerConfig config;
  config.kernelSize = {3, 3};
  config.padding = LayerConfig::Padding::kSame;
  Random random(4);
  const Geometry g = geometryOf(convolutionOf(config, 1, 16, 16, 1));
  const Floats truth{0, -1, 0, -1, 5, -1, 0, -1, 0};
  Floats x(256), y(256), dy(256);
  for (float& value : x) value = 2 * random.unit() - 1;
  const Doubles target = oracle::forward(g, x, truth).values;
  DepthwiseConv2D layer;
  REQUIRE_FALSE(layer.create(config));
  REQUIRE_FALSE(layer.build(listOf(g.xShape()), 1));
  for (int step = 0; step < 200; ++step) {
    REQUIRE_FALSE(layer.call(x.data(), listOf(g.xShape()), true, y.data()));
    for (size_t i = 0; i < y.size(); ++i) dy[i] = static_cast<float>((y[i] - target[i]) / 128);
    REQUIRE_FALSE(layer.backward(dy.data(), listOf(g.yShape()), nullptr));
    for (int w = 0; w < 2; ++w) {
      const Weight weight = layer.weight(w);
      for (int64_t i = 0; i < weight.size; ++i) weight.values[i] -= 0.4f * weight.gradient[i];
    }
  }
  for (size_t i = 0; i < truth.size(); ++i) CHECK(layer.weight(0).values[i] == Approx(truth[i]).margin(1e-3));
}

}  // namespace
}  // namespace depthwise
