#include "layer/config_writer.h"

#include <array>
#include <catch2/catch.hpp>
#include <memory>
#include <string>

#include "support/random.h"
#include "config_text.h"
#include "layer/config_reader.h"
#include "refusal.h"

namespace depthwise {
namespace {

using Write = void (*)(const LayerConfig&, ConfigTree&);

std::string written(Write write, const LayerConfig& config) {
  const auto tree = std::make_unique<ConfigTree>();
  write(config, *tree);
  CHECK_FALSE(tree->finish());
  return textOf(tree->root());
}

LayerConfig readBack(const std::string& text) {
  const auto tree = std::make_unique<ConfigTree>();
  ConfigText(text, *tree);
  const Result<LayerConfig> config = readLayerConfig(tree->root());
  INFO(text << ": " << textOf(config));
  REQUIRE(config);
  return *config;
}

TEST_CASE("writing a config: field by field what tfjs's getConfig gives for the defaults") {
  // tfjs 4.22.0: tf.layers.depthwiseConv2d({kernelSize: 3, name: 'd', depthwiseInitializer: 'glorotUniform'})
  LayerConfig config;
  config.kernelSize = {3, 3};
  config.name.set("d");
  CHECK(written(writeLayerConfig, config) ==
        "{kernelSize:[3,3],strides:[1,1],padding:'valid',dataFormat:'channelsLast',dilationRate:[1,1],"
        "activation:'linear',useBias:true,biasInitializer:{className:'Zeros',config:{}},biasRegularizer:null,"
        "activityRegularizer:null,biasConstraint:null,name:'d',trainable:true,depthMultiplier:1,"
        "depthwiseInitializer:{className:'VarianceScaling',config:{scale:1,mode:'fanAvg',distribution:'uniform',"
        "seed:null}},depthwiseRegularizer:null,depthwiseConstraint:null}");
}

LayerConfig full() {
  return readBack(
      "{kernelSize: [3, 2], strides: 2, padding: 'same', dataFormat: 'channelsFirst', activation: 'logSoftmax',"
      " useBias: false, depthMultiplier: 4, batchInputShape: [null, 2, 5, null], name: 'aB', trainable: false,"
      " depthwiseInitializer: {className: 'HeNormal', config: {seed: 5}}, biasInitializer: 'randomUniform',"
      " depthwiseRegularizer: 'l2', depthwiseConstraint: {className: 'MinMaxNorm', config: {axis: [0, 1]}},"
      " biasConstraint: 'maxNorm'}");
}

TEST_CASE("writing a config: everything in tfjs's spelling") {
  CHECK(written(writeLayerConfig, full()) ==
        "{kernelSize:[3,2],strides:[2,2],padding:'same',dataFormat:'channelsFirst',dilationRate:[1,1],"
        "activation:'logSoftmax',useBias:false,biasInitializer:{className:'RandomUniform',config:{"
        "minval:-0.050000000000000003,maxval:0.050000000000000003,seed:null}},biasRegularizer:null,"
        "activityRegularizer:null,biasConstraint:{className:'MaxNorm',config:{maxValue:2,axis:0}},name:'aB',"
        "trainable:false,batchInputShape:[null,2,5,null],dtype:'float32',depthMultiplier:4,"
        "depthwiseInitializer:{className:'VarianceScaling',config:{scale:2,mode:'fanIn',distribution:'normal',seed:5}},"
        "depthwiseRegularizer:{className:'L1L2',config:{l1:0,l2:0.01}},depthwiseConstraint:{className:'MinMaxNorm',"
        "config:{minValue:0,maxValue:1,rate:1,axis:[0,1]}}}");
}

TEST_CASE("writing a config: everything in Keras's spelling, as an entry of a model file") {
  CHECK(written(writeKerasEntry, full()) ==
        "{class_name:'DepthwiseConv2D',config:{kernel_size:[3,2],strides:[2,2],padding:'same',"
        "data_format:'channels_first',dilation_rate:[1,1],activation:'log_softmax',use_bias:false,"
        "bias_initializer:{class_name:'RandomUniform',config:{minval:-0.050000000000000003,"
        "maxval:0.050000000000000003,seed:null}},bias_regularizer:null,activity_regularizer:null,"
        "bias_constraint:{class_name:'MaxNorm',config:{max_value:2,axis:0}},name:'aB',trainable:false,"
        "batch_input_shape:[null,2,5,null],dtype:'float32',depth_multiplier:4,depthwise_initializer:{"
        "class_name:'VarianceScaling',config:{scale:2,mode:'fan_in',distribution:'normal',seed:5}},"
        "depthwise_regularizer:{class_name:'L1L2',config:{l1:0,l2:0.01}},depthwise_constraint:{"
        "class_name:'MinMaxNorm',config:{min_value:0,max_value:1,rate:1,axis:[0,1]}}}}");
}

TEST_CASE("writing a config: no name is written where there is none, and dtype beside a shape or for Keras only") {
  LayerConfig config;
  config.kernelSize = {1, 1};
  CHECK(written(writeLayerConfig, config).find("name:") > written(writeLayerConfig, config).size());
  CHECK(written(writeLayerConfig, config).find("dtype:") == std::string::npos);
  CHECK(written(writeKerasEntry, config).find("dtype:'float32'") != std::string::npos);
}

TEST_CASE("writing a config: the named variants of variance scaling are written as what they stand for") {
  LayerConfig config = readBack("{kernelSize: 1, depthwiseInitializer: 'leCunUniform'}");
  const std::string asRead = written(writeLayerConfig, config);
  config.depthwiseInitializer.kind = Initializer::Kind::kLeCunUniform;
  CHECK(written(writeLayerConfig, config) == asRead);
}

class RandomConfig {
 public:
  explicit RandomConfig(uint32_t seed) : random_(seed) {}

  LayerConfig next() {
    LayerConfig c;
    c.kernelSize = pair();
    c.depthMultiplier = random_.within(1, 9);
    (random_.oneIn(2) ? c.strides : c.dilationRate) = pair();
    c.padding = random_.oneIn(2) ? LayerConfig::Padding::kSame : LayerConfig::Padding::kValid;
    c.layout = random_.oneIn(2) ? Layout::kNhwc : Layout::kNchw;
    c.activation = random_.oneOf(std::array{Activation::kLinear, Activation::kElu, Activation::kGeluNew,
                                            Activation::kHardSigmoid, Activation::kLogSoftmax, Activation::kRelu6,
                                            Activation::kSwish, Activation::kSoftmax});
    c.useBias = random_.oneIn(2);
    c.depthwiseInitializer = initializer();
    c.biasInitializer = initializer();
    if (random_.oneIn(2)) c.depthwiseRegularizer = regularizer();
    if (random_.oneIn(2)) c.biasRegularizer = regularizer();
    if (random_.oneIn(2)) c.activityRegularizer = regularizer();
    if (random_.oneIn(2)) c.depthwiseConstraint = constraint(4);
    if (random_.oneIn(2)) c.biasConstraint = constraint(1);
    if (random_.oneIn(2)) {
      for (int32_t& size : c.batchInputShape.emplace()) size = random_.oneIn(3) ? -1 : random_.within(1, 300);
    }
    if (random_.oneIn(2)) c.name.set(random_.oneIn(2) ? "depthwise_conv2d_1" : "aName: {with} \"marks\"");
    c.trainable = random_.oneIn(2);
    return c;
  }

 private:
  double number() { return double{random_.unit()} / 3; }
  Pair pair() { return {random_.within(1, 5), random_.within(1, 5)}; }
  Initializer initializer() {
    using Kind = Initializer::Kind;
    Initializer i;
    i.kind =
        random_.oneOf(std::array{Kind::kZeros, Kind::kOnes, Kind::kConstant, Kind::kRandomUniform, Kind::kRandomNormal,
                                 Kind::kTruncatedNormal, Kind::kVarianceScaling, Kind::kOrthogonal, Kind::kIdentity});
    const bool isRandom =
        i.kind != Kind::kZeros && i.kind != Kind::kOnes && i.kind != Kind::kConstant && i.kind != Kind::kIdentity;
    if (i.kind == Kind::kConstant) i.value = number();
    if (i.kind == Kind::kRandomUniform) i.minval = -number(), i.maxval = number();
    if (i.kind == Kind::kRandomNormal || i.kind == Kind::kTruncatedNormal) i.mean = -number(), i.stddev = number();
    if (i.kind == Kind::kOrthogonal || i.kind == Kind::kIdentity) i.gain = number();
    if (i.kind == Kind::kVarianceScaling) {
      i.scale = number() + 0.1;
      i.mode = static_cast<Initializer::FanMode>(random_.within(0, 2));
      i.distribution = static_cast<Initializer::Distribution>(random_.within(0, 2));
    }
    if (isRandom && random_.oneIn(2)) i.seed = random_.within(-1000, 1000);
    return i;
  }
  Regularizer regularizer() { return {Regularizer::Kind::kL1L2, number(), random_.oneIn(2) ? 0 : number()}; }
  Constraint constraint(int rank) {
    using Kind = Constraint::Kind;
    Constraint c{static_cast<Kind>(random_.within(0, 3))};
    if (c.kind == Kind::kMaxNorm) c.maxValue = number();
    if (c.kind == Kind::kMinMaxNorm) c.minValue = number(), c.maxValue = c.minValue + number(), c.rate = number();
    if (c.kind == Kind::kNonNeg) return c;
    c.axes.count = random_.within(1, rank);
    for (int i = 0; i < c.axes.count; ++i) c.axes.values[i] = random_.oneIn(2) ? i : i - rank;
    return c;
  }

  Random random_;
};

/// Every field, whatever a writer makes of it.
std::string described(const LayerConfig& c) {
  std::ostringstream out;
  out.precision(17);
  const auto initializer = [&](const Initializer& i) {
    out << int(i.kind) << ' ' << i.value << ' ' << i.minval << ' ' << i.maxval << ' ' << i.mean << ' ' << i.stddev
        << ' ' << i.scale << ' ' << int(i.mode) << ' ' << int(i.distribution) << ' ' << i.gain << ' '
        << i.seed.value_or(0.5) << '\n';
  };
  const auto regularizer = [&](const std::optional<Regularizer>& r) {
    if (r) out << int(r->kind) << ' ' << r->l1 << ' ' << r->l2;
    out << '\n';
  };
  const auto constraint = [&](const std::optional<Constraint>& k) {
    if (k) {
      out << int(k->kind) << ' ' << k->minValue << ' ' << k->maxValue << ' ' << k->rate;
      for (int i = 0; i < k->axes.count; ++i) out << ' ' << k->axes.values[i];
    }
    out << '\n';
  };
  out << c.kernelSize[0] << ' ' << c.kernelSize[1] << ' ' << c.depthMultiplier << ' ' << c.strides[0] << ' '
      << c.strides[1] << ' ' << c.dilationRate[0] << ' ' << c.dilationRate[1] << ' ' << int(c.padding) << ' '
      << int(c.layout) << ' ' << int(c.activation) << ' ' << c.useBias << ' ' << c.trainable << ' ' << c.name.view()
      << '\n';
  initializer(c.depthwiseInitializer);
  initializer(c.biasInitializer);
  regularizer(c.depthwiseRegularizer);
  regularizer(c.biasRegularizer);
  regularizer(c.activityRegularizer);
  constraint(c.depthwiseConstraint);
  constraint(c.biasConstraint);
  for (size_t i = 0; c.batchInputShape && i < 4; ++i) out << (*c.batchInputShape)[i] << ' ';
  return out.str();
}

TEST_CASE("writing a config: what is written reads as what it was, in both spellings") {
  RandomConfig random(7);
  const auto tree = std::make_unique<ConfigTree>();
  for (int i = 0; i < 2000; ++i) {
    const LayerConfig config = random.next();
    for (const Write write : {Write(writeLayerConfig), Write(writeKerasEntry)}) {
      write(config, *tree);
      const Result<LayerConfig> again = readLayerConfig(tree->root());
      INFO(textOf(tree->root()) << textOf(again));
      REQUIRE(again);
      REQUIRE(described(*again) == described(config));
    }
  }
}

}  // namespace
}  // namespace depthwise
