#include <catch2/catch.hpp>
#include <string>

#include "layer_under_test.h"

namespace depthwise {
namespace {

TEST_CASE("the layer: building makes the weights that the initializers say") {
  LayerConfig config = kernelOf(3, 5);
  config.depthMultiplier = 2;
  config.biasInitializer.kind = Initializer::Kind::kConstant;
  config.biasInitializer.value = 0.5;
  DepthwiseConv2D layer;
  REQUIRE_FALSE(layer.create(config));
  CHECK(layer.weightCount() == 0);
  CHECK_FALSE(layer.isBuilt());
  REQUIRE_FALSE(layer.build({{-1, -1, -1, 4}, 4}, 7));
  CHECK(layer.isBuilt());
  REQUIRE(layer.weightCount() == 2);
  const Weight kernel = layer.weight(0), bias = layer.weight(1);
  CHECK(kernel.name == "depthwise_kernel");
  CHECK(std::vector<int32_t>(kernel.shape.begin(), kernel.shape.end()) == std::vector<int32_t>{3, 5, 4, 2});
  CHECK(kernel.size == 120);
  CHECK(kernel.gradient == nullptr);
  CHECK(bias.name == "bias");
  CHECK(std::vector<int32_t>(bias.shape.begin(), bias.shape.end()) == std::vector<int32_t>{8});
  CHECK(biasOf(layer) == Floats(8, 0.5f));
  CHECK(*layer.countParams() == 128);
  Floats expected(120);
  REQUIRE(initialize(config.depthwiseInitializer, kernel.shape, 7, expected.data()));
  CHECK(Floats(valuesOf(kernel).begin(), valuesOf(kernel).end()) == expected);
}

TEST_CASE("the layer: kernel and bias are drawn apart, the same entropy gives the same, a seed needs none") {
  LayerConfig config = kernelOf(1, 1);
  config.depthwiseInitializer.kind = config.biasInitializer.kind = Initializer::Kind::kRandomUniform;
  const auto weights = [&](uint64_t entropy) {
    DepthwiseConv2D layer;
    REQUIRE_FALSE(layer.create(config));
    REQUIRE_FALSE(layer.build({{1, 1, 1, 8}, 4}, entropy));
    Floats all(valuesOf(layer.weight(0)).begin(), valuesOf(layer.weight(0)).end());
    const Floats bias = biasOf(layer);
    CHECK(all != bias);
    all.insert(all.end(), bias.begin(), bias.end());
    return all;
  };
  CHECK(weights(1) == weights(1));
  CHECK(weights(1) != weights(2));
  config.depthwiseInitializer.seed = 3;
  config.biasInitializer.seed = 4;
  CHECK(weights(1) == weights(2));
}

TEST_CASE("the layer: a second build keeps the weights, and takes any image with as many channels") {
  DepthwiseConv2D layer;
  Random random(3);
  make(layer, kernelOf(2, 2), {1, 4, 4, 3}, random);
  const Floats before(valuesOf(layer.weight(0)).begin(), valuesOf(layer.weight(0)).end());
  CHECK_FALSE(layer.build({{8, 99, -1, 3}, 4}, 5));
  CHECK(Floats(valuesOf(layer.weight(0)).begin(), valuesOf(layer.weight(0)).end()) == before);
}

TEST_CASE("the layer: weights that are given are copied, with and without bias") {
  for (const bool useBias : {true, false}) {
    LayerConfig config = kernelOf(1, 2);
    config.useBias = useBias;
    DepthwiseConv2D layer;
    REQUIRE_FALSE(layer.create(config));
    REQUIRE_FALSE(layer.build({{1, 2, 2, 2}, 4}, 1));
    CHECK(*layer.countParams() == (useBias ? 6 : 4));
    const Floats kernel{1, 2, 3, 4}, bias{5, 6};
    const GivenWeight given[] = {{kernel.data(), {{1, 2, 2, 1}, 4}}, {bias.data(), {{2}, 1}}};
    REQUIRE_FALSE(layer.setWeights({given, useBias ? size_t{2} : size_t{1}}));
    CHECK(Floats(valuesOf(layer.weight(0)).begin(), valuesOf(layer.weight(0)).end()) == kernel);
    CHECK(biasOf(layer) == (useBias ? bias : Floats{}));
  }
}

TEST_CASE("the layer: built with weights that are given, it has copies of those, whatever the initializers") {
  for (const bool useBias : {true, false}) {
    LayerConfig config = kernelOf(1, 2);
    config.useBias = useBias;
    // Neither could fill the weights.
    config.depthwiseInitializer.kind = Initializer::Kind::kIdentity;
    config.biasInitializer.kind = Initializer::Kind::kOrthogonal;
    DepthwiseConv2D layer;
    REQUIRE_FALSE(layer.create(config));
    Floats kernel{1, 2, 3, 4}, bias{5, 6};
    const GivenWeight given[] = {{kernel.data(), {{1, 2, 2, 1}, 4}}, {bias.data(), {{2}, 1}}};
    REQUIRE(textOf(layer.build({{-1, -1, -1, 2}, 4}, 1, std::span(given, useBias ? 2 : 1))) == "");
    kernel.assign(4, 9);
    bias.assign(2, 9);
    CHECK(*layer.countParams() == (useBias ? 6 : 4));
    CHECK(Floats(valuesOf(layer.weight(0)).begin(), valuesOf(layer.weight(0)).end()) == Floats{1, 2, 3, 4});
    CHECK(biasOf(layer) == (useBias ? Floats{5, 6} : Floats{}));
    CHECK(layer.weight(0).gradient == nullptr);
  }
}

TEST_CASE("the layer: a second build keeps the weights, whatever it is given") {
  DepthwiseConv2D layer;
  Random random(7);
  make(layer, kernelOf(1, 1), {1, 4, 4, 2}, random);
  const Floats before(valuesOf(layer.weight(0)).begin(), valuesOf(layer.weight(0)).end()), others{8, 9};
  const GivenWeight given[] = {{others.data(), {{1, 1, 2, 1}, 4}}, {others.data(), {{2}, 1}}};
  CHECK_FALSE(layer.build({{1, 4, 4, 2}, 4}, 1, given));
  CHECK(Floats(valuesOf(layer.weight(0)).begin(), valuesOf(layer.weight(0)).end()) == before);
}

TEST_CASE("the layer: constraints move the weights that they are for") {
  LayerConfig config = kernelOf(2, 1);
  config.depthwiseConstraint = Constraint{Constraint::Kind::kNonNeg};
  config.biasConstraint = Constraint{Constraint::Kind::kUnitNorm};
  DepthwiseConv2D layer;
  REQUIRE_FALSE(layer.create(config));
  REQUIRE_FALSE(layer.build({{1, 2, 2, 2}, 4}, 1));
  const Floats kernel{1, -2, -3, 4}, bias{3, -4};
  const GivenWeight given[] = {{kernel.data(), {{2, 1, 2, 1}, 4}}, {bias.data(), {{2}, 1}}};
  REQUIRE_FALSE(layer.setWeights(given));
  CHECK_FALSE(layer.applyConstraints());
  CHECK(Floats(valuesOf(layer.weight(0)).begin(), valuesOf(layer.weight(0)).end()) == Floats{1, 0, 0, 4});
  CHECK(biasOf(layer)[0] == Approx(0.6));
  CHECK(biasOf(layer)[1] == Approx(-0.8));
}

TEST_CASE("the layer: losses are those of its regularizers, the activity's by image") {
  LayerConfig config = kernelOf(1, 1);
  DepthwiseConv2D plain;
  Random random(4);
  make(plain, config, {1, 1, 1, 1}, random);
  CHECK_FALSE(plain.losses()->kernel);
  CHECK_FALSE(plain.losses()->bias);
  CHECK_FALSE(plain.losses()->activity);
  CHECK(plain.losses()->total() == 0);

  config.depthwiseRegularizer = Regularizer{Regularizer::Kind::kL1L2, 1, 0};
  config.biasRegularizer = Regularizer{Regularizer::Kind::kL1L2, 0, 0.5};
  config.activityRegularizer = Regularizer{Regularizer::Kind::kL1L2, 2, 0};
  for (const bool trainable : {true, false}) {
    config.trainable = trainable;
    DepthwiseConv2D layer;
    make(layer, config, {1, 1, 1, 1}, random);
    *layer.weight(0).values = -3;
    *layer.weight(1).values = 2;
    CHECK_FALSE(layer.losses()->activity);
    const float x[] = {1, 2, 3, 4};
    float y[4];
    REQUIRE_FALSE(layer.call(x, {{4, 1, 1, 1}, 4}, false, y));
    CHECK(*layer.losses()->kernel == 3);
    CHECK(*layer.losses()->bias == 2);
    CHECK(*layer.losses()->activity == 2 * (1 + 4 + 7 + 10) / 4.0);
    CHECK(layer.losses()->total() == 16);
    REQUIRE_FALSE(layer.call(x, {{0, 1, 1, 1}, 4}, false, y));
    CHECK(*layer.losses()->activity == 0);
  }
}

TEST_CASE("the layer: keeps nothing when it does not train, and what backward needs when it does") {
  Random random(5);
  const auto kept = [&](Activation activation, bool trainable, bool regularized, bool training) {
    LayerConfig config = kernelOf(1, 1);
    config.activation = activation;
    config.trainable = trainable;
    config.depthMultiplier = 2;
    if (regularized) config.activityRegularizer = Regularizer{Regularizer::Kind::kL1L2, 1, 1};
    DepthwiseConv2D layer;
    make(layer, config, {1, 5, 5, 1}, random);
    const Floats x(25, 1);
    Floats y(50);
    for (int again = 0; again < 3; ++again) {
      REQUIRE_FALSE(layer.call(x.data(), {{1, 5, 5, 1}, 4}, training, y.data()));
    }
    const uint64_t bytes = layer.keptBytes();
    layer.releaseKept();
    CHECK(layer.keptBytes() == 0);
    return bytes / sizeof(float);
  };
  for (const Activation activation : kLayerActivations) {
    for (const bool regularized : {false, true}) CHECK(kept(activation, true, regularized, false) == 0);
  }
  CHECK(kept(Activation::kLinear, true, false, true) == 25);
  CHECK(kept(Activation::kLinear, false, false, true) == 0);
  CHECK(kept(Activation::kLinear, false, true, true) == 50);
  CHECK(kept(Activation::kTanh, true, false, true) == 75);
  CHECK(kept(Activation::kTanh, true, true, true) == 125);
  CHECK(kept(Activation::kSoftmax, true, true, true) == 75);
}

}  // namespace
}  // namespace depthwise
