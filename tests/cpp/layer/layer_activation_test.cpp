#include <catch2/catch.hpp>
#include <limits>
#include <string>
#include <vector>

#include "support/guarded_tensor.h"
#include "support/random.h"
#include "curves.h"

namespace depthwise {
namespace {

TEST_CASE("layer activations: every name of tfjs-layers, and Keras's aliases") {
  struct Expected {
    std::string_view name;
    Activation activation;
  };
  const Expected tfjs[] = {{"elu", Activation::kElu},           {"gelu", Activation::kGelu},
                           {"gelu_new", Activation::kGeluNew},  {"hardSigmoid", Activation::kHardSigmoid},
                           {"linear", Activation::kLinear},     {"logSoftmax", Activation::kLogSoftmax},
                           {"mish", Activation::kMish},         {"relu", Activation::kRelu},
                           {"relu6", Activation::kRelu6},       {"selu", Activation::kSelu},
                           {"sigmoid", Activation::kSigmoid},   {"softmax", Activation::kSoftmax},
                           {"softplus", Activation::kSoftplus}, {"softsign", Activation::kSoftsign},
                           {"swish", Activation::kSwish},       {"tanh", Activation::kTanh}};
  std::string listed;
  for (const Expected& expected : tfjs) {
    INFO(expected.name);
    CHECK(layerActivationNamed(expected.name) == expected.activation);
    CHECK(layerActivationName(expected.activation) == expected.name);
    listed += (listed.empty() ? "'" : expected.name == "tanh" ? "' or '" : "', '") + std::string(expected.name);
  }
  CHECK(kLayerActivationNames == listed + "'");
  CHECK(layerActivationNamed("hard_sigmoid") == Activation::kHardSigmoid);
  CHECK(layerActivationNamed("log_softmax") == Activation::kLogSoftmax);
  CHECK(layerActivationNamed("silu") == Activation::kSwish);
}

TEST_CASE("layer activations: other names are unknown, those that are only fused too") {
  for (const char* name : {"", "Relu", "relu7", "prelu", "leakyrelu", "exponential", "hardsigmoid", "tanh "}) {
    INFO(name);
    CHECK_FALSE(layerActivationNamed(name));
  }
  CHECK(layerActivationName(Activation::kPrelu).empty());
}

TEST_CASE("layer activations: a fused kernel knows none that tfjs does not fuse") {
  for (const char* name : {"gelu", "gelu_new", "hardSigmoid", "logSoftmax", "mish", "selu", "softmax", "softplus",
                           "softsign", "swish", "tanh"}) {
    INFO(name);
    CHECK_FALSE(fusedActivationNamed(name));
  }
}

TEST_CASE("layer activations: each as an epilogue, with and without bias, and nothing beside its lanes") {
  Random random(1);
  for (const Activation activation : kCurves) {
    for (const bool withBias : {false, true}) {
      for (const int lanes : {1, 3, 4, 6, 9}) {
        const size_t pitch = static_cast<size_t>(lanes) + 2, pixels = 3;
        GuardedTensor values(static_cast<int64_t>(pitch * pixels), 3), bias(lanes, 1);
        for (GuardedTensor* tensor : {&values, &bias}) {
          for (float& value : tensor->values()) value = 12 * random.unit() - 6;
        }
        const std::vector<float> before(values.values().begin(), values.values().end());
        const Epilogue epilogue{withBias ? bias.data() : nullptr, activation, 0, nullptr};
        CHECK_FALSE(epilogue.changesNothing());
        applyEpilogue(epilogue, values.data(), pitch, static_cast<int>(pixels), lanes);
        bool right = values.guardsAreIntact();
        for (size_t i = 0; i < before.size(); ++i) {
          const size_t lane = i % pitch;
          if (lane >= static_cast<size_t>(lanes)) {
            right = right && values[i] == before[i];
            continue;
          }
          const float sum = withBias ? before[i] + bias[lane] : before[i];
          const double want = defined<double>(activation, sum);
          right =
              right && std::abs(values[i] - want) <= 2e-7 * std::abs(want) + std::numeric_limits<float>::denorm_min();
        }
        INFO(layerActivationName(activation)
             << ", " << lanes << " lanes, " << (withBias ? "with" : "without") << " bias");
        CHECK(right);
      }
    }
  }
}

TEST_CASE("layer activations: as an epilogue they keep NaN, and do not make one of large numbers") {
  for (const Activation activation : kCurves) {
    float values[] = {std::nanf(""), 1e4f, -1e4f, 3e38f, -3e38f};
    applyEpilogue({nullptr, activation, 0, nullptr}, values, 5, 1, 5);
    INFO(layerActivationName(activation));
    CHECK(std::isnan(values[0]));
    for (size_t i = 1; i < 5; ++i) CHECK_FALSE(std::isnan(values[i]));
  }
}

TEST_CASE("layer activations: an epilogue leaves softmax to be done, but adds the bias") {
  for (const Activation activation : {Activation::kSoftmax, Activation::kLogSoftmax}) {
    CHECK_FALSE(isElementwise(activation));
    CHECK(Epilogue{nullptr, activation}.changesNothing());
    float values[] = {1, 2, 3, 4, 5};
    const float bias[] = {1, 1, 1, 2, 2};
    applyEpilogue({bias, activation, 0, nullptr}, values, 5, 1, 5);
    CHECK(std::vector<float>(values, values + 5) == std::vector<float>{2, 3, 4, 6, 7});
  }
  for (const Activation activation : kCurves) CHECK(isElementwise(activation));
}

}  // namespace
}  // namespace depthwise
