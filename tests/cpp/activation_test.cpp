#include "nn/activation.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "support/passes.h"

namespace depthwise {
namespace {

constexpr Activation kAll[] = {Activation::kLinear,    Activation::kRelu,  Activation::kRelu6,  Activation::kElu,
                               Activation::kLeakyRelu, Activation::kPrelu, Activation::kSigmoid};

/// The definitions, in float64.
double expected(Activation activation, double x, double leakyreluAlpha, double preluAlpha) {
  if (std::isnan(x)) return x;
  switch (activation) {
    case Activation::kLinear:
      return x;
    case Activation::kRelu:
      return std::max(x, 0.0);
    case Activation::kRelu6:
      return std::min(std::max(x, 0.0), 6.0);
    case Activation::kElu:
      return x >= 0 ? x : std::exp(x) - 1;
    case Activation::kLeakyRelu:
      return x >= 0 ? x : leakyreluAlpha * x;
    case Activation::kPrelu:
      return x >= 0 ? x : preluAlpha * x;
    case Activation::kSigmoid:
      return 1 / (1 + std::exp(-x));
    default:
      break;
  }
  return 0;
}

bool isClose(float got, double want) {
  if (std::isnan(want)) return std::isnan(got);
  return got == want || std::abs(got - want) <= 4e-7 * std::max(std::abs(want), 0.01);
}

TEST_CASE("activation: names") {
  CHECK(fusedActivationNamed("linear") == Activation::kLinear);
  CHECK(fusedActivationNamed("relu") == Activation::kRelu);
  CHECK(fusedActivationNamed("relu6") == Activation::kRelu6);
  CHECK(fusedActivationNamed("elu") == Activation::kElu);
  CHECK(fusedActivationNamed("leakyrelu") == Activation::kLeakyRelu);
  CHECK(fusedActivationNamed("prelu") == Activation::kPrelu);
  CHECK(fusedActivationNamed("sigmoid") == Activation::kSigmoid);
  for (const char* unknown : {"", "Relu", "tanh", "relu7", "rel"}) CHECK_FALSE(fusedActivationNamed(unknown));
  CHECK(kFusedActivationNames == "'linear', 'relu', 'relu6', 'elu', 'leakyrelu', 'prelu' or 'sigmoid'");
}

TEST_CASE("activation: each with and without bias, on any number of lanes and pixels, and not beside them") {
  Random random(1);
  for (const Activation activation : kAll) {
    for (const bool withBias : {false, true}) {
      for (int lanes = 1; lanes <= 9; ++lanes) {
        for (const int pixels : {0, 1, 3}) {
          const size_t pitch = static_cast<size_t>(lanes + random.within(0, 3)), floats = pitch * 3;
          GuardedTensor values(static_cast<int64_t>(floats), random.within(0, 15)), bias(lanes, 1), alpha(lanes, 2);
          for (GuardedTensor* tensor : {&values, &bias, &alpha}) {
            for (float& value : tensor->values()) value = 20 * random.unit() - 10;
          }
          const std::vector<float> before(values.values().begin(), values.values().end());
          const Epilogue epilogue{withBias ? bias.data() : nullptr, activation, 0.3f, alpha.data()};
          applyEpilogue(epilogue, values.data(), pitch, pixels, lanes);
          INFO("activation " << static_cast<int>(activation) << ", " << lanes << " lanes, " << pixels << " pixels");
          bool right = values.guardsAreIntact();
          for (size_t i = 0; i < floats; ++i) {
            const size_t lane = i % pitch;
            const bool touched = lane < static_cast<size_t>(lanes) && i / pitch < static_cast<size_t>(pixels);
            const float sum = withBias && touched ? before[i] + bias[lane] : before[i];
            right = right && (touched ? isClose(values[i], expected(activation, sum, 0.3f, alpha[lane]))
                                      : values[i] == before[i]);
          }
          CHECK(right);
        }
      }
    }
  }
}

TEST_CASE("activation: NaN stays NaN, and infinities go where the function goes") {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
  for (const Activation activation : kAll) {
    // Five lanes: the vector path and the one beside it.
    const float specials[] = {kNaN, kInfinity, -kInfinity, 0, -1e30f};
    const float alpha[] = {0.5f, 0.5f, 0.5f, 0.5f, 0.5f};
    for (size_t rotation = 0; rotation < 5; ++rotation) {
      float values[5];
      for (size_t i = 0; i < 5; ++i) values[i] = specials[(i + rotation) % 5];
      applyEpilogue({nullptr, activation, 0.25f, alpha}, values, 5, 1, 5);
      for (size_t i = 0; i < 5; ++i) {
        const float special = specials[(i + rotation) % 5];
        INFO("activation " << static_cast<int>(activation) << " of " << special << " in lane " << i);
        CHECK(isClose(values[i], expected(activation, special, 0.25, 0.5)));
      }
    }
  }
}

TEST_CASE("activation: elu and sigmoid lose no digits near zero and do not overflow far from it") {
  const auto apply = [](Activation activation, float value) {
    applyEpilogue({nullptr, activation, 0, nullptr}, &value, 1, 1, 1);
    return value;
  };
  CHECK(apply(Activation::kElu, -1e-6f) == Approx(-9.999995e-7).epsilon(1e-6));
  CHECK(apply(Activation::kElu, -200) == -1);
  CHECK(apply(Activation::kSigmoid, 200) == 1);
  CHECK(apply(Activation::kSigmoid, -200) == 0);
  CHECK(apply(Activation::kSigmoid, 0) == 0.5f);
}

TEST_CASE("activation: elu and sigmoid are exact to a few roundings wherever they are not tiny") {
  for (double x = -86; x < 86; x += 0.0371) {
    float elu = static_cast<float>(x), sigmoid = elu;
    applyEpilogue({nullptr, Activation::kElu, 0, nullptr}, &elu, 1, 1, 1);
    applyEpilogue({nullptr, Activation::kSigmoid, 0, nullptr}, &sigmoid, 1, 1, 1);
    const double rounded = static_cast<float>(x);
    CHECK(elu == Approx(rounded < 0 ? std::expm1(rounded) : rounded).epsilon(4e-7));
    CHECK(sigmoid == Approx(1 / (1 + std::exp(-rounded))).epsilon(4e-7).margin(1e-37));
  }
}

TEST_CASE("activation: an epilogue that changes nothing says so") {
  const float bias = 0;
  CHECK(Epilogue{}.changesNothing());
  CHECK_FALSE(Epilogue{&bias}.changesNothing());
  CHECK_FALSE(Epilogue{nullptr, Activation::kRelu}.changesNothing());
}

}  // namespace
}  // namespace depthwise
