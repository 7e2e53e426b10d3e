#include <cmath>
#include <memory>

#include "config_input.h"
#include "layer/config_reader.h"
#include "layer/depthwise_conv2d.h"
#include "require.h"
#include "target.h"

/// A layer of any small configuration, called in any order with shapes that may be wrong: nothing is written outside of
/// the tensors, errors change nothing, and where the layer is linear it computes what the oracle says.
namespace depthwise::fuzz {
namespace {

constexpr int64_t kMostElements = 4000;

using Floats = std::vector<float>;

Floats weightsOf(const DepthwiseConv2D& layer) {
  Floats all;
  for (int i = 0; i < layer.weightCount(); ++i) {
    const Weight weight = layer.weight(i);
    all.insert(all.end(), weight.values, weight.values + weight.size);
  }
  return all;
}

bool sameBits(const Floats& a, const Floats& b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0);
}

class Session {
 public:
  Session(FuzzedDataProvider& bytes, const LayerConfig& config) : bytes_(bytes), config_(config) {
    require(!layer_.create(config), "a configuration that was read makes no layer");
    channels_ = bytes.ConsumeIntegralInRange(1, 6);
  }

  void act() {
    const Floats before = weightsOf(layer_);
    const int action = bytes_.ConsumeIntegralInRange(0, 8);
    const bool failed = bool(act(action));
    if (failed && before.size() == weightsOf(layer_).size()) {
      require(sameBits(before, weightsOf(layer_)), "an error changed the weights");
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

  NumberList shape() {
    if (bytes_.ConsumeIntegralInRange(0, 15) == 0) return anyNumbers(bytes_, 6);
    const auto size = [&] { return double(bytes_.ConsumeIntegralInRange(1, 9)); };
    const double batch = bytes_.ConsumeIntegralInRange(0, 3), height = size(), width = size(), channels = channels_;
    return config_.layout == Layout::kNhwc ? NumberList{{batch, height, width, channels}, 4}
                                           : NumberList{{batch, channels, height, width}, 4};
  }

  Error setWeights() {
    std::vector<Floats> values;
    std::vector<GivenWeight> given;
    for (int i = 0; i < layer_.weightCount(); ++i) {
      const Weight weight = layer_.weight(i);
      values.emplace_back(static_cast<size_t>(weight.size), bytes_.ConsumeFloatingPointInRange(-2.0f, 2.0f));
      NumberList list{{}, static_cast<int>(weight.shape.size())};
      std::copy(weight.shape.begin(), weight.shape.end(), list.values);
      if (bytes_.ConsumeIntegralInRange(0, 7) == 0) list = anyNumbers(bytes_, 5);
      given.push_back({values.back().data(), list});
    }
    if (bytes_.ConsumeIntegralInRange(0, 7) == 0) given.resize(bytes_.ConsumeIntegralInRange<size_t>(0, given.size()));
    return layer_.setWeights(given);
  }

  static NumberList listOf(const Shape& shape) {
    return {{double(shape[0]), double(shape[1]), double(shape[2]), double(shape[3])}, 4};
  }

  bool isLinear() const { return config_.activation == Activation::kLinear; }

  Error call() {
    const NumberList xShape = shape();
    const Result<Shape> yShape = layer_.checkCall(xShape);
    if (!yShape) return yShape.error();
    double size = 1;
    for (int i = 0; i < 4; ++i) size *= xShape.values[i];
    if (size > double(kMostElements) || elementCount(*yShape) > kMostElements) return {};
    const bool training = bytes_.ConsumeBool();
    GuardedTensor x(static_cast<int64_t>(size), 1), y(*yShape, 2);
    fill(x, bytes_);
    const Error error = layer_.call(x.data(), xShape, training, y.data());
    require(!error, "a call that was checked fails");
    require(x.guardsAreIntact() && y.guardsAreIntact(), "a guard was written over");
    const Result<NumberList> said = layer_.outputShape(xShape);
    require(said && said->values[1] == (*yShape)[1] && said->values[3] == (*yShape)[3],
            "y has another shape than said");
    if (training) {
      trainedShape_ = *yShape;
      x_.assign(x.values().begin(), x.values().end());
      geometry_ = geometryOf(xShape, *yShape);
    }
    if (isLinear()) requireOutput(x, y, geometryOf(xShape, *yShape));
    return {};
  }

  Geometry geometryOf(const NumberList& xShape, const Shape& yShape) const {
    ConvolutionArguments a{};
    a.function = "fuzz";
    a.xShape = xShape;
    a.filterShape = {{double(config_.kernelSize[0]), double(config_.kernelSize[1]), double(layer_.weight(0).shape[2]),
                      double(config_.depthMultiplier)},
                     4};
    a.strides = {{double(config_.strides[0]), double(config_.strides[1])}, 2};
    a.dilations = {{double(config_.dilationRate[0]), double(config_.dilationRate[1])}, 2};
    a.dataFormat = config_.layout == Layout::kNhwc ? "NHWC" : "NCHW";
    a.pad = ConvolutionArguments::Pad::kName;
    a.padName = config_.padding == LayerConfig::Padding::kSame ? "same" : "valid";
    const Result<Geometry> geometry = checkConvolution(a);
    require(geometry && geometry->yShape() == yShape, "the layer's convolution is another");
    return *geometry;
  }

  void requireOutput(const GuardedTensor& x, const GuardedTensor& y, const Geometry& g) const {
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
    const bool isWrong = bytes_.ConsumeIntegralInRange(0, 7) == 0;
    const NumberList dyShape = isWrong ? anyNumbers(bytes_, 6) : listOf(trainedShape_);
    const Result<Shape> xShape = layer_.checkBackward(dyShape);
    if (!xShape) return xShape.error();
    GuardedTensor dy(trainedShape_, 3), dx(*xShape, 4);
    fill(dy, bytes_);
    const bool wantsDx = bytes_.ConsumeBool();
    const Error error = layer_.backward(dy.data(), dyShape, wantsDx ? dx.data() : nullptr);
    require(!error, "a backward that was checked fails");
    require(dy.guardsAreIntact() && dx.guardsAreIntact(), "a guard was written over");
    const Weight kernel = layer_.weight(0);
    require(!kernel.gradient == !layer_.config().trainable, "gradients where there should be none, or the reverse");
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
                       "the kernel's gradient is wrong");
    }
    return {};
  }

  FuzzedDataProvider& bytes_;
  LayerConfig config_;
  int channels_;
  DepthwiseConv2D layer_;
  Shape trainedShape_{};
  Floats x_;
  std::optional<Geometry> geometry_;
};

bool isSmall(const LayerConfig& config) {
  return config.kernelSize[0] <= 6 && config.kernelSize[1] <= 6 && config.depthMultiplier <= 4;
}

}  // namespace

void run(FuzzedDataProvider& bytes) {
  static ConfigTree tree;
  tree.clear();
  writeTree(bytes, tree);
  const Result<LayerConfig> config = readLayerConfig(tree.root());
  if (!config || !isSmall(*config)) return;
  Session session(bytes, *config);
  for (int actions = 0; actions < 30 && bytes.remaining_bytes() > 0; ++actions) session.act();
}

}  // namespace depthwise::fuzz
