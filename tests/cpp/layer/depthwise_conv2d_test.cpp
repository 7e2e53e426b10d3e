#include <catch2/catch.hpp>
#include <functional>
#include <string>
#include <type_traits>

#include "layer/initializers.h"
#include "layer_support.h"
#include "support/compare.h"
#include "support/failing_memory.h"

namespace depthwise {
namespace {

constexpr int64_t kUnknown = DepthwiseConv2D::kUnknown;
constexpr Regularizer kBoth{.l1 = 0.25, .l2 = 0.125};

Floats call(DepthwiseConv2D& layer, const Geometry& g, const Floats& x, bool training) {
  Floats y(countOf(g.yShape()), std::nanf(""));
  REQUIRE_FALSE(layer.call(x.data(), g.xShape(), training, y.data()));
  return y;
}

/// Checks a layer with integers, whose sums are exact.
void checkOutput(const LayerConfig& config, const Geometry& g, Random& random) {
  DepthwiseConv2D layer;
  make(layer, config, g.xShape(), random);
  const Result<Shape> shape = layer.outputShape(g.xShape());
  REQUIRE(shape);
  CHECK(*shape == g.yShape());
  CHECK(*layer.checkCall(g.xShape()) == g.yShape());
  Floats x(countOf(g.xShape()));
  for (float& value : x) value = float(random.within(-4, 4));
  const Doubles expected = callReference(config, g, x, valuesOf(layer.weight(0)), biasOf(layer));
  const Floats y = call(layer, g, x, random.oneIn(2));
  CHECK(std::equal(y.begin(), y.end(), expected.begin()));
}

TEST_CASE("Layer: outputs and output shapes equal the definition for a grid of configurations") {
  Random random(1);
  for (const Layout layout : {Layout::kNhwc, Layout::kNchw}) {
    for (const auto padding : {Padding::Kind::kValid, Padding::Kind::kSame}) {
      for (const HeightWidth strides : {HeightWidth{1, 1}, {2, 2}, {1, 3}}) {
        for (const HeightWidth dilation : {HeightWidth{1, 1}, {2, 2}, {3, 1}}) {
          for (const int channels : {1, 3, 4}) {
            for (const int multiplier : {1, 2}) {
              const LayerConfig config{.kernelSize = {3, 2},
                                       .depthMultiplier = multiplier,
                                       .strides = strides,
                                       .padding = padding,
                                       .layout = layout,
                                       .dilationRate = dilation,
                                       .useBias = random.oneIn(2)};
              INFO("layout " << int(layout) << ", padding " << int(padding) << ", strides " << strides[0] << ", "
                             << strides[1] << ", dilation " << dilation[0] << ", " << dilation[1] << ", " << channels
                             << " channels times " << multiplier);
              checkOutput(config, geometryOf(config, 2, 9, 8, channels), random);
            }
          }
        }
      }
    }
  }
}

TEST_CASE("Layer: every activation equals its definition, and training changes no bit of y") {
  Random random(2);
  for (const Activation activation : kLayerActivations) {
    for (const Layout layout : {Layout::kNhwc, Layout::kNchw}) {
      INFO("activation " << int(activation) << ", layout " << int(layout));
      const LayerConfig config{.kernelSize = {2, 2}, .depthMultiplier = 3, .layout = layout, .activation = activation};
      const Geometry g = geometryOf(config, 2, 5, 6, 2);
      DepthwiseConv2D layer;
      make(layer, config, g.xShape(), random);
      Floats x(countOf(g.xShape()));
      for (float& value : x) value = random.unit() - 0.5f;
      const Doubles expected = callReference(config, g, x, valuesOf(layer.weight(0)), biasOf(layer));
      const Floats y = call(layer, g, x, false);
      double worst = 0;
      for (size_t i = 0; i < y.size(); ++i) worst = std::max(worst, std::abs(y[i] - expected[i]));
      CHECK(worst < 1e-5);
      CHECK(call(layer, g, x, true) == y);
    }
  }
}

TEST_CASE("Layer: unknown sizes remain unknown in the output shape") {
  LayerConfig config{.kernelSize = {3, 3}, .depthMultiplier = 2, .dilationRate = {2, 2}};
  const auto shape = [&](const Shape& input) {
    DepthwiseConv2D layer;
    REQUIRE_FALSE(layer.create(config));
    const Result<Shape> output = layer.outputShape(input);
    REQUIRE(output);
    return *output;
  };
  CHECK(shape({-1, 7, 7, 2}) == Shape{-1, 3, 3, 4});
  CHECK(shape({-1, -1, -1, 2}) == Shape{-1, -1, -1, 4});
  CHECK(shape({3, -1, 7, 2}) == Shape{3, -1, 3, 4});
  CHECK(shape({0, 7, -1, 2}) == Shape{0, 3, -1, 4});
  config.padding = Padding::Kind::kSame;
  CHECK(shape({-1, -1, 7, 2}) == Shape{-1, -1, 7, 4});
  config.layout = Layout::kNchw;
  CHECK(shape({-1, 2, -1, 7}) == Shape{-1, 4, -1, 7});
}

TEST_CASE("Layer: a batch of 0 gives no outputs and gradients of 0") {
  for (const Activation activation : kLayerActivations) {
    const LayerConfig config{.kernelSize = {2, 2}, .activation = activation, .activityRegularizer = kBoth};
    DepthwiseConv2D layer;
    Random random(6);
    make(layer, config, {0, 4, 4, 2}, random);
    REQUIRE_FALSE(layer.call(nullptr, {0, 4, 4, 2}, true, nullptr));
    CHECK(layer.losses()->activity == 0);
    REQUIRE_FALSE(layer.backward(nullptr, nullptr));
    CHECK(gradientOf(layer.weight(0)) == Floats(8, 0));
  }
}

// ---- Weights ----

TEST_CASE("Layer: build makes the weights of the initializers") {
  DepthwiseConv2D layer;
  const LayerConfig config{.kernelSize = {3, 5}, .depthMultiplier = 2, .biasInitializer = Initializer::constant(0.5)};
  REQUIRE_FALSE(layer.create(config));
  CHECK(layer.weightCount() == 0);
  CHECK_FALSE(layer.isBuilt());
  REQUIRE_FALSE(layer.build({kUnknown, kUnknown, kUnknown, 4}, 7));
  CHECK(layer.isBuilt());
  REQUIRE(layer.weightCount() == 2);
  const Weight kernel = layer.weight(0), bias = layer.weight(1);
  const Shape kernelShape{3, 5, 4, 2};
  CHECK(std::equal(kernel.shape.begin(), kernel.shape.end(), kernelShape.begin(), kernelShape.end()));
  CHECK(kernel.size == 120);
  CHECK(kernel.gradient == nullptr);
  CHECK(std::vector<int64_t>(bias.shape.begin(), bias.shape.end()) == std::vector<int64_t>{8});
  CHECK(copyOf(bias) == Floats(8, 0.5f));
  Floats expected(120);
  REQUIRE(initialize(Initializer::glorotUniform(), kernelShape, 7, expected.data()));
  CHECK(copyOf(kernel) == expected);
}

TEST_CASE("Layer: kernel and bias are different random numbers, and depend on the seed unless they have their own") {
  LayerConfig config{.kernelSize = {1, 1}};
  config.depthwiseInitializer.kind = config.biasInitializer.kind = Initializer::Kind::kRandomUniform;
  const auto weights = [&](uint64_t seed) {
    DepthwiseConv2D layer;
    REQUIRE_FALSE(layer.create(config));
    REQUIRE_FALSE(layer.build({1, 1, 1, 8}, seed));
    CHECK(copyOf(layer.weight(0)) != biasOf(layer));
    return std::pair(copyOf(layer.weight(0)), biasOf(layer));
  };
  CHECK(weights(1) == weights(1));
  CHECK(weights(1).first != weights(2).first);
  CHECK(weights(1).second != weights(2).second);
  config.depthwiseInitializer.seed = 3;
  config.biasInitializer.seed = 4;
  CHECK(weights(1) == weights(2));
}

TEST_CASE("Layer: a second build keeps the weights, for any image with as many channels") {
  DepthwiseConv2D layer;
  Random random(3);
  make(layer, {.kernelSize = {2, 2}}, {1, 4, 4, 3}, random);
  const Floats before = copyOf(layer.weight(0)), others(12, 9);
  CHECK_FALSE(layer.build({8, 99, kUnknown, 3}, 5));
  CHECK_FALSE(layer.build({8, 99, kUnknown, 3}, others.data(), others.data()));
  CHECK(copyOf(layer.weight(0)) == before);
}

TEST_CASE("Layer: weights are copied by build and setWeights, with and without bias, whatever the initializers") {
  for (const bool useBias : {true, false}) {
    LayerConfig config{.kernelSize = {1, 2}, .useBias = useBias};
    // Neither fits its weight.
    config.depthwiseInitializer.kind = Initializer::Kind::kIdentity;
    config.biasInitializer.kind = Initializer::Kind::kOrthogonal;
    DepthwiseConv2D layer;
    REQUIRE_FALSE(layer.create(config));
    Floats kernel{1, 2, 3, 4}, bias{5, 6};
    REQUIRE_FALSE(layer.build({kUnknown, kUnknown, kUnknown, 2}, kernel.data(), useBias ? bias.data() : nullptr));
    kernel[0] = bias[0] = 9;
    CHECK(copyOf(layer.weight(0)) == Floats{1, 2, 3, 4});
    CHECK(biasOf(layer) == (useBias ? Floats{5, 6} : Floats()));
    REQUIRE_FALSE(layer.setWeights(kernel.data(), useBias ? bias.data() : nullptr));
    kernel[0] = bias[0] = 0;
    CHECK(copyOf(layer.weight(0)) == Floats{9, 2, 3, 4});
    CHECK(biasOf(layer) == (useBias ? Floats{9, 6} : Floats()));
  }
}

TEST_CASE("Layer: each constraint changes its own weight") {
  LayerConfig config{.kernelSize = {2, 1}};
  config.depthwiseConstraint.kind = Constraint::Kind::kNonNeg;
  config.biasConstraint.kind = Constraint::Kind::kUnitNorm;
  DepthwiseConv2D layer;
  REQUIRE_FALSE(layer.create(config));
  const Floats kernel{1, -2, -3, 4}, bias{3, -4};
  REQUIRE_FALSE(layer.build({1, 2, 2, 2}, kernel.data(), bias.data()));
  CHECK_FALSE(layer.applyConstraints());
  CHECK(copyOf(layer.weight(0)) == Floats{1, 0, 0, 4});
  CHECK(biasOf(layer)[0] == Approx(0.6));
  CHECK(biasOf(layer)[1] == Approx(-0.8));
}

TEST_CASE("Layer: losses of kernel, bias and output, that of the output divided by the batch") {
  Random random(4);
  LayerConfig config{.kernelSize = {1, 1}};
  DepthwiseConv2D plain;
  make(plain, config, {1, 1, 1, 1}, random);
  CHECK(plain.losses()->total() == 0);
  config.depthwiseRegularizer = {.l1 = 1};
  config.biasRegularizer = {.l2 = 0.5};
  config.activityRegularizer = {.l1 = 2};
  for (const bool trainable : {true, false}) {
    config.trainable = trainable;
    DepthwiseConv2D layer;
    make(layer, config, {1, 1, 1, 1}, random);
    *layer.weight(0).values = -3;
    *layer.weight(1).values = 2;
    CHECK(layer.losses()->activity == 0);
    const float x[] = {1, 2, 3, 4};
    float y[4];
    REQUIRE_FALSE(layer.call(x, {4, 1, 1, 1}, false, y));
    CHECK(layer.losses()->kernel == 3);
    CHECK(layer.losses()->bias == 2);
    CHECK(layer.losses()->activity == 2 * (1 + 4 + 7 + 10) / 4.0);
    CHECK(layer.losses()->total() == 16);
  }
}

TEST_CASE("Layer: a training call keeps the data that backward needs, any other call keeps nothing") {
  Random random(5);
  const auto kept = [&](Activation activation, bool trainable, bool regularized, bool training) {
    LayerConfig config{.kernelSize = {1, 1}, .depthMultiplier = 2, .activation = activation, .trainable = trainable};
    if (regularized) config.activityRegularizer = kBoth;
    DepthwiseConv2D layer;
    make(layer, config, {1, 5, 5, 1}, random);
    const Geometry g = geometryOf(config, 1, 5, 5, 1);
    for (int again = 0; again < 3; ++again) call(layer, g, Floats(25, 1), training);
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

// ---- Gradients ----

/// Inputs without a kink of an activation or of |v| within 1/4 of any sum or weight.
struct Inputs {
  Floats x, kernel, bias, dy;

  Inputs(const LayerConfig& config, const Geometry& g, Random& random)
      : x(countOf(g.xShape())),
        kernel(countOf(g.filterShape())),
        bias(config.useBias ? size_t(g.outChannels()) : 0),
        dy(countOf(g.yShape())) {
    for (float& value : x) value = float(random.within(-1, 1));
    for (float& value : kernel) value = random.oneOf(std::array{-1.f, -0.5f, 0.5f, 1.f});
    for (float& value : bias) value = float(random.within(-1, 1)) + 0.25f;
    for (float& value : dy) value = 2 * random.unit() - 1;
  }
};

/// Returns Σ y·dy and the terms of the regularizers.
double lossOf(const LayerConfig& c, const Geometry& g, const Inputs& in) {
  const Doubles y = callReference(c, g, in.x, in.kernel, in.bias);
  double loss = penaltyReference(c.activityRegularizer, y) / g.batch +
                penaltyReference(c.depthwiseRegularizer, in.kernel) + penaltyReference(c.biasRegularizer, in.bias);
  for (size_t i = 0; i < y.size(); ++i) loss += y[i] * in.dy[i];
  return loss;
}

/// Returns the first element of a gradient that is not the slope of the loss, or "".
std::string wrongSlope(const LayerConfig& c, const Geometry& g, Inputs& in, Floats Inputs::*which,
                       const float* gradient) {
  constexpr float kStep = 0x1p-12f;
  for (size_t i = 0; i < (in.*which).size(); ++i) {
    float& value = (in.*which)[i];
    const float before = value;
    value = before + kStep;
    const double up = lossOf(c, g, in);
    value = before - kStep;
    const double slope = (up - lossOf(c, g, in)) / (2 * double{kStep});
    value = before;
    if (std::abs(slope - gradient[i]) <= 1e-4 + 1e-4 * std::abs(slope)) continue;
    return "element " + std::to_string(i) + " is " + std::to_string(gradient[i]) + ", not " + std::to_string(slope);
  }
  return "";
}

void checkGradients(const LayerConfig& config, const Geometry& g, Random& random) {
  Inputs in(config, g, random);
  DepthwiseConv2D layer;
  REQUIRE_FALSE(layer.create(config));
  REQUIRE_FALSE(layer.build(g.xShape(), in.kernel.data(), in.bias.data()));
  const Floats y = call(layer, g, in.x, true);
  Floats dx(in.x.size(), std::nanf(""));
  REQUIRE_FALSE(layer.backward(in.dy.data(), dx.data()));
  double loss = layer.losses()->total();
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

  // The same again, without dx.
  const Floats first = gradientOf(layer.weight(0));
  REQUIRE_FALSE(layer.backward(in.dy.data(), nullptr));
  CHECK(gradientOf(layer.weight(0)) == first);
}

TEST_CASE("Layer gradients: they are the slopes of the loss for each activation, with and without regularizers") {
  Random random(1);
  for (const Activation activation : kLayerActivations) {
    for (const Layout layout : {Layout::kNhwc, Layout::kNchw}) {
      for (const bool regularized : {false, true}) {
        LayerConfig config{.kernelSize = {2, 3},
                           .depthMultiplier = random.within(1, 2),
                           .padding = random.oneIn(2) ? Padding::Kind::kSame : Padding::Kind::kValid,
                           .layout = layout,
                           .activation = activation,
                           .trainable = !random.oneIn(5)};
        (random.oneIn(2) ? config.strides : config.dilationRate) = {random.within(1, 2), 2};
        if (regularized) {
          config.depthwiseRegularizer = {.l1 = 0.3, .l2 = 0.2};
          config.biasRegularizer = {.l1 = 0.5, .l2 = 0.1};
          config.activityRegularizer = kBoth;
        }
        INFO("activation " << int(activation) << ", layout " << int(layout) << ", regularized " << regularized);
        checkGradients(config, geometryOf(config, 2, 3, 5, 2), random);
      }
    }
  }
}

TEST_CASE("Layer gradients: without a bias, for one image and for several") {
  Random random(2);
  for (const bool useBias : {false, true}) {
    for (const int batch : {1, 5}) {
      const LayerConfig config{.kernelSize = {3, 3},
                               .activation = useBias ? Activation::kLinear : Activation::kSwish,
                               .useBias = useBias,
                               .activityRegularizer = {.l2 = 0.5}};
      checkGradients(config, geometryOf(config, batch, 3, 4, 3), random);
    }
  }
}

TEST_CASE("Layer gradients: a call without training does not change them") {
  const LayerConfig config{.kernelSize = {2, 2}, .activation = Activation::kTanh, .activityRegularizer = {.l2 = 0.5}};
  Random random(3);
  const Geometry g = geometryOf(config, 1, 4, 4, 2), other = geometryOf(config, 3, 4, 4, 2);
  const Inputs in(config, g, random);
  DepthwiseConv2D layer;
  make(layer, config, g.xShape(), random);
  call(layer, g, in.x, true);
  Floats dx(in.x.size()), again(in.x.size());
  REQUIRE_FALSE(layer.backward(in.dy.data(), dx.data()));
  call(layer, other, Floats(countOf(other.xShape()), 0.5f), false);
  REQUIRE_FALSE(layer.backward(in.dy.data(), again.data()));
  CHECK(dx == again);
}

TEST_CASE("Layer gradients: weights get none while the layer is not trainable, and the same ones afterwards") {
  const LayerConfig config{
      .kernelSize = {2, 2}, .activation = Activation::kSwish, .depthwiseRegularizer = {.l1 = 0.5, .l2 = 0.5}};
  Random random(5);
  const Geometry g = geometryOf(config, 2, 4, 4, 2);
  const Inputs in(config, g, random);
  DepthwiseConv2D layer;
  make(layer, config, g.xShape(), random);
  const auto train = [&](bool trainable) {
    layer.setTrainable(trainable);
    call(layer, g, in.x, true);
    Floats dx(in.x.size());
    REQUIRE_FALSE(layer.backward(in.dy.data(), dx.data()));
    return dx;
  };
  const Floats dx = train(true), kernelGradient = gradientOf(layer.weight(0));
  CHECK(train(false) == dx);
  CHECK(layer.weight(0).gradient == nullptr);
  CHECK(layer.weight(1).gradient == nullptr);
  CHECK(train(true) == dx);
  CHECK(gradientOf(layer.weight(0)) == kernelGradient);
}

TEST_CASE("Layer gradients: gradient descent learns a filter") {
  const LayerConfig config{.kernelSize = {3, 3}, .padding = Padding::Kind::kSame};
  Random random(4);
  const Geometry g = geometryOf(config, 1, 16, 16, 1);
  const Floats truth{0, -1, 0, -1, 5, -1, 0, -1, 0};
  Floats x(256), dy(256);
  for (float& value : x) value = 2 * random.unit() - 1;
  const Doubles target = oracle::forward(g, x, truth).values;
  DepthwiseConv2D layer;
  REQUIRE_FALSE(layer.create(config));
  REQUIRE_FALSE(layer.build(g.xShape(), 1));
  for (int step = 0; step < 200; ++step) {
    const Floats y = call(layer, g, x, true);
    for (size_t i = 0; i < y.size(); ++i) dy[i] = static_cast<float>((y[i] - target[i]) / 128);
    REQUIRE_FALSE(layer.backward(dy.data(), nullptr));
    for (int w = 0; w < 2; ++w) {
      const Weight weight = layer.weight(w);
      for (int64_t i = 0; i < weight.size; ++i) weight.values[i] -= 0.4f * weight.gradient[i];
    }
  }
  for (size_t i = 0; i < truth.size(); ++i) CHECK(layer.weight(0).values[i] == Approx(truth[i]).margin(1e-3));
}

// ---- Errors ----

constexpr Shape kX{1, 4, 4, 2}, kY{1, 3, 3, 2};

/// A built layer with a 2×2 kernel, and tensors for it.
struct Fixture {
  DepthwiseConv2D layer;
  Floats x = Floats(32, 1), y = Floats(18), dy = Floats(18, 1), dx = Floats(32);

  explicit Fixture(const LayerConfig& config = {.kernelSize = {2, 2}}) {
    REQUIRE_FALSE(layer.create(config));
    REQUIRE_FALSE(layer.build(kX, 1));
  }
  ErrorCode call(const Shape& shape, bool training = true) {
    return layer.call(x.data(), shape, training, y.data()).code;
  }
  ErrorCode backward() { return layer.backward(dy.data(), dx.data()).code; }
};

TEST_CASE("Layer errors: a layer cannot be copied") {
  CHECK_FALSE(std::is_copy_constructible_v<DepthwiseConv2D>);
  CHECK_FALSE(std::is_copy_assignable_v<DepthwiseConv2D>);
}

TEST_CASE("Layer errors: calls before create and build, and a second create") {
  DepthwiseConv2D layer;
  float value[64] = {};
  CHECK(layer.build(kX, 1));
  CHECK(layer.outputShape({-1, -1, -1, 2}).error());
  LayerConfig wrong{.kernelSize = {2, 2}, .strides = {0, 1}};
  CHECK(layer.create(wrong).code == ErrorCode::kSteps);
  for (const bool created : {false, true}) {
    if (created) REQUIRE_FALSE(layer.create({.kernelSize = {2, 2}}));
    CHECK(layer.checkCall(kX).error().code == ErrorCode::kNotBuilt);
    CHECK(layer.call(value, kX, true, value).code == ErrorCode::kNotBuilt);
    CHECK(layer.checkBackward().error().code == ErrorCode::kNotBuilt);
    CHECK(layer.backward(value, value).code == ErrorCode::kNotBuilt);
    CHECK(layer.setWeights(value, value).code == ErrorCode::kNotBuilt);
    CHECK(layer.applyConstraints().code == ErrorCode::kNotBuilt);
    CHECK(layer.losses().error().code == ErrorCode::kNotBuilt);
    CHECK(layer.weightCount() == 0);
  }
  CHECK(layer.create({.kernelSize = {3, 3}}).code == ErrorCode::kCreated);
  CHECK(layer.config().kernelSize == HeightWidth{2, 2});
}

TEST_CASE("Layer errors: build and outputShape refuse a shape that cannot be convolved, and the next build works") {
  for (const Layout layout : {Layout::kNhwc, Layout::kNchw}) {
    DepthwiseConv2D layer;
    REQUIRE_FALSE(layer.create({.kernelSize = {2, 2}, .layout = layout}));
    const auto refusal = [&](int64_t batch, int64_t height, int64_t width, int64_t channels) {
      const Shape shape = imageShape(layout, batch, height, width, channels);
      const Error error = layer.build(shape, 1);
      CHECK(layer.outputShape(shape).error().code == error.code);
      CHECK_FALSE(layer.isBuilt());
      return error;
    };
    const Error unknown = refusal(1, 4, 4, kUnknown);
    CHECK(unknown.code == ErrorCode::kUnknownChannels);
    CHECK(unknown.operands[0] == (layout == Layout::kNhwc ? 3 : 1));
    CHECK(refusal(1, 4, 4, 0).code == ErrorCode::kSizes);
    CHECK(refusal(1, -2, 4, 2).code == ErrorCode::kSizes);
    CHECK(refusal(-2, 4, 4, 2).code == ErrorCode::kSizes);
    const Error window = refusal(1, 1, 4, 2);
    CHECK(window.code == ErrorCode::kWindow);
    CHECK(window.operands == std::array<double, 5>{0, 2, 2, 1, 1});
    CHECK(refusal(1, 40000, 40000, 2).code == ErrorCode::kElements);
    CHECK_FALSE(layer.build(imageShape(layout, 1, 4, 4, 2), 1));
  }
}

TEST_CASE("Layer errors: an initializer that cannot fill its weight") {
  LayerConfig config{.kernelSize = {2, 2}};
  config.depthwiseInitializer.kind = Initializer::Kind::kIdentity;
  DepthwiseConv2D identity;
  REQUIRE_FALSE(identity.create(config));
  const Error kernel = identity.build(kX, 1);
  CHECK(kernel.code == ErrorCode::kInitializerShape);
  CHECK(kernel.argument == Argument::kDepthwiseInitializer);
  CHECK(kernel.operands == std::array<double, 5>{2, 2, 2, 1});
  CHECK_FALSE(identity.isBuilt());

  config = {.kernelSize = {2, 2}};
  config.biasInitializer.kind = Initializer::Kind::kOrthogonal;
  DepthwiseConv2D orthogonal;
  REQUIRE_FALSE(orthogonal.create(config));
  const Error bias = orthogonal.build(kX, 1);
  CHECK(bias.code == ErrorCode::kInitializerShape);
  CHECK(bias.argument == Argument::kBiasInitializer);
  CHECK(bias.operands[0] == 2);
  config.useBias = false;
  DepthwiseConv2D without;
  REQUIRE_FALSE(without.create(config));
  CHECK_FALSE(without.build(kX, 1));
}

TEST_CASE("Layer errors: another number of channels, and the weights remain") {
  Fixture f;
  const Floats before = copyOf(f.layer.weight(0));
  const Error error = f.layer.build({1, 4, 4, 3}, 2);
  CHECK(error.code == ErrorCode::kOtherChannels);
  CHECK(error.operands[0] == 2);
  CHECK(f.call({1, 4, 4, 3}) == ErrorCode::kOtherChannels);
  CHECK(copyOf(f.layer.weight(0)) == before);
  CHECK(f.call(kX) == ErrorCode::kNone);
}

TEST_CASE("Layer errors: checkCall returns the error of call, and both leave the last training call as it was") {
  Fixture f;
  REQUIRE(f.call(kX) == ErrorCode::kNone);
  for (const auto& [shape, code] : {std::pair{Shape{-1, 4, 4, 2}, ErrorCode::kSizes},
                                    {Shape{1, 4, 4, 3}, ErrorCode::kOtherChannels},
                                    {Shape{1, 1, 4, 2}, ErrorCode::kWindow}}) {
    CHECK(f.layer.checkCall(shape).error().code == code);
    CHECK(f.call(shape) == code);
  }
  CHECK(*f.layer.checkCall({5, 7, 2, 2}) == Shape{5, 6, 1, 2});
  CHECK(f.backward() == ErrorCode::kNone);
}

TEST_CASE("Layer errors: backward needs a training call and the weights of this call") {
  Fixture f;
  const auto isRefused = [&] {
    CHECK(f.layer.checkBackward().error().code == f.backward());
    return f.backward() == ErrorCode::kNoTrainingCall;
  };
  CHECK(isRefused());
  REQUIRE(f.call(kX, false) == ErrorCode::kNone);
  CHECK(isRefused());
  REQUIRE(f.call(kX) == ErrorCode::kNone);
  CHECK(f.layer.checkBackward()->x == kX);
  CHECK(f.layer.checkBackward()->y == kY);
  CHECK(f.layer.weight(0).gradient == nullptr);
  CHECK_FALSE(isRefused());
  REQUIRE_FALSE(f.layer.applyConstraints());
  CHECK(isRefused());
  REQUIRE(f.call(kX) == ErrorCode::kNone);
  REQUIRE_FALSE(f.layer.setWeights(f.x.data(), f.x.data()));
  CHECK(isRefused());
  REQUIRE(f.call(kX) == ErrorCode::kNone);
  f.layer.releaseKept();
  CHECK(isRefused());
}

TEST_CASE("Layer errors: backward after a change of trainable, also if it is changed back") {
  for (const bool trainable : {true, false}) {
    Fixture f({.kernelSize = {2, 2}, .trainable = trainable});
    REQUIRE(f.call(kX) == ErrorCode::kNone);
    f.layer.setTrainable(trainable);
    CHECK(f.backward() == ErrorCode::kNone);
    f.layer.setTrainable(!trainable);
    CHECK(f.layer.config().trainable == !trainable);
    f.layer.setTrainable(trainable);
    CHECK(f.backward() == ErrorCode::kNoTrainingCall);
    REQUIRE(f.call(kX) == ErrorCode::kNone);
    CHECK(f.backward() == ErrorCode::kNone);
  }
}

// ---- Memory ----

/// Configurations that keep every kind of memory.
std::vector<LayerConfig> configurations() {
  std::vector<LayerConfig> all;
  for (const Layout layout : {Layout::kNhwc, Layout::kNchw}) {
    for (const Activation activation : {Activation::kLinear, Activation::kSwish, Activation::kSoftmax}) {
      all.push_back({.kernelSize = {3, 2}, .layout = layout, .activation = activation, .useBias = false});
      LayerConfig config{.kernelSize = {3, 2}, .depthMultiplier = 2, .layout = layout, .activation = activation};
      config.activityRegularizer = config.depthwiseRegularizer = config.biasRegularizer = kBoth;
      config.depthwiseInitializer.kind = Initializer::Kind::kOrthogonal;
      all.push_back(config);
    }
  }
  return all;
}

/// Makes the first allocation of a call fail, then the second, until none does. `afterFailure` checks the layer after
/// each failure. Returns the number of failures.
int failEach(const std::function<Error()>& call, const std::function<void()>& afterFailure) {
  for (int nth = 1;; ++nth) {
    INFO("allocation " << nth << " fails");
    bool refused;
    Error error;
    {
      const FailingMemory memory(nth, FailingMemory::Refuses::kOne);
      error = call();
      refused = memory.hasRefused();
    }
    if (!refused) {
      CHECK_FALSE(error);
      return nth - 1;
    }
    REQUIRE(error.code == ErrorCode::kOutOfMemory);
    CHECK(error.operands[0] > 0);
    afterFailure();
  }
}

TEST_CASE("Layer memory: after an allocation that fails, build makes the same weights") {
  const int64_t before = liveAllocations();
  for (const LayerConfig& config : configurations()) {
    DepthwiseConv2D expected, layer;
    REQUIRE_FALSE(expected.create(config));
    REQUIRE_FALSE(layer.create(config));
    const Shape x = geometryOf(config, 2, 6, 5, 4).xShape();
    REQUIRE_FALSE(expected.build(x, 7));
    CHECK(failEach([&] { return layer.build(x, 7); }, [&] { CHECK_FALSE(layer.isBuilt()); }) >= expected.weightCount());
    for (int i = 0; i < expected.weightCount(); ++i) {
      CHECK(bitDifference(valuesOf(layer.weight(i)), valuesOf(expected.weight(i))) == "");
    }
    DepthwiseConv2D copy;
    REQUIRE_FALSE(copy.create(config));
    const Floats kernel = copyOf(expected.weight(0)), bias = biasOf(expected);
    CHECK(failEach([&] { return copy.build(x, kernel.data(), bias.data()); }, [&] { CHECK_FALSE(copy.isBuilt()); }) ==
          expected.weightCount());
    CHECK(copyOf(copy.weight(0)) == kernel);
  }
  CHECK(liveAllocations() == before);
}

/// A step of training, and its results.
struct Step {
  Floats y, dx, kernel, bias;

  bool operator==(const Step&) const = default;
};

TEST_CASE("Layer memory: after an allocation that fails, call and backward give the same results") {
  const int64_t before = liveAllocations();
  for (const LayerConfig& config : configurations()) {
    INFO("activation " << int(config.activation) << ", layout " << int(config.layout) << ", multiplier "
                       << config.depthMultiplier);
    Random random(1);
    const Geometry g = geometryOf(config, 2, 6, 5, 4);
    const Inputs in(config, g, random);
    DepthwiseConv2D layer;
    make(layer, config, g.xShape(), random);
    const auto step = [&]() -> Step {
      const Floats y = call(layer, g, in.x, true);
      Floats dx(in.x.size());
      REQUIRE_FALSE(layer.backward(in.dy.data(), dx.data()));
      return {y, dx, gradientOf(layer.weight(0)), config.useBias ? gradientOf(layer.weight(1)) : Floats()};
    };
    const Step expected = step();

    const Floats unwritten(in.dy.size(), -12345), unwrittenDx(in.x.size(), -12345);
    for (const bool training : {false, true}) {
      layer.releaseKept();
      Floats y = unwritten, dx(in.x.size());
      const int failures = failEach([&] { return layer.call(in.x.data(), g.xShape(), training, y.data()); },
                                    [&] {
                                      CHECK(y == unwritten);
                                      CHECK(layer.checkBackward().error().code == ErrorCode::kNoTrainingCall);
                                      layer.releaseKept();
                                    });
      CHECK(failures >= (training ? 1 : 0));
      CHECK(y == expected.y);
    }
    CHECK(step() == expected);

    call(layer, g, in.x, true);
    Floats dx = unwrittenDx;
    failEach([&] { return layer.backward(in.dy.data(), dx.data()); },
             [&] {
               CHECK(dx == unwrittenDx);
               CHECK(layer.weight(0).gradient == nullptr);
             });
    CHECK(dx == expected.dx);
    CHECK(step() == expected);
  }
  CHECK(liveAllocations() == before);
}

TEST_CASE("Layer memory: all other functions allocate nothing") {
  const LayerConfig config = configurations().back();
  Random random(1);
  const Geometry g = geometryOf(config, 2, 6, 5, 4);
  DepthwiseConv2D layer;
  make(layer, config, g.xShape(), random);
  call(layer, g, Floats(countOf(g.xShape()), 1), true);
  const Floats kernel = copyOf(layer.weight(0)), bias = biasOf(layer);
  const FailingMemory memory(1, FailingMemory::Refuses::kAllFromThenOn);
  DepthwiseConv2D other;
  CHECK_FALSE(other.create(config));
  CHECK(layer.outputShape(g.xShape()));
  CHECK(layer.losses()->activity > 0);
  CHECK_FALSE(layer.setWeights(kernel.data(), bias.data()));
  CHECK_FALSE(layer.applyConstraints());
  layer.setTrainable(false);
  layer.releaseKept();
  CHECK(memory.asked() == 0);
}

TEST_CASE("Layer: the convolution and its gradients are computed by the passes") {
  static int forwards, inputGradients, filterGradients;
  forwards = inputGradients = filterGradients = 0;
  const Passes before = DepthwiseConv2D::passes;
  DepthwiseConv2D::passes = {
      .forward =
          [](const Geometry& g, const float* x, const float* filter, const Epilogue& epilogue, float* y) {
            ++forwards;
            return forward(g, x, filter, epilogue, y);
          },
      .inputGradient =
          [](const Geometry& g, const float* dy, const float* filter, float* dx) {
            ++inputGradients;
            return inputGradient(g, dy, filter, dx);
          },
      .filterGradient =
          [](const Geometry& g, const float* x, const float* dy, float* dfilter) {
            ++filterGradients;
            return filterGradient(g, x, dy, dfilter);
          }};
  Random random(31);
  const LayerConfig config{.kernelSize = {3, 3}, .activation = Activation::kRelu};
  const Geometry g = geometryOf(config, 2, 6, 7, 4);
  DepthwiseConv2D layer;
  make(layer, config, g.xShape(), random);
  Floats x(countOf(g.xShape()), 1), dx(x);
  const Floats y = call(layer, g, x, true);
  CHECK_FALSE(layer.backward(y.data(), dx.data()));
  DepthwiseConv2D::passes = before;
  CHECK(forwards == 1);
  CHECK(inputGradients == 1);
  CHECK(filterGradients == 1);
}

}  // namespace
}  // namespace depthwise
