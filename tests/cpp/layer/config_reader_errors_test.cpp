#include <catch2/catch.hpp>
#include <string>

#include "config_reading.h"

namespace depthwise {
namespace {

TEST_CASE("reading a config: an argument that the layer does not have is named, with those it has") {
  CHECK(refusal("kernelInitializer: 'zeros'") ==
        kStart +
            "config must have no fields but kernelSize, depthMultiplier, strides, padding, dataFormat, dilationRate, "
            "activation, useBias, depthwiseInitializer, biasInitializer, depthwiseRegularizer, biasRegularizer, "
            "activityRegularizer, depthwiseConstraint, biasConstraint, inputShape, batchInputShape, batchSize, dtype, "
            "name, trainable, weights, groups; got 'kernelInitializer'");
  for (const char* key : {"filters", "kernel_initializer", "KernelSize", "kernel_Size", "kernelsize", "", "rank"}) {
    CHECK(refusal(std::string("'") + key + "': null").find(std::string("; got '") + key + "'") != std::string::npos);
  }
  CHECK(refusal("kernel_size: 3") == kStart + "config must have each field once, got kernelSize twice");
  CHECK(refusal("groups: 2") == kStart + "groups must be 1, got 2");
}

TEST_CASE("reading a config: wrong values are refused") {
  struct Case {
    const char *arguments, *text;
  };
  for (const Case& c : {
           Case{"strides: 0",
                "strides must be a whole number from 1 to 1073741824, or two of them [height, width], got 0"},
           {"strides: [1, 2, 3]",
            "strides must be a whole number from 1 to 1073741824, or two of them [height, width], got [1,2,3]"},
           {"strides: '2'",
            "strides must be a whole number from 1 to 1073741824, or two of them [height, width], got '2'"},
           {"dilationRate: [1, nan]",
            "dilationRate must be a whole number from 1 to 1073741824, or two of them [height, width], got [1,NaN]"},
           {"depthMultiplier: 1.5", "depthMultiplier must be a whole number from 1 to 1073741824, got 1.5"},
           {"depthMultiplier: inf", "depthMultiplier must be a whole number from 1 to 1073741824, got Infinity"},
           {"depthMultiplier: [1]", "depthMultiplier must be a number, got [1]"},
           {"strides: 2, dilationRate: [1, 2]",
            "strides must be 1 beside a dilationRate above 1, got [2,2] beside [1,2]"},
           {"padding: 'causal'", "padding must be 'valid' or 'same', got 'causal'"},
           {"padding: 0", "padding must be 'valid' or 'same', got 0"},
           {"dataFormat: 'NHWC'", "dataFormat must be 'channelsLast' or 'channelsFirst', got 'NHWC'"},
           {"activation: 'relu7'", nullptr},
           {"activation: 3", "activation must be a name or { className, config }, got 3"},
           {"useBias: 1", "useBias must be true or false, got 1"},
           {"trainable: 'yes'", "trainable must be true or false, got 'yes'"},
           {"dtype: 'float16'", "dtype must be 'float32', got 'float16'"},
           {"name: 7", "name must be a text of at most 100 bytes, got 7"},
           {"depthwiseInitializer: 'glorot'", nullptr},
           {"depthwiseInitializer: {config: {}}",
            "depthwiseInitializer must be a name or { className, config }, got an object"},
           {"depthwiseInitializer: {className: 3}", "depthwiseInitializer.className must be a name, got 3"},
           {"depthwiseInitializer: {className: null}", "depthwiseInitializer.className must be a name, got null"},
           {"depthwiseInitializer: {className: 'Zeros', config: 3}",
            "depthwiseInitializer.config must be an object, got 3"},
           {"depthwiseInitializer: {className: 'Zeros', confg: {}}", nullptr},
           {"biasInitializer: {className: 'Zeros', config: {value: 1}}",
            "biasInitializer.config must have no fields but dtype; got 'value'"},
           {"biasInitializer: {className: 'Zeros', config: {dtype: 'float64'}}",
            "biasInitializer.dtype must be 'float32', got 'float64'"},
           {"biasInitializer: {className: 'Constant', config: {value: nan}}",
            "biasInitializer.value must be a finite float32 number, got NaN"},
           {"biasInitializer: {className: 'Constant', config: {value: '1'}}",
            "biasInitializer.value must be a number, got '1'"},
           {"depthwiseInitializer: {className: 'RandomNormal', config: {seed: 1.5}}", nullptr},
           {"depthwiseInitializer: {className: 'VarianceScaling', config: {mode: 'fan'}}", nullptr},
           {"depthwiseInitializer: {className: 'VarianceScaling', config: {mode: 3}}",
            "depthwiseInitializer.mode must be a name, got 3"},
           {"biasRegularizer: 'l3'", "biasRegularizer must be 'l1', 'l2' or 'l1l2', got 'l3'"},
           {"biasRegularizer: {className: 'L1', config: {l2: 1}}",
            "biasRegularizer.config must have no fields but l1; got 'l2'"},
           {"activityRegularizer: {className: 'L1L2', config: {l1: -1}}",
            "activityRegularizer.l1 must be a finite float32 number of at least 0, got -1"},
           {"depthwiseConstraint: {className: 'MaxNorm', config: {rate: 1}}",
            "depthwiseConstraint.config must have no fields but maxValue, axis; got 'rate'"},
           {"depthwiseConstraint: {className: 'MaxNorm', config: {axis: 4}}", nullptr},
           {"depthwiseConstraint: {className: 'MaxNorm', config: {axis: [0,1,2,3,0,1,2,3,0,1]}}", nullptr},
           {"depthwiseConstraint: {className: 'MaxNorm', config: {axis: ['a']}}",
            "depthwiseConstraint.axis must be a number, got 'a'"},
           {"biasConstraint: {className: 'MaxNorm', config: {axis: 1}}", nullptr},
       }) {
    INFO(c.arguments);
    const std::string text = refusal(c.arguments);
    CHECK(text.find(kStart) == 0);
    CHECK(text.find(" got ") != std::string::npos);
    if (c.text) CHECK(text == kStart + c.text);
  }
  CHECK(with("name: '" + std::string(100, 'n') + "'").name.view().size() == 100);
  CHECK(refusal("name: '" + std::string(101, 'n') + "'") != "");
}

TEST_CASE("reading a config: what is no config") {
  CHECK(textOf(read("{}")) ==
        kStart + "kernelSize must be given, a whole number or two of them [height, width], got none");
  CHECK(textOf(read("{kernelSize: null}")) != "");
  for (const char* size : {"0", "[3]", "[3, 3, 3]", "[]", "-3", "2.5", "'3'", "true", "[3, null]"}) {
    CHECK(textOf(read(std::string("{kernelSize: ") + size + "}")).find(kStart + "kernelSize must be ") == 0);
  }
  CHECK(textOf(read("3")) == kStart + "config must be an object, got 3");
  CHECK(textOf(read("[]")) == kStart + "config must be an object, got []");
  CHECK(textOf(readLayerConfig({})) == kStart + "config must be an object, got nothing");
  CHECK(textOf(read("{className: 'Conv2D', config: {}}")) ==
        kStart +
            "config must be that of a layer { className: 'DepthwiseConv2D', config: { … } }, got className "
            "'Conv2D' with a config");
  CHECK(textOf(read("{className: 'DepthwiseConv2D'}")) != "");
  CHECK(textOf(read("{class_name: 'DepthwiseConv2D', config: {class_name: 'DepthwiseConv2D'}}")) != "");
}

}  // namespace
}  // namespace depthwise
