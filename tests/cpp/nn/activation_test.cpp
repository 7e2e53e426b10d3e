#include "nn/activation.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "support/guarded_tensor.h"
#include "support/random.h"

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

TEST_CASE("Epilogue: each activation, with and without bias, for any number of channels and pixels") {
  Random random(1);
  for (const Activation activation : kAll) {
    for (const bool withBias : {false, true}) {
      for (int channels = 1; channels <= 9; ++channels) {
        for (const int pixels : {0, 1, 3}) {
          const int pixelStride = channels + random.within(0, 3), size = 3 * pixelStride;
          GuardedTensor values(size, random.within(0, 15)), bias(channels, 1), alpha(channels, 2);
          for (GuardedTensor* tensor : {&values, &bias, &alpha}) {
            for (float& value : tensor->values()) value = 20 * random.unit() - 10;
          }
          const std::vector<float> before(values.values().begin(), values.values().end());
          const Epilogue epilogue{withBias ? bias.data() : nullptr, activation, 0.3f, alpha.data()};
          applyEpilogue(epilogue, values.data(), pixelStride, pixels, channels);
          INFO("activation " << static_cast<int>(activation) << ", " << channels << " channels, " << pixels
                             << " pixels");
          bool right = values.guardsAreIntact();
          for (size_t i = 0; i < values.size(); ++i) {
            const size_t channel = i % static_cast<size_t>(pixelStride), pixel = i / static_cast<size_t>(pixelStride);
            if (channel < bias.size() && pixel < static_cast<size_t>(pixels)) {
              const float sum = withBias ? before[i] + bias[channel] : before[i];
              right = right && isClose(values[i], expected(activation, sum, 0.3f, alpha[channel]));
            } else {
              right = right && values[i] == before[i];
            }
          }
          CHECK(right);
        }
      }
    }
  }
}

TEST_CASE("Epilogue: a NaN stays a NaN, and infinities give the limit") {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
  for (const Activation activation : kAll) {
    // Five channels: a full vector and a remainder.
    const float specials[] = {kNaN, kInfinity, -kInfinity, 0, -1e30f};
    const float alpha[] = {0.5f, 0.5f, 0.5f, 0.5f, 0.5f};
    for (size_t rotation = 0; rotation < 5; ++rotation) {
      float values[5];
      for (size_t i = 0; i < 5; ++i) values[i] = specials[(i + rotation) % 5];
      applyEpilogue({nullptr, activation, 0.25f, alpha}, values, 5, 1, 5);
      for (size_t i = 0; i < 5; ++i) {
        const float special = specials[(i + rotation) % 5];
        INFO("activation " << static_cast<int>(activation) << " of " << special << " in channel " << i);
        CHECK(isClose(values[i], expected(activation, special, 0.25, 0.5)));
      }
    }
  }
}

TEST_CASE("Epilogue: elu and sigmoid keep their digits near zero and do not overflow for large numbers") {
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

TEST_CASE("Epilogue: elu and sigmoid have an error of a few roundings") {
  for (double x = -86; x < 86; x += 0.0371) {
    float elu = static_cast<float>(x), sigmoid = elu;
    applyEpilogue({nullptr, Activation::kElu, 0, nullptr}, &elu, 1, 1, 1);
    applyEpilogue({nullptr, Activation::kSigmoid, 0, nullptr}, &sigmoid, 1, 1, 1);
    const double rounded = static_cast<float>(x);
    CHECK(elu == Approx(rounded < 0 ? std::expm1(rounded) : rounded).epsilon(4e-7));
    CHECK(sigmoid == Approx(1 / (1 + std::exp(-rounded))).epsilon(4e-7).margin(1e-37));
  }
}

TEST_CASE("Epilogue: changesNothing") {
  const float bias = 0;
  CHECK(Epilogue{}.changesNothing());
  CHECK_FALSE(Epilogue{&bias}.changesNothing());
  CHECK_FALSE(Epilogue{nullptr, Activation::kRelu}.changesNothing());
}

}  // namespace
}  // namespace depthwise
