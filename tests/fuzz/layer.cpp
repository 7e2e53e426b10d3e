#include <cmath>
#include <cstring>
#include <vector>

#include "convolution_input.h"
#include "depthwise/layer.h"
#include "require.h"
#include "target.h"

/// A layer of any configuration, with calls in any order and any shapes: nothing is written outside of the tensors,
/// errors change nothing, and the results of a linear layer agree with the oracle.
namespace depthwise::fuzz {
namespace {

constexpr int64_t kMaxTestedElements = 4000;

using Floats = std::vector<float>;

/// Returns one of the first `count` values of an enumeration.
template <class Enum>
Enum anyOf(FuzzedDataProvider& bytes, int count) {
  return static_cast<Enum>(bytes.ConsumeIntegralInRange(0, count - 1));
}

double anyReal(FuzzedDataProvider& bytes) {
  return bytes.ConsumeBool() ? bytes.ConsumeFloatingPoint<double>() : bytes.ConsumeIntegralInRange(-2, 20) / 8.;
}

Initializer anyInitializer(FuzzedDataProvider& bytes) {
  Initializer i;
  i.kind = anyOf<Initializer::Kind>(bytes, 9);
  i.mode = anyOf<Initializer::FanMode>(bytes, 3);
  i.distribution = anyOf<Initializer::Distribution>(bytes, 3);
  for (double* number : {&i.value, &i.minval, &i.maxval, &i.mean, &i.stddev, &i.scale, &i.gain}) {
    if (bytes.ConsumeBool()) *number = anyReal(bytes);
  }
  if (bytes.ConsumeBool()) i.seed = bytes.ConsumeIntegral<int64_t>();
  return i;
}

Regularizer anyRegularizer(FuzzedDataProvider& bytes) {
  return bytes.ConsumeBool() ? Regularizer() : Regularizer{anyReal(bytes), anyReal(bytes)};
}

Constraint anyConstraint(FuzzedDataProvider& bytes) {
  Constraint c;
  c.kind = anyOf<Constraint::Kind>(bytes, 5);
  for (double* number : {&c.minValue, &c.maxValue, &c.rate}) {
    if (bytes.ConsumeBool()) *number = anyReal(bytes);
  }
  for (int32_t& axis : c.axes) axis = bytes.ConsumeIntegralInRange(-5, 5);
  c.axisCount = bytes.ConsumeIntegralInRange(-1, 5);
  return c;
}

LayerConfig anyConfig(FuzzedDataProvider& bytes) {
  LayerConfig c;
  const auto step = [&] {
    return bytes.ConsumeIntegralInRange(0, 9) ? bytes.ConsumeIntegralInRange(1, 4) : anyNumber(bytes);
  };
  c.kernelSize = {step(), step()};
  c.depthMultiplier = step();
  (bytes.ConsumeBool() ? c.strides : c.dilationRate) = {step(), step()};
  if (bytes.ConsumeIntegralInRange(0, 9) == 0) c.strides = {step(), step()};
  c.padding = anyOf<Padding::Kind>(bytes, 3);
  c.layout = anyOf<Layout>(bytes, 2);
  c.activation = bytes.ConsumeBool() ? Activation::kLinear : anyOf<Activation>(bytes, 18);
  c.useBias = bytes.ConsumeBool();
  c.depthwiseInitializer = anyInitializer(bytes);
  c.biasInitializer = anyInitializer(bytes);
  c.depthwiseRegularizer = anyRegularizer(bytes);
  c.biasRegularizer = anyRegularizer(bytes);
  c.activityRegularizer = anyRegularizer(bytes);
  c.depthwiseConstraint = anyConstraint(bytes);
  c.biasConstraint = anyConstraint(bytes);
  c.trainable = bytes.ConsumeBool();
  return c;
}

class Session {
 public:
  explicit Session(FuzzedDataProvider& bytes) : bytes_(bytes), config_(anyConfig(bytes)) {
    channels_ = bytes.ConsumeIntegralInRange(1, 6);
  }

  /// Returns whether there is a layer that is small enough for the oracle.
  bool create() {
    const bool isCreated = !layer_.create(config_);
    require(isCreated == !checkLayerConfig(config_), "create and checkLayerConfig disagree");
    return isCreated && config_.kernelSize[0] <= 6 && config_.kernelSize[1] <= 6 && config_.depthMultiplier <= 4;
  }

  void act() {
    const Floats before = weights();
    const Error error = act(bytes_.ConsumeIntegralInRange(0, 8));
    if (!error || before.empty()) return;
    const Floats after = weights();
    require(std::memcmp(before.data(), after.data(), before.size() * sizeof(float)) == 0, "an error changed weights");
  }

 private:
  Error act(int action) {
    switch (action) {
      case 0:
        return layer_.build(shape(), bytes_.ConsumeIntegral<uint32_t>());
      case 1:
        return setWeights();
      case 2:
        return layer_.applyConstraints();
      case 3:
        layer_.setTrainable(bytes_.ConsumeBool());
        return {};
      case 4:
        layer_.releaseKept();
        require(layer_.keptBytes() == 0, "memory is kept");
        return {};
      case 5:
        return layer_.losses().error();
      case 6:
        return backward();
      default:
        return call();
    }
  }

  Floats weights() {
    Floats all;
    for (int i = 0; i < layer_.weightCount(); ++i) {
      const Weight weight = layer_.weight(i);
      all.insert(all.end(), weight.values, weight.values + weight.size);
    }
    return all;
  }

  Shape shape() {
    const auto number = [&] { return anyNumber(bytes_); };
    if (bytes_.ConsumeIntegralInRange(0, 15) == 0) return {number(), number(), number(), number()};
    const auto size = [&] { return bytes_.ConsumeIntegralInRange<int64_t>(1, 9); };
    const int64_t batch = bytes_.ConsumeIntegralInRange(0, 3), height = size(), width = size();
    return imageShape(config_.layout, batch, height, width, channels_);
  }

  Error setWeights() {
    const bool isBuilt = layer_.isBuilt();
    const auto values = [&](int i) {
      const size_t size = i < layer_.weightCount() ? static_cast<size_t>(layer_.weight(i).size) : 1;
      return Floats(size, bytes_.ConsumeFloatingPointInRange(-2.0f, 2.0f));
    };
    const Floats kernel = values(0), bias = values(1);
    const Error error = layer_.setWeights(kernel.data(), bias.data());
    require(bool(error) != isBuilt, "setWeights needs a layer that is built, and nothing else");
    return error;
  }

  bool isLinear() const { return config_.activation == Activation::kLinear; }

  Error call() {
    const Shape xShape = shape();
    const Result<Shape> yShape = layer_.checkCall(xShape);
    if (!yShape) return yShape.error();
    if (elementCount(xShape) > kMaxTestedElements || elementCount(*yShape) > kMaxTestedElements) return {};
    const bool training = bytes_.ConsumeBool();
    GuardedTensor x(xShape, 1), y(*yShape, 2);
    fill(x, bytes_);
    require(!layer_.call(x.data(), xShape, training, y.data()), "call fails after checkCall");
    require(x.guardsAreIntact() && y.guardsAreIntact(), "a guard was overwritten");
    const Result<Shape> output = layer_.outputShape(xShape);
    require(output && *output == *yShape, "outputShape and checkCall disagree");
    const Geometry geometry = geometryOf(xShape);
    if (training) {
      x_.assign(x.values().begin(), x.values().end());
      geometry_ = geometry;
    }
    if (isLinear()) requireOutput(x, y, geometry);
    return {};
  }

  Geometry geometryOf(const Shape& xShape) {
    const Shape filter{config_.kernelSize[0], config_.kernelSize[1], layer_.weight(0).shape[2],
                       config_.depthMultiplier};
    const Result<Geometry> geometry = makeGeometry({.x = xShape,
                                                    .filter = filter,
                                                    .strides = config_.strides,
                                                    .dilations = config_.dilationRate,
                                                    .padding = {.kind = config_.padding},
                                                    .layout = config_.layout});
    require(bool(geometry), "the convolution of the layer has no geometry");
    return *geometry;
  }

  void requireOutput(const GuardedTensor& x, const GuardedTensor& y, const Geometry& g) {
    const Weight kernel = layer_.weight(0);
    const std::span<const float> filter(kernel.values, static_cast<size_t>(kernel.size));
    oracle::Sums sums = oracle::forward(g, x.values(), filter);
    const size_t plane = static_cast<size_t>(g.height.out) * static_cast<size_t>(g.width.out);
    const size_t channels = static_cast<size_t>(g.outChannels());
    for (size_t i = 0; config_.useBias && i < sums.values.size(); ++i) {
      sums.add(i, double{layer_.weight(1).values[(g.layout == Layout::kNhwc ? i : i / plane) % channels]});
    }
    requireAgreement(y, sums, {x.values(), filter, double(g.height.taps) * g.width.taps + 1}, "y is wrong");
  }

  Error backward() {
    const auto shapes = layer_.checkBackward();
    if (!shapes) {
      require(layer_.backward(nullptr, nullptr).code == shapes.error().code, "backward and checkBackward disagree");
      return shapes.error();
    }
    require(shapes->x == geometry_->xShape() && shapes->y == geometry_->yShape(),
            "backward has other shapes than call");
    GuardedTensor dy(shapes->y, 3), dx(shapes->x, 4);
    fill(dy, bytes_);
    const bool wantsDx = bytes_.ConsumeBool();
    require(!layer_.backward(dy.data(), wantsDx ? dx.data() : nullptr), "backward fails after checkBackward");
    require(dy.guardsAreIntact() && dx.guardsAreIntact(), "a guard was overwritten");
    const Weight kernel = layer_.weight(0);
    require(!kernel.gradient == !layer_.config().trainable, "only a trainable layer has gradients");
    if (!isLinear() || config_.activityRegularizer) return {};
    const Geometry& g = *geometry_;
    const std::span<const float> filter(kernel.values, static_cast<size_t>(kernel.size));
    if (wantsDx) {
      requireAgreement(dx, oracle::inputGradient(g, dy.values(), filter),
                       {dy.values(), filter, double(g.height.taps) * g.width.taps * g.multiplier}, "dx is wrong");
    }
    if (kernel.gradient && !config_.depthwiseRegularizer) {
      GuardedTensor gradient(kernel.size, 0);
      std::copy_n(kernel.gradient, kernel.size, gradient.data());
      requireAgreement(gradient, oracle::filterGradient(g, x_, dy.values()),
                       {x_, dy.values(), double(g.batch) * g.height.out * g.width.out},
                       "the gradient of the kernel is wrong");
    }
    return {};
  }

  FuzzedDataProvider& bytes_;
  LayerConfig config_;
  int channels_;
  DepthwiseConv2D layer_;
  Floats x_;
  std::optional<Geometry> geometry_;
};

}  // namespace

void run(FuzzedDataProvider& bytes) {
  Session session(bytes);
  if (!session.create()) return;
  for (int actions = 0; actions < 30 && bytes.remaining_bytes() > 0; ++actions) session.act();
}

}  // namespace depthwise::fuzz
