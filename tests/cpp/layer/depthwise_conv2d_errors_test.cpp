#include <catch2/catch.hpp>
#include <cmath>
#include <string>
#include <type_traits>

#include "layer/depthwise_conv2d.h"
#include "refusal.h"

namespace depthwise {
namespace {

const std::string kStart = "Error in DepthwiseConv2D: ";
const NumberList kX{{1, 4, 4, 2}, 4}, kY{{1, 3, 3, 2}, 4};

LayerConfig twoByTwo() {
  LayerConfig config;
  config.kernelSize = {2, 2};
  return config;
}

/// A built layer, and tensors for it.
struct Fixture {
  DepthwiseConv2D layer;
  float x[32] = {1, 2, 3}, y[18], dy[18] = {1}, dx[32];

  explicit Fixture(const LayerConfig& config = twoByTwo()) {
    REQUIRE(textOf(layer.create(config)) == "");
    REQUIRE(textOf(layer.build(kX, 1)) == "");
  }
  std::string call(const NumberList& shape, bool training = true) { return textOf(layer.call(x, shape, training, y)); }
  std::string backward(const NumberList& shape) { return textOf(layer.backward(dy, shape, dx)); }
  float firstWeight() const { return *layer.weight(0).values; }
};

TEST_CASE("the layer's errors: it cannot be copied") {
  CHECK_FALSE(std::is_copy_constructible_v<DepthwiseConv2D>);
  CHECK_FALSE(std::is_copy_assignable_v<DepthwiseConv2D>);
}

TEST_CASE("the layer's errors: calls before create and build") {
  DepthwiseConv2D layer;
  float value[64] = {};
  const std::string notCreated = kStart + "create must come first, got none yet";
  const std::string notBuilt = kStart + "build must come first, got none yet";
  CHECK(textOf(layer.build(kX, 1)) == notCreated);
  CHECK(textOf(layer.outputShape(kX)) == notCreated);
  for (const bool created : {false, true}) {
    if (created) REQUIRE_FALSE(layer.create(twoByTwo()));
    CHECK(textOf(layer.call(value, kX, true, value)) == notBuilt);
    CHECK(textOf(layer.backward(value, kY, value)) == notBuilt);
    CHECK(textOf(layer.countParams()) == notBuilt);
    CHECK(textOf(layer.setWeights({})) == notBuilt);
    CHECK(textOf(layer.applyConstraints()) == notBuilt);
    CHECK(textOf(layer.losses()) == notBuilt);
    CHECK(layer.weightCount() == 0);
  }
  CHECK(textOf(layer.create(twoByTwo())) == kStart + "create must come once, got a second call");
}

TEST_CASE("the layer's errors: a configuration that is wrong makes no layer, the next may") {
  DepthwiseConv2D layer;
  LayerConfig config = twoByTwo();
  config.strides = {0, 1};
  CHECK(textOf(layer.create(config)).find(kStart + "strides must be") == 0);
  CHECK_FALSE(layer.create(twoByTwo()));
}

TEST_CASE("the layer's errors: shapes that cannot be built for") {
  DepthwiseConv2D layer;
  REQUIRE_FALSE(layer.create(twoByTwo()));
  const auto refusal = [&](const NumberList& shape) {
    const std::string text = textOf(layer.build(shape, 1));
    CHECK(textOf(layer.outputShape(shape)) == text);
    CHECK_FALSE(layer.isBuilt());
    return text;
  };
  CHECK(refusal({{1, 4, 4}, 3}) ==
        kStart + "inputShape must have 4 dimensions [batch, height, width, inChannels], got [1,4,4]");
  CHECK(refusal({{1, 2, 3, 4, 5}, 5}).find(kStart + "inputShape must have 4 dimensions") == 0);
  CHECK(refusal({{}, 0}) != "");
  CHECK(refusal({{1, 4, 4, -1}, 4}) ==
        kStart + "inputShape must have a known number of channels, its dimension 3, got [1,4,4,-1]");
  for (const double channels : {0.0, 1.5, std::nan(""), 1e300}) CHECK(refusal({{1, 4, 4, channels}, 4}) != "");
  CHECK(refusal({{1, 1, 4, 2}, 4}) ==
        kStart + "kernelSize must not be larger than the padded input: its height is 2, the padded input's 1");
  CHECK(refusal({{1, 40000, 40000, 2}, 4}) != "");
  CHECK(textOf(layer.build(kX, 1)) == "");
}

TEST_CASE("the layer's errors: the shape is called what the caller calls it") {
  DepthwiseConv2D layer;
  REQUIRE_FALSE(layer.create(twoByTwo()));
  for (const NumberList& shape :
       {NumberList{{1, 4, 4}, 3}, NumberList{{1, 4, 4, -1}, 4}, NumberList{{1, 4, 0, 2}, 4}}) {
    const std::string text = textOf(layer.build(shape, 1, std::nullopt, "x"));
    CHECK(text.find(kStart + "x must have ") == 0);
    CHECK(textOf(layer.outputShape(shape, "x")) == text);
  }
  REQUIRE_FALSE(layer.build(kX, 1));
  CHECK(textOf(layer.build({{1, 4, 4, 3}, 4}, 1, std::nullopt, "x")) ==
        kStart + "x must have the 2 channels that the layer was built for, got [1,4,4,3]");
}

TEST_CASE("the layer's errors: with channelsFirst the channels are the second dimension") {
  LayerConfig config = twoByTwo();
  config.layout = Layout::kNchw;
  DepthwiseConv2D layer;
  REQUIRE_FALSE(layer.create(config));
  CHECK(textOf(layer.build({{1, -1, 4, 4}, 4}, 1)) ==
        kStart + "inputShape must have a known number of channels, its dimension 1, got [1,-1,4,4]");
  CHECK_FALSE(layer.build({{1, 3, -1, -1}, 4}, 1));
  float x[48] = {}, y[27];
  CHECK(textOf(layer.call(x, {{1, 4, 4, 3}, 4}, false, y)) ==
        kStart + "x must have the 3 channels that the layer was built for, got [1,4,4,3]");
}

TEST_CASE("the layer's errors: initializers that cannot fill the weights") {
  LayerConfig config = twoByTwo();
  config.depthwiseInitializer.kind = Initializer::Kind::kIdentity;
  DepthwiseConv2D identity;
  REQUIRE_FALSE(identity.create(config));
  CHECK(textOf(identity.build(kX, 1)).find(kStart + "depthwiseInitializer must be able to fill") == 0);
  CHECK_FALSE(identity.isBuilt());
  config = twoByTwo();
  config.biasInitializer.kind = Initializer::Kind::kOrthogonal;
  DepthwiseConv2D orthogonal;
  REQUIRE_FALSE(orthogonal.create(config));
  CHECK(textOf(orthogonal.build(kX, 1)).find(kStart + "biasInitializer must be able to fill") == 0);
  config.useBias = false;
  DepthwiseConv2D without;
  REQUIRE_FALSE(without.create(config));
  CHECK_FALSE(without.build(kX, 1));
}

TEST_CASE("the layer's errors: another number of channels, and the weights stay") {
  Fixture f;
  const float before = f.firstWeight();
  CHECK(textOf(f.layer.build({{1, 4, 4, 3}, 4}, 2)) ==
        kStart + "inputShape must have the 2 channels that the layer was built for, got [1,4,4,3]");
  CHECK(f.call({{1, 4, 4, 3}, 4}) == kStart + "x must have the 2 channels that the layer was built for, got [1,4,4,3]");
  CHECK(f.firstWeight() == before);
  CHECK(f.call(kX) == "");
}

TEST_CASE("the layer's errors: an x that cannot be convolved leaves the last training call as it was") {
  Fixture f;
  REQUIRE(f.call(kX) == "");
  CHECK(f.call({{1, 4, 4}, 3}) == kStart + "x must have 4 dimensions [batch, height, width, inChannels], got [1,4,4]");
  CHECK(f.call({{-1, 4, 4, 2}, 4}).find(kStart + "x must have whole sizes") == 0);
  CHECK(f.call({{1, 1, 4, 2}, 4}).find(kStart + "kernelSize must not be larger than the padded input") == 0);
  CHECK(f.backward(kY) == "");
}

TEST_CASE("the layer's errors: backward needs a training call before it") {
  const std::string outOfTurn = kStart + "backward must follow a call with training and come before weights change";
  Fixture f;
  CHECK(f.backward(kY) == outOfTurn);
  REQUIRE(f.call(kX, false) == "");
  CHECK(f.backward(kY) == outOfTurn);
  REQUIRE(f.call(kX) == "");
  CHECK(f.backward(kY) == "");
  CHECK(f.backward(kY) == "");
  REQUIRE_FALSE(f.layer.applyConstraints());
  CHECK(f.backward(kY) == outOfTurn);
  REQUIRE(f.call(kX) == "");
  const float kernel[8] = {}, bias[2] = {};
  const GivenWeight given[] = {{kernel, {{2, 2, 2, 1}, 4}}, {bias, {{2}, 1}}};
  REQUIRE_FALSE(f.layer.setWeights(given));
  CHECK(f.backward(kY) == outOfTurn);
  REQUIRE(f.call(kX) == "");
  f.layer.releaseKept();
  CHECK(f.backward(kY) == outOfTurn);
}

TEST_CASE("the layer's errors: a dy of another shape, and the gradients stay") {
  Fixture f;
  REQUIRE(f.call(kX) == "");
  REQUIRE(f.backward(kY) == "");
  const float before = *f.layer.weight(0).gradient;
  CHECK(f.backward({{1, 3, 2, 2}, 4}) == kStart + "dy must have shape [1,3,3,2], got [1,3,2,2]");
  CHECK(f.backward({{18}, 1}) == kStart + "dy must have shape [1,3,3,2], got [18]");
  REQUIRE(f.layer.weight(0).gradient != nullptr);
  CHECK(*f.layer.weight(0).gradient == before);
}

TEST_CASE("the layer's errors: weights of another number or shape, and none is copied") {
  Fixture f;
  const float before = f.firstWeight();
  const float kernel[16] = {7, 7, 7, 7, 7, 7, 7, 7}, bias[3] = {};
  const GivenWeight right{kernel, {{2, 2, 2, 1}, 4}}, turned{kernel, {{2, 2, 1, 2}, 4}}, flat{kernel, {{8}, 1}};
  const GivenWeight rightBias{bias, {{2}, 1}}, longBias{bias, {{3}, 1}};
  const auto refusal = [&](std::initializer_list<GivenWeight> given) {
    const std::string text = textOf(f.layer.setWeights({given.begin(), given.size()}));
    CHECK(f.firstWeight() == before);
    return text;
  };
  CHECK(refusal({}) == kStart + "weights must be 2 tensors, depthwise_kernel and bias, got 0");
  CHECK(refusal({right}) == kStart + "weights must be 2 tensors, depthwise_kernel and bias, got 1");
  CHECK(refusal({right, rightBias, rightBias}) != "");
  CHECK(refusal({turned, rightBias}) == kStart + "weights.depthwise_kernel must have shape [2,2,2,1], got [2,2,1,2]");
  CHECK(refusal({flat, rightBias}) == kStart + "weights.depthwise_kernel must have shape [2,2,2,1], got [8]");
  CHECK(refusal({right, longBias}) == kStart + "weights.bias must have shape [2], got [3]");
  CHECK(textOf(f.layer.setWeights(std::initializer_list<GivenWeight>{right, rightBias})) == "");
  CHECK(f.firstWeight() == 7);

  LayerConfig config = twoByTwo();
  config.useBias = false;
  Fixture without(config);
  CHECK(textOf(without.layer.setWeights({})) == kStart + "weights must be 1 tensor, depthwise_kernel, got 0");
}

TEST_CASE("the layer's errors: given weights of another number or shape build nothing, and the next build may") {
  const float kernel[16] = {7, 7, 7, 7, 7, 7, 7, 7}, bias[3] = {};
  const GivenWeight right{kernel, {{2, 2, 2, 1}, 4}}, turned{kernel, {{2, 2, 1, 2}, 4}}, flat{kernel, {{8}, 1}};
  const GivenWeight rightBias{bias, {{2}, 1}}, longBias{bias, {{3}, 1}};
  DepthwiseConv2D layer;
  REQUIRE_FALSE(layer.create(twoByTwo()));
  const auto build = [&](std::initializer_list<GivenWeight> given, const NumberList& x = kX) {
    return textOf(layer.build(x, 1, std::span(given.begin(), given.size())));
  };
  const auto refusal = [&](std::initializer_list<GivenWeight> given) {
    const std::string text = build(given);
    CHECK_FALSE(layer.isBuilt());
    CHECK(layer.weightCount() == 0);
    return text;
  };
  CHECK(refusal({}) == kStart + "weights must be 2 tensors, depthwise_kernel and bias, got 0");
  CHECK(refusal({right}) == kStart + "weights must be 2 tensors, depthwise_kernel and bias, got 1");
  CHECK(refusal({right, rightBias, rightBias}) ==
        kStart + "weights must be 2 tensors, depthwise_kernel and bias, got 3");
  CHECK(refusal({turned, rightBias}) == kStart + "weights.depthwise_kernel must have shape [2,2,2,1], got [2,2,1,2]");
  CHECK(refusal({flat, rightBias}) == kStart + "weights.depthwise_kernel must have shape [2,2,2,1], got [8]");
  CHECK(refusal({right, longBias}) == kStart + "weights.bias must have shape [2], got [3]");
  // The shape of the input is told first, and another one may come.
  CHECK(build({right}, {{1, 4, 4}, 3}).find(kStart + "inputShape must have 4 dimensions") == 0);
  CHECK(build({right, rightBias}, {{1, 4, 4, 4}, 4}) ==
        kStart + "weights.depthwise_kernel must have shape [2,2,4,1], got [2,2,2,1]");
  CHECK(build({right, rightBias}) == "");
  CHECK(*layer.weight(0).values == 7);
}

TEST_CASE("the layer's errors: checkCall says what call says, and the shape of y, and changes nothing") {
  DepthwiseConv2D unbuilt;
  CHECK(textOf(unbuilt.checkCall(kX)) == kStart + "build must come first, got none yet");
  Fixture f;
  REQUIRE(f.call(kX) == "");
  for (const NumberList& shape : {NumberList{{1, 4, 4}, 3}, NumberList{{1, 4, 4, 3}, 4}, NumberList{{1, 1, 4, 2}, 4},
                                  NumberList{{-1, 4, 4, 2}, 4}, NumberList{{1, 4, 4.5, 2}, 4}, NumberList{{}, 0}}) {
    const std::string text = textOf(f.layer.checkCall(shape));
    CHECK(text.find(kStart) == 0);
    CHECK(text == f.call(shape));
  }
  const Result<Shape> shape = f.layer.checkCall({{5, 7, 2, 2}, 4});
  REQUIRE(shape);
  CHECK(*shape == Shape{5, 6, 1, 2});
  CHECK(f.backward(kY) == "");
}

TEST_CASE("the layer's errors: checkBackward says what backward says, and the shape of dx, and changes nothing") {
  DepthwiseConv2D unbuilt;
  CHECK(textOf(unbuilt.checkBackward(kY)) == kStart + "build must come first, got none yet");
  Fixture f;
  const std::string outOfTurn = kStart + "backward must follow a call with training and come before weights change";
  CHECK(textOf(f.layer.checkBackward(kY)) == outOfTurn);
  REQUIRE(f.call(kX) == "");
  for (const NumberList& shape :
       {NumberList{{1, 3, 2, 2}, 4}, NumberList{{18}, 1}, NumberList{{2, 3, 3, 2}, 4}, NumberList{{}, 0}}) {
    const std::string text = textOf(f.layer.checkBackward(shape));
    CHECK(text.find(kStart + "dy must have shape [1,3,3,2], got ") == 0);
    CHECK(text == f.backward(shape));
  }
  const Result<Shape> shape = f.layer.checkBackward(kY);
  REQUIRE(shape);
  CHECK(*shape == Shape{1, 4, 4, 2});
  CHECK(f.layer.weight(0).gradient == nullptr);
  CHECK(f.backward(kY) == "");
  REQUIRE_FALSE(f.layer.applyConstraints());
  CHECK(textOf(f.layer.checkBackward(kY)) == outOfTurn);
}

TEST_CASE("the layer's errors: backward after trainable has changed, also there and back; but not where it stays") {
  const std::string outOfTurn = kStart + "backward must follow a call with training and come before weights change";
  for (const bool trainable : {true, false}) {
    LayerConfig config = twoByTwo();
    config.trainable = trainable;
    Fixture f(config);
    REQUIRE(f.call(kX) == "");
    f.layer.setTrainable(trainable);
    CHECK(f.backward(kY) == "");
    f.layer.setTrainable(!trainable);
    CHECK(f.layer.config().trainable == !trainable);
    CHECK(f.backward(kY) == outOfTurn);
    f.layer.setTrainable(trainable);
    CHECK(f.backward(kY) == outOfTurn);
    REQUIRE(f.call(kX) == "");
    CHECK(f.backward(kY) == "");
  }
}

TEST_CASE("the layer's errors: out of memory is told, and the layer can still be used") {
  // Two taps 2^27 columns apart and a multiplier of 2^20: scratch for what one output reads would be 2^49 bytes. A
  // tensor that is read or written ends the program here.
  constexpr int32_t kApart = 1 << 27, kMultiplier = 1 << 20;
  LayerConfig config;
  config.kernelSize = {1, 2};
  config.dilationRate = {1, kApart};
  config.depthMultiplier = kMultiplier;
  config.trainable = false;  // so x is not kept
  const NumberList x{{1, 1, kApart + 1, 1}, 4}, nothing{{0, 1, kApart + 1, 1}, 4}, dy{{0, 1, 1, kMultiplier}, 4};
  DepthwiseConv2D layer;
  REQUIRE_FALSE(layer.create(config));
  REQUIRE_FALSE(layer.build(x, 1));
  const float before = *layer.weight(0).values;
  REQUIRE_FALSE(layer.call(nullptr, nothing, true, nullptr));
  for (const bool training : {false, true}) {
    CHECK_FALSE(layer.backward(nullptr, dy, nullptr));
    const std::string text = textOf(layer.call(nullptr, x, training, nullptr));
    CHECK(text.find(kStart + "out of memory, ") == 0);
    CHECK(text.find(" bytes were wanted") != std::string::npos);
    CHECK(*layer.weight(0).values == before);
  }
  // A training call that fails leaves nothing to go back to, not what an earlier one left.
  CHECK(textOf(layer.backward(nullptr, dy, nullptr)).find(kStart + "backward must follow") == 0);
  CHECK_FALSE(layer.call(nullptr, nothing, true, nullptr));
  CHECK_FALSE(layer.backward(nullptr, dy, nullptr));
}

}  // namespace
}  // namespace depthwise
