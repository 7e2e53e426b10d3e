#include "nn/activation.h"

#include <catch2/catch.hpp>
#include <limits>
#include <vector>

#include "curves.h"
#include "support/allocation_failures.h"
#include "support/guarded_tensor.h"
#include "support/random.h"

namespace depthwise {
namespace {

constexpr Activation kAll[] = {
    Activation::kLinear, Activation::kRelu,    Activation::kRelu6,     Activation::kElu,      Activation::kLeakyRelu,
    Activation::kPrelu,  Activation::kSigmoid, Activation::kGelu,      Activation::kGeluNew,  Activation::kHardSigmoid,
    Activation::kMish,   Activation::kSelu,    Activation::kSoftplus,  Activation::kSoftsign, Activation::kSwish,
    Activation::kTanh,   Activation::kSoftmax, Activation::kLogSoftmax};

constexpr float kLeakyreluAlpha = 0.3f;
constexpr float kPreluAlpha[] = {0.5f, -0.25f, 0, 2, 0.1f};
constexpr int kChannels = 5;

Epilogue epilogue(Activation activation) { return {nullptr, activation, kLeakyreluAlpha, kPreluAlpha}; }

/// Returns the activation of whole pixels, in float64.
std::vector<double> apply(Activation activation, std::vector<double> z) {
  for (size_t pixel = 0; pixel < z.size(); pixel += kChannels) {
    double sum = 0;
    for (size_t channel = 0; channel < kChannels; ++channel) sum += std::exp(z[pixel + channel]);
    for (size_t channel = 0; channel < kChannels; ++channel) {
      double& x = z[pixel + channel];
      switch (activation) {
        case Activation::kLinear:
          break;
        case Activation::kRelu:
          x = std::max(x, 0.0);
          break;
        case Activation::kRelu6:
          x = std::clamp(x, 0.0, 6.0);
          break;
        case Activation::kLeakyRelu:
          x *= x < 0 ? kLeakyreluAlpha : 1;
          break;
        case Activation::kPrelu:
          x *= x < 0 ? kPreluAlpha[channel] : 1;
          break;
        case Activation::kSoftmax:
          x = std::exp(x) / sum;
          break;
        case Activation::kLogSoftmax:
          x -= std::log(sum);
          break;
        default:
          x = defined(activation, x);
      }
    }
  }
  return z;
}

/// Returns the gradient of one number for dy = 1.
float slope(Activation activation, float z) {
  const float dy = 1;
  float dz = -99;
  activationGradient(epilogue(activation), &z, nullptr, &dy, &dz, 1, 1);
  return dz;
}

TEST_CASE("Activation gradient: equals finite differences of a weighted sum of outputs") {
  Random random(1);
  const int pixels = 7;
  const size_t size = size_t{pixels} * kChannels;
  for (const Activation activation : kAll) {
    GuardedTensor z(pixels * kChannels, 1), y(pixels * kChannels, 2), dy(pixels * kChannels, 3),
        dz(pixels * kChannels, 4);
    for (float& value : z.values()) value = 14 * random.unit() - 7;
    for (float& value : dy.values()) value = 2 * random.unit() - 1;
    const std::vector<double> sums(z.values().begin(), z.values().end());
    const std::vector<double> outputs = apply(activation, sums);
    for (size_t i = 0; i < size; ++i) y[i] = static_cast<float>(outputs[i]);

    activationGradient(epilogue(activation), z.data(), y.data(), dy.data(), dz.data(), pixels, kChannels);
    bool right = dz.guardsAreIntact() && dy.guardsAreIntact();
    for (size_t i = 0; i < size; ++i) {
      const double step = 1e-5;
      std::vector<double> up = sums, down = sums;
      up[i] += step;
      down[i] -= step;
      up = apply(activation, up);
      down = apply(activation, down);
      double want = 0;
      for (size_t k = 0; k < size; ++k) want += dy[k] * (up[k] - down[k]) / (2 * step);
      right = right && std::abs(dz[i] - want) <= 1e-6 * std::max(std::abs(want), 0.1);
    }
    INFO("activation " << static_cast<int>(activation));
    CHECK(right);
  }
}

TEST_CASE("Activation gradient: dz may be dy") {
  Random random(2);
  const int pixels = 3;
  const size_t size = size_t{pixels} * kChannels;
  for (const Activation activation : kAll) {
    std::vector<float> z(size), y(size), dy(size), expected(size);
    for (std::vector<float>* tensor : {&z, &y, &dy}) {
      for (float& value : *tensor) value = 4 * random.unit() - 2;
    }
    activationGradient(epilogue(activation), z.data(), y.data(), dy.data(), expected.data(), pixels, kChannels);
    activationGradient(epilogue(activation), z.data(), y.data(), dy.data(), dy.data(), pixels, kChannels);
    INFO("activation " << static_cast<int>(activation));
    CHECK(dy == expected);
  }
}

TEST_CASE("Activation gradient: a tensor that is not read may be null") {
  const float z[] = {-1, 0.5f}, y[] = {0.25f, 0.75f}, dy[] = {1, 2};
  for (const Activation activation : kAll) {
    float dz[] = {-99, -99};
    const bool linear = activation == Activation::kLinear, elementwise = isElementwise(activation);
    activationGradient(epilogue(activation), elementwise && !linear ? z : nullptr, elementwise ? nullptr : y, dy, dz, 1,
                       2);
    CHECK(dz[0] != -99);
    CHECK(dz[1] != -99);
  }
}

TEST_CASE("Activation gradient: at kinks it equals that of tfjs") {
  CHECK(slope(Activation::kRelu, 0) == 0);
  CHECK(slope(Activation::kRelu, -0.f) == 0);
  CHECK(slope(Activation::kRelu, 1e-30f) == 1);
  CHECK(slope(Activation::kRelu6, 0) == 0);
  CHECK(slope(Activation::kRelu6, 6) == 0);
  CHECK(slope(Activation::kRelu6, 5.9999995f) == 1);
  CHECK(slope(Activation::kRelu6, 7) == 0);
  CHECK(slope(Activation::kElu, 0) == 1);
  CHECK(slope(Activation::kLeakyRelu, 0) == kLeakyreluAlpha);
  CHECK(slope(Activation::kPrelu, 0) == kPreluAlpha[0]);
}

TEST_CASE("Activation gradient: it keeps its digits where the activation is flat") {
  for (const Activation activation : {Activation::kSigmoid, Activation::kTanh}) {
    for (const float z : {6.f, 12.f, 20.f, -20.f}) {
      const double want = curveOf(activation).slope(z);
      CHECK(want > 0);
      CHECK(std::abs(slope(activation, z) - want) < 1e-7 * want);
    }
  }
}

TEST_CASE("Activation gradient: very large numbers give no NaN, and a NaN gives a NaN") {
  for (const Activation activation : kAll) {
    if (activation == Activation::kLinear || !isElementwise(activation)) continue;
    INFO("activation " << static_cast<int>(activation));
    for (const float far : {1e4f, 3e38f, std::numeric_limits<float>::infinity()}) {
      CHECK(std::isfinite(slope(activation, far)));
      CHECK(std::isfinite(slope(activation, -far)));
    }
    CHECK(std::isnan(slope(activation, std::nanf(""))));
  }
}

TEST_CASE("Activation gradient: a NaN in dy times a slope of 0 is NaN") {
  const float z = -1, dy = std::nanf("");
  for (const Activation activation : {Activation::kLinear, Activation::kRelu, Activation::kRelu6}) {
    float dz = 0;
    activationGradient(epilogue(activation), &z, nullptr, &dy, &dz, 1, 1);
    CHECK(std::isnan(dz));
  }
}

TEST_CASE("Activation gradient: no activation allocates memory") {
  const float dy[] = {1, 2, 3, 4, 5};
  for (const Activation activation : kAll) {
    float z[] = {-1, 0, 1, 2, 3}, dz[5];
    allocatesNothing([&] {
      activationGradient(epilogue(activation), z, z, dy, dz, 1, 5);
      applyEpilogue(epilogue(activation), z, 5, 1, 5);
      softmax(z, 1, 5);
      logSoftmax(z, 1, 5);
    });
  }
}

}  // namespace
}  // namespace depthwise
