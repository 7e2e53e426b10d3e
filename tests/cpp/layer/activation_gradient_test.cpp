#include "nn/activation.h"

#include <catch2/catch.hpp>
#include <limits>
#include <vector>

#include "support/guarded_tensor.h"
#include "support/random.h"
#include "curves.h"

namespace depthwise {
namespace {

constexpr Activation kAll[] = {
    Activation::kLinear, Activation::kRelu,    Activation::kRelu6,     Activation::kElu,      Activation::kLeakyRelu,
    Activation::kPrelu,  Activation::kSigmoid, Activation::kGelu,      Activation::kGeluNew,  Activation::kHardSigmoid,
    Activation::kMish,   Activation::kSelu,    Activation::kSoftplus,  Activation::kSoftsign, Activation::kSwish,
    Activation::kTanh,   Activation::kSoftmax, Activation::kLogSoftmax};

constexpr float kLeakyreluAlpha = 0.3f;
constexpr float kPreluAlpha[] = {0.5f, -0.25f, 0, 2, 0.1f};
constexpr int kLanes = 5;

Epilogue epilogue(Activation activation) { return {nullptr, activation, kLeakyreluAlpha, kPreluAlpha}; }

/// The activation of whole pixels, in float64.
std::vector<double> apply(Activation activation, std::vector<double> z) {
  for (size_t pixel = 0; pixel < z.size(); pixel += kLanes) {
    double sum = 0;
    for (size_t lane = 0; lane < kLanes; ++lane) sum += std::exp(z[pixel + lane]);
    for (size_t lane = 0; lane < kLanes; ++lane) {
      double& x = z[pixel + lane];
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
          x *= x < 0 ? kPreluAlpha[lane] : 1;
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

/// One number's gradient with dy = 1.
float slope(Activation activation, float z) {
  const float dy = 1;
  float dz = -99;
  activationGradient(epilogue(activation), &z, nullptr, &dy, &dz, 1, 1);
  return dz;
}

TEST_CASE("activation gradient: every one is that of finite differences of a weighted sum of outputs") {
  Random random(1);
  const size_t pixels = 7, floats = pixels * kLanes;
  for (const Activation activation : kAll) {
    GuardedTensor z(floats, 1), y(floats, 2), dy(floats, 3), dz(floats, 4);
    for (float& value : z.values()) value = 14 * random.unit() - 7;
    for (float& value : dy.values()) value = 2 * random.unit() - 1;
    const std::vector<double> sums(z.values().begin(), z.values().end());
    const std::vector<double> outputs = apply(activation, sums);
    for (size_t i = 0; i < floats; ++i) y[i] = static_cast<float>(outputs[i]);

    activationGradient(epilogue(activation), z.data(), y.data(), dy.data(), dz.data(), pixels, kLanes);
    bool right = dz.guardsAreIntact() && dy.guardsAreIntact();
    for (size_t i = 0; i < floats; ++i) {
      const double step = 1e-5;
      std::vector<double> up = sums, down = sums;
      up[i] += step;
      down[i] -= step;
      up = apply(activation, up);
      down = apply(activation, down);
      double want = 0;
      for (size_t k = 0; k < floats; ++k) want += dy[k] * (up[k] - down[k]) / (2 * step);
      right = right && std::abs(dz[i] - want) <= 1e-6 * std::max(std::abs(want), 0.1);
    }
    INFO("activation " << static_cast<int>(activation));
    CHECK(right);
  }
}

TEST_CASE("activation gradient: dz may lie where dy does") {
  Random random(2);
  const size_t pixels = 3, floats = pixels * kLanes;
  for (const Activation activation : kAll) {
    std::vector<float> z(floats), y(floats), dy(floats), apart(floats);
    for (std::vector<float>* tensor : {&z, &y, &dy}) {
      for (float& value : *tensor) value = 4 * random.unit() - 2;
    }
    activationGradient(epilogue(activation), z.data(), y.data(), dy.data(), apart.data(), pixels, kLanes);
    activationGradient(epilogue(activation), z.data(), y.data(), dy.data(), dy.data(), pixels, kLanes);
    INFO("activation " << static_cast<int>(activation));
    CHECK(dy == apart);
  }
}

TEST_CASE("activation gradient: what is not read may be missing") {
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

TEST_CASE("activation gradient: at kinks it is that of tfjs") {
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

TEST_CASE("activation gradient: digits are kept where the activation is flat") {
  for (const Activation activation : {Activation::kSigmoid, Activation::kTanh}) {
    for (const float z : {6.f, 12.f, 20.f, -20.f}) {
      const double want = curveOf(activation).slope(z);
      CHECK(want > 0);
      CHECK(std::abs(slope(activation, z) - want) < 1e-7 * want);
    }
  }
}

TEST_CASE("activation gradient: very large numbers give no NaN, and a NaN gives one") {
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

TEST_CASE("activation gradient: a NaN in dy is not hidden by a slope of 0") {
  const float z = -1, dy = std::nanf("");
  for (const Activation activation : {Activation::kLinear, Activation::kRelu, Activation::kRelu6}) {
    float dz = 0;
    activationGradient(epilogue(activation), &z, nullptr, &dy, &dz, 1, 1);
    CHECK(std::isnan(dz));
  }
}

}  // namespace
}  // namespace depthwise
