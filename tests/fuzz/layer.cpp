#include "depthwise/layer.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "convolution_input.h"
#include "require.h"
#include "target.h"

/// A layer of any small configuration, called in any order with shapes that may be wrong. Nothing is written outside of
/// the tensors, an error changes no weight, and a linear layer computes the oracle's values.
namespace depthwise::fuzz {
namespace {

constexpr int64_t kMaxSize = 4000;

using Floats = std::vector<float>;

/// Returns a number that a configuration may contain: mostly valid, sometimes negative, infinite or NaN.
double anyParameter(FuzzedDataProvider& bytes) {
  constexpr double kSpecial[] = {
      -1, 0, 1e-30, 1e39, std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()};
  return bytes.ConsumeIntegralInRange(0, 15) == 0 ? bytes.PickValueInArray(kSpecial)
                                                  : bytes.ConsumeFloatingPointInRange(0.0, 2.0);
}

Initializer anyInitializer(FuzzedDataProvider& bytes) {
  Initializer initializer;
  initializer.kind = static_cast<Initializer::Kind>(bytes.ConsumeIntegralInRange(0, 8));
  initializer.mode = static_cast<Initializer::FanMode>(bytes.ConsumeIntegralInRange(0, 2));
  initializer.distribution = static_cast<Initializer::Distribution>(bytes.ConsumeIntegralInRange(0, 2));
  for (double* number : {&initializer.value, &initializer.maxval, &initializer.mean, &initializer.stddev,
                         &initializer.scale, &initializer.gain}) {
    *number = anyParameter(bytes);
  }
  if (bytes.ConsumeBool()) initializer.seed = anyNumber(bytes);
  return initializer;
}

Regularizer anyRegularizer(FuzzedDataProvider& bytes) {
  if (bytes.ConsumeBool()) return {};
  return {.l1 = anyParameter(bytes), .l2 = anyParameter(bytes)};
}

Constraint anyConstraint(FuzzedDataProvider& bytes) {
  Constraint constraint;
  constraint.kind = static_cast<Constraint::Kind>(bytes.ConsumeIntegralInRange(0, 4));
  for (double* number : {&constraint.minValue, &constraint.maxValue, &constraint.rate}) *number = anyParameter(bytes);
  constraint.axisCount = bytes.ConsumeIntegralInRange(0, 4);
  for (int32_t& axis : constraint.axes) axis = bytes.ConsumeIntegralInRange(-5, 4);
  return constraint;
}

LayerConfig anyConfig(FuzzedDataProvider& bytes) {
  const auto step = [&] {
    return bytes.ConsumeIntegralInRange(0, 31) == 0 ? anyNumber(bytes) : bytes.ConsumeIntegralInRange(1, 3);
  };
  LayerConfig config;
  config.kernelSize = {step() + 1, step()};
  config.depthMultiplier = step();
  (bytes.ConsumeBool() ? config.strides : config.dilationRate) = {step(), step()};
  config.padding = bytes.ConsumeBool() ? Padding::Kind::kSame : Padding::Kind::kValid;
  config.layout = bytes.ConsumeBool() ? Layout::kNchw : Layout::kNhwc;
  if (bytes.ConsumeBool()) config.activation = static_cast<Activation>(bytes.ConsumeIntegralInRange(0, 17));
  config.useBias = bytes.ConsumeBool();
  config.depthwiseInitializer = anyInitializer(bytes);
  config.biasInitializer = anyInitializer(bytes);
  config.depthwiseRegularizer = anyRegularizer(bytes);
  config.biasRegularizer = anyRegularizer(bytes);
  config.activityRegularizer = anyRegularizer(bytes);
  config.depthwiseConstraint = anyConstraint(bytes);
  config.biasConstraint = anyConstraint(bytes);
  config.trainable = bytes.ConsumeBool();
  return config;
}

bool sameBits(const Floats& a, const Floats& b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0);
}

class Session {
 public:
  Session(FuzzedDataProvider& bytes, const LayerConfig& config) : bytes_(bytes), config_(config) {
    require(!layer_.create(config), "a valid configuration is refused");
    channels_ = bytes.ConsumeIntegralInRange(1, 6);
  }

  void act() {
    const Floats before = weights();
    const bool failed = bool(act(bytes_.ConsumeIntegralInRange(0, 8)));
    if (failed && before.size() == weights().size()) {
      require(sameBits(before, weights()), "an error changed the weights");
    }
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
    if (bytes_.ConsumeIntegralInRange(0, 15) == 0) {
      return {anyNumber(bytes_), anyNumber(bytes_), anyNumber(bytes_), anyNumber(bytes_)};
    }
    const auto size = [&] { return bytes_.ConsumeIntegralInRange(1, 9); };
    const int batch = bytes_.ConsumeIntegralInRange(0, 3), height = size(), width = size();
    return imageShape(config_.layout, batch, height, width, channels_);
  }

  Error setWeights() {
    if (!layer_.isBuilt()) return layer_.setWeights(nullptr, nullptr);
    const float value = bytes_.ConsumeFloatingPointInRange(-2.0f, 2.0f);
    const Floats kernel(static_cast<size_t>(layer_.weight(0).size), value);
    const Floats bias(config_.useBias ? static_cast<size_t>(layer_.weight(1).size) : 0, value);
    return layer_.setWeights(kernel.data(), bias.data());
  }

  bool isLinear() const { return config_.activation == Activation::kLinear; }

  Error call() {
    const Shape xShape = shape();
    const Result<Shape> yShape = layer_.checkCall(xShape);
    if (!yShape) return yShape.error();
    if (elementCount(xShape) > kMaxSize || elementCount(*yShape) > kMaxSize) return {};
    const bool training = bytes_.ConsumeBool();
    GuardedTensor x(xShape, 1), y(*yShape, 2);
    fill(x, bytes_);
    require(!layer_.call(x.data(), xShape, training, y.data()), "a call that was checked fails");
    require(x.guardsAreIntact() && y.guardsAreIntact(), "a guard was written over");
    const Result<Shape> outputShape = layer_.outputShape(xShape);
    require(outputShape && *outputShape == *yShape, "outputShape differs from the shape of y");
    if (training) {
      x_.assign(x.values().begin(), x.values().end());
      geometry_ = geometryOf(xShape, *yShape);
    }
    if (isLinear()) requireOutput(x, y, geometryOf(xShape, *yShape));
    return {};
  }

  Geometry geometryOf(const Shape& xShape, const Shape& yShape) {
    const Result<Geometry> geometry = makeGeometry(
        {.x = xShape,
         .filter = {config_.kernelSize[0], config_.kernelSize[1], layer_.weight(0).shape[2], config_.depthMultiplier},
         .strides = config_.strides,
         .dilations = config_.dilationRate,
         .padding = {.kind = config_.padding},
         .layout = config_.layout});
    require(geometry && geometry->yShape() == yShape, "the convolution of the layer differs");
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
    if (!shapes) return shapes.error();
    GuardedTensor dy(shapes->y, 3), dx(shapes->x, 4);
    fill(dy, bytes_);
    const bool wantsDx = bytes_.ConsumeBool();
    require(!layer_.backward(dy.data(), wantsDx ? dx.data() : nullptr), "a backward that was checked fails");
    require(dy.guardsAreIntact() && dx.guardsAreIntact(), "a guard was written over");
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
  std::optional<Geometry> geometry_;  ///< of the last training call
};

bool isSmall(const LayerConfig& config) {
  return config.kernelSize[0] <= 6 && config.kernelSize[1] <= 6 && config.depthMultiplier <= 4;
}

}  // namespace

void run(FuzzedDataProvider& bytes) {
  const LayerConfig config = anyConfig(bytes);
  if (const Error error = checkLayerConfig(config)) {
    DepthwiseConv2D layer;
    require(layer.create(config).code == error.code && !layer.isBuilt(), "create takes what the check refuses");
    return;
  }
  if (!isSmall(config)) return;
  Session session(bytes, config);
  for (int actions = 0; actions < 30 && bytes.remaining_bytes() > 0; ++actions) session.act();
}

}  // namespace depthwise::fuzz
