#include "config_input.h"

#include <array>
#include <string>

namespace depthwise::fuzz {
namespace {

constexpr std::array<std::string_view, 50> kKeys{"kernelSize",
                                                 "kernel_size",
                                                 "depthMultiplier",
                                                 "depth_multiplier",
                                                 "strides",
                                                 "padding",
                                                 "dataFormat",
                                                 "data_format",
                                                 "dilationRate",
                                                 "dilation_rate",
                                                 "activation",
                                                 "useBias",
                                                 "use_bias",
                                                 "depthwiseInitializer",
                                                 "depthwise_initializer",
                                                 "biasInitializer",
                                                 "bias_initializer",
                                                 "depthwiseRegularizer",
                                                 "biasRegularizer",
                                                 "activityRegularizer",
                                                 "depthwiseConstraint",
                                                 "depthwise_constraint",
                                                 "biasConstraint",
                                                 "inputShape",
                                                 "batchInputShape",
                                                 "batch_input_shape",
                                                 "batchSize",
                                                 "dtype",
                                                 "name",
                                                 "trainable",
                                                 "weights",
                                                 "groups",
                                                 "className",
                                                 "class_name",
                                                 "config",
                                                 "customObjects",
                                                 "type",
                                                 "value",
                                                 "l1",
                                                 "l2",
                                                 "axis",
                                                 "maxValue",
                                                 "min_value",
                                                 "rate",
                                                 "scale",
                                                 "seed",
                                                 "__proto__",
                                                 "constructor",
                                                 "prototype",
                                                 ""};

constexpr std::array<std::string_view, 52> kTexts{"same",
                                                  "valid",
                                                  "causal",
                                                  "channelsLast",
                                                  "channels_first",
                                                  "linear",
                                                  "relu",
                                                  "relu6",
                                                  "softmax",
                                                  "log_softmax",
                                                  "swish",
                                                  "prelu",
                                                  "zeros",
                                                  "Ones",
                                                  "constant",
                                                  "randomUniform",
                                                  "RandomNormal",
                                                  "truncated_normal",
                                                  "VarianceScaling",
                                                  "glorotNormal",
                                                  "HeUniform",
                                                  "lecunNormal",
                                                  "leCunNormal",
                                                  "orthogonal",
                                                  "identity",
                                                  "l1",
                                                  "L2",
                                                  "L1L2",
                                                  "l1_l2",
                                                  "maxNorm",
                                                  "MinMaxNorm",
                                                  "min_max_norm",
                                                  "nonNeg",
                                                  "unit_norm",
                                                  "fanIn",
                                                  "fan_avg",
                                                  "uniform",
                                                  "normal",
                                                  "truncatedNormal",
                                                  "untruncated_normal",
                                                  "float32",
                                                  "float16",
                                                  "ndarray",
                                                  "DepthwiseConv2D",
                                                  "Conv2D",
                                                  "DTypePolicy",
                                                  "toString",
                                                  "__proto__",
                                                  "hasOwnProperty",
                                                  "a name",
                                                  "\xff\xfe",
                                                  ""};

/// What objects of a kind may have, so that some are right.
struct Fields {
  std::string_view className;
  std::array<std::string_view, 5> numbers;
};
constexpr std::array<Fields, 12> kNamed{{{"VarianceScaling", {"scale", "seed", "", "", ""}},
                                         {"RandomUniform", {"minval", "maxval", "seed", "", ""}},
                                         {"TruncatedNormal", {"mean", "stddev", "seed", "", ""}},
                                         {"Constant", {"value", "", "", "", ""}},
                                         {"Orthogonal", {"gain", "seed", "", "", ""}},
                                         {"GlorotUniform", {"seed", "", "", "", ""}},
                                         {"L1L2", {"l1", "l2", "", "", ""}},
                                         {"L1", {"l1", "", "", "", ""}},
                                         {"MaxNorm", {"maxValue", "axis", "", "", ""}},
                                         {"min_max_norm", {"min_value", "max_value", "rate", "axis", ""}},
                                         {"UnitNorm", {"axis", "", "", "", ""}},
                                         {"NonNeg", {"", "", "", "", ""}}}};

class Writer {
 public:
  Writer(FuzzedDataProvider& bytes, ConfigTree& tree) : bytes_(bytes), tree_(tree) {}

  void layer() {
    const bool isEntry = bytes_.ConsumeIntegralInRange(0, 7) == 0;
    if (isEntry) tree_.beginObject().key(bytes_.ConsumeBool() ? "className" : "class_name").text("DepthwiseConv2D");
    if (isEntry) tree_.key("config");
    tree_.beginObject();
    if (bytes_.ConsumeIntegralInRange(0, 15) > 0) pair("kernelSize");
    for (int count = bytes_.ConsumeIntegralInRange(0, 14); goesOn() && count > 0; --count) argument();
    tree_.end();
    if (isEntry) tree_.end();
    if (bytes_.ConsumeIntegralInRange(0, 31) == 0) mischief();
  }

  /// Anything.
  void value(int depth) {
    switch (bytes_.ConsumeIntegralInRange(0, 8)) {
      case 0:
        tree_.null();
        return;
      case 1:
        tree_.boolean(bytes_.ConsumeBool());
        return;
      case 2:
        tree_.foreign(bytes_.ConsumeBool() ? "a function" : "");
        return;
      case 3:
      case 4:
        text();
        return;
      case 5:
        list(depth);
        return;
      case 6:
        object(depth);
        return;
      default:
        tree_.number(anyNumber(bytes_));
    }
  }

 private:
  bool goesOn() const { return bytes_.remaining_bytes() > 0 && tree_.takesMore(); }

  void text() {
    if (bytes_.ConsumeIntegralInRange(0, 3) == 0) {
      const std::string any = bytes_.ConsumeRandomLengthString(bytes_.ConsumeBool() ? 8 : 9000);
      tree_.text(any);
    } else {
      tree_.text(bytes_.PickValueInArray(kTexts));
    }
  }

  void key() {
    if (bytes_.ConsumeIntegralInRange(0, 15) == 0) {
      const std::string any = bytes_.ConsumeRandomLengthString(40);
      tree_.key(any);
    } else {
      tree_.key(bytes_.PickValueInArray(kKeys));
    }
  }

  void list(int depth) {
    tree_.beginList();
    for (int count = bytes_.ConsumeIntegralInRange(0, depth > 12 ? 600 : 5); goesOn() && count > 0; --count) {
      value(depth + 1);
    }
    tree_.end();
  }

  void object(int depth) {
    tree_.beginObject();
    for (int count = bytes_.ConsumeIntegralInRange(0, 5); goesOn() && count > 0; --count) {
      key();
      value(depth + 1);
    }
    tree_.end();
  }

  void pair(std::string_view name) {
    tree_.key(name);
    const auto number = [&] { return double(bytes_.ConsumeIntegralInRange(1, 5)); };
    if (bytes_.ConsumeBool()) {
      tree_.number(number());
    } else {
      tree_.beginList().number(number()).number(number()).end();
    }
  }

  /// { className, config } with fields that the class has, as a rule.
  void named() {
    const Fields& fields = bytes_.PickValueInArray(kNamed);
    tree_.beginObject();
    tree_.key("className").text(fields.className);
    tree_.key("config").beginObject();
    for (const std::string_view name : fields.numbers) {
      if (name.empty() || bytes_.ConsumeBool()) continue;
      tree_.key(name);
      bytes_.ConsumeIntegralInRange(0, 7) == 0 ? value(3) : void(tree_.number(anyNumber(bytes_)));
    }
    tree_.end().end();
  }

  void shape(int count) {
    tree_.beginList();
    for (; count > 0; --count) {
      bytes_.ConsumeBool() ? tree_.null() : tree_.number(double(bytes_.ConsumeIntegralInRange(1, 64)));
    }
    tree_.end();
  }

  /// An argument and what could be its value.
  void argument() {
    switch (bytes_.ConsumeIntegralInRange(0, 9)) {
      case 0:
        return pair(bytes_.ConsumeBool() ? "strides" : "dilationRate");
      case 1:
        tree_.key("activation");
        return text();
      case 2:
      case 3:
        tree_.key(kKeys[bytes_.ConsumeIntegralInRange<size_t>(13, 22)]);
        return bytes_.ConsumeBool() ? named() : text();
      case 4:
        tree_.key(bytes_.ConsumeBool() ? "inputShape" : "batchInputShape");
        return shape(bytes_.ConsumeIntegralInRange(3, 4));
      case 5:
        tree_.key(bytes_.ConsumeBool() ? "padding" : "dataFormat");
        return text();
      default:
        key();
        return value(1);
    }
  }

  /// What a writer must not do.
  void mischief() {
    for (int count = bytes_.ConsumeIntegralInRange(1, 40); count > 0; --count) {
      switch (bytes_.ConsumeIntegralInRange(0, 4)) {
        case 0:
          tree_.end();
          break;
        case 1:
          key();
          break;
        case 2:
          tree_.beginList();
          break;
        case 3:
          tree_.beginObject();
          break;
        default:
          value(0);
      }
    }
  }

  FuzzedDataProvider& bytes_;
  ConfigTree& tree_;
};

}  // namespace

void writeTree(FuzzedDataProvider& bytes, ConfigTree& tree) {
  Writer writer(bytes, tree);
  bytes.ConsumeIntegralInRange(0, 15) == 0 ? writer.value(0) : writer.layer();
}

}  // namespace depthwise::fuzz
