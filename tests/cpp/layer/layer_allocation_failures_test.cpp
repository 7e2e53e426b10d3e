#include <catch2/catch.hpp>
#include <functional>
#include <memory>

#include "support/allocation_failures.h"
#include "layer/config_reader.h"
#include "layer/config_writer.h"
#include "layer_under_test.h"

namespace depthwise {
namespace {

constexpr Shape kX{2, 6, 5, 4};

bool isOutOfMemory(const Error& error) {
  const std::string text = textOf(error);
  return text.starts_with("Error in DepthwiseConv2D: out of memory, ") && text.ends_with(" bytes were wanted");
}

/// Configurations for which every kind of memory is kept.
std::vector<LayerConfig> configurations() {
  std::vector<LayerConfig> all;
  for (const Layout layout : {Layout::kNhwc, Layout::kNchw}) {
    for (const Activation activation : {Activation::kLinear, Activation::kSwish, Activation::kSoftmax}) {
      for (const bool isPlain : {true, false}) {
        LayerConfig config = kernelOf(3, 2);
        config.layout = layout;
        config.activation = activation;
        config.depthMultiplier = isPlain ? 1 : 2;
        config.useBias = !isPlain;
        if (!isPlain) {
          config.activityRegularizer = config.depthwiseRegularizer = config.biasRegularizer =
              Regularizer{Regularizer::Kind::kL1L2, 0.1, 0.2};
          config.depthwiseInitializer.kind = Initializer::Kind::kOrthogonal;
          config.depthwiseConstraint = Constraint{Constraint::Kind::kMaxNorm};
        }
        all.push_back(config);
      }
    }
  }
  return all;
}

Shape inputOf(const LayerConfig& config) {
  return config.layout == Layout::kNhwc ? kX : Shape{kX[0], kX[3], kX[1], kX[2]};
}

/// Does something to a layer with its first allocation failing, then its second, until none fails. Each failure must be
/// told as such; `afterFailure` looks at the layer then. Gives the number of failures.
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
      CHECK(textOf(error) == "");
      return nth - 1;
    }
    REQUIRE(isOutOfMemory(error));
    afterFailure();
  }
}

/// A step of training, and what came of it.
struct Step {
  std::vector<float> y, dx, kernel, bias;

  bool operator==(const Step&) const = default;
};

struct Fixture {
  Shape shape;
  std::vector<float> x, dy, y, dx;

  Fixture(const LayerConfig& config, const DepthwiseConv2D& layer)
      : shape(inputOf(config)), x(sizeOf(shape)), dx(x.size()) {
    Random random(1);
    const NumberList out = *layer.outputShape(listOf(shape));
    outShape = out;
    y.resize(static_cast<size_t>(out.values[0] * out.values[1] * out.values[2] * out.values[3]));
    dy.resize(y.size());
    for (std::vector<float>* values : {&x, &dy}) {
      for (float& value : *values) value = 2 * random.unit() - 1;
    }
  }
  static size_t sizeOf(const Shape& all) { return static_cast<size_t>(elementCount(all)); }

  Error call(DepthwiseConv2D& layer, bool training) { return layer.call(x.data(), listOf(shape), training, y.data()); }
  Error backward(DepthwiseConv2D& layer) { return layer.backward(dy.data(), outShape, dx.data()); }
  Step step(DepthwiseConv2D& layer) {
    REQUIRE(textOf(call(layer, true)) == "");
    REQUIRE(textOf(backward(layer)) == "");
    const auto gradient = [&](int i) {
      const Weight weight = layer.weight(i);
      return std::vector<float>(weight.gradient, weight.gradient + weight.size);
    };
    return {y, dx, gradient(0), layer.weightCount() > 1 ? gradient(1) : Floats{}};
  }

  NumberList outShape;
};

TEST_CASE("allocation failures: a layer is not built, or built as it should be") {
  const int64_t before = liveAllocations();
  for (const LayerConfig& config : configurations()) {
    DepthwiseConv2D expected, layer;
    REQUIRE_FALSE(expected.create(config));
    REQUIRE_FALSE(layer.create(config));
    const NumberList shape = listOf(inputOf(config));
    REQUIRE_FALSE(expected.build(shape, 7));
    const int failures = failEach([&] { return layer.build(shape, 7); },
                                  [&] {
                                    CHECK_FALSE(layer.isBuilt());
                                    CHECK(layer.weightCount() == 0);
                                  });
    CHECK(failures >= expected.weightCount());
    for (int i = 0; i < expected.weightCount(); ++i) {
      CHECK(bitDifference(valuesOf(layer.weight(i)), valuesOf(expected.weight(i))) == "");
    }
  }
  CHECK(liveAllocations() == before);
}

TEST_CASE("allocation failures: a layer that is built with given weights") {
  const int64_t before = liveAllocations();
  {
    DepthwiseConv2D layer;
    REQUIRE_FALSE(layer.create(kernelOf(2, 2)));
    const std::vector<float> kernel(16, 0.5f), bias(4, 0.25f);
    const GivenWeight given[] = {{kernel.data(), numberList({2, 2, 4, 1})}, {bias.data(), numberList({4})}};
    const int failures =
        failEach([&] { return layer.build(listOf(kX), 1, given); }, [&] { CHECK_FALSE(layer.isBuilt()); });
    CHECK(failures == 2);
    CHECK(bitDifference(valuesOf(layer.weight(0)), kernel) == "");
    CHECK(bitDifference(valuesOf(layer.weight(1)), bias) == "");
  }
  CHECK(liveAllocations() == before);
}

TEST_CASE("allocation failures: call and backward leave a layer that trains as if nothing had happened") {
  const int64_t before = liveAllocations();
  for (const LayerConfig& config : configurations()) {
    INFO("activation " << static_cast<int>(config.activation) << ", layout " << static_cast<int>(config.layout)
                       << ", multiplier " << config.depthMultiplier);
    DepthwiseConv2D layer;
    REQUIRE_FALSE(layer.create(config));
    REQUIRE_FALSE(layer.build(listOf(inputOf(config)), 7));
    Fixture fixture(config, layer);
    const Step expected = fixture.step(layer);

    for (const bool training : {false, true}) {
      layer.releaseKept();
      const Floats unwritten(fixture.y.size(), -12345);
      fixture.y = unwritten;
      const int failures = failEach([&] { return fixture.call(layer, training); },
                                    [&] {
                                      CHECK(fixture.y == unwritten);
                                      const std::string text = textOf(fixture.backward(layer));
                                      CHECK(text.find("backward must follow a call") != std::string::npos);
                                      layer.releaseKept();
                                    });
      CHECK(failures >= (training ? 1 : 0));
      CHECK(fixture.y == expected.y);
    }
    // Memory that is kept from a call does not hide the failures of the next one, which may want more.
    CHECK(fixture.step(layer) == expected);

    REQUIRE_FALSE(fixture.call(layer, true));
    const Floats unwritten(fixture.dx.size(), -12345);
    fixture.dx = unwritten;
    failEach([&] { return fixture.backward(layer); },
             [&] {
               CHECK(fixture.dx == unwritten);
               CHECK(layer.weight(0).gradient == nullptr);
             });
    CHECK(fixture.dx == expected.dx);
    CHECK(fixture.step(layer) == expected);
  }
  CHECK(liveAllocations() == before);
}

TEST_CASE("allocation failures: the rest of a layer, and its configuration, need no memory") {
  const LayerConfig config = configurations().back();
  DepthwiseConv2D layer;
  REQUIRE_FALSE(layer.create(config));
  REQUIRE_FALSE(layer.build(listOf(inputOf(config)), 7));
  Fixture fixture(config, layer);
  fixture.step(layer);
  const auto tree = std::make_unique<ConfigTree>();
  std::vector<GivenWeight> given;
  std::vector<Floats> values;
  for (int i = 0; i < layer.weightCount(); ++i) {
    const Weight weight = layer.weight(i);
    values.emplace_back(weight.values, weight.values + weight.size);
  }
  given = {{values[0].data(), listOf(Shape{3, 2, 4, 2})}, {values[1].data(), numberList({8})}};
  allocatesNothing([&] {
    DepthwiseConv2D other;
    CHECK_FALSE(other.create(config));
    CHECK(layer.outputShape(listOf(inputOf(config))));
    CHECK(*layer.countParams() == 3 * 2 * 4 * 2 + 8);
    CHECK(layer.losses()->activity);
    CHECK(textOf(layer.setWeights(given)) == "");
    CHECK_FALSE(layer.applyConstraints());
    CHECK(layer.keptBytes() > 0);
    layer.setTrainable(false);
    writeLayerConfig(config, *tree);
    CHECK(readLayerConfig(tree->root()));
    writeKerasEntry(config, *tree);
    CHECK(readLayerConfig(tree->root()));
    layer.releaseKept();
    CHECK(layer.keptBytes() == 0);
  });
}

}  // namespace
}  // namespace depthwise
