#include "nn/activation.h"

#include <algorithm>
#include <limits>

#include "simd/exponential.h"
#include "simd/f32x4.h"

namespace depthwise {
namespace {

struct Named {
  std::string_view name;
  Activation activation;
};
constexpr Named kFused[] = {{"linear", Activation::kLinear},       {"relu", Activation::kRelu},
                            {"relu6", Activation::kRelu6},         {"elu", Activation::kElu},
                            {"leakyrelu", Activation::kLeakyRelu}, {"prelu", Activation::kPrelu},
                            {"sigmoid", Activation::kSigmoid}};
/// Names of tfjs-layers first.
constexpr Named kLayer[] = {{"elu", Activation::kElu},
                            {"gelu", Activation::kGelu},
                            {"gelu_new", Activation::kGeluNew},
                            {"hardSigmoid", Activation::kHardSigmoid},
                            {"linear", Activation::kLinear},
                            {"logSoftmax", Activation::kLogSoftmax},
                            {"mish", Activation::kMish},
                            {"relu", Activation::kRelu},
                            {"relu6", Activation::kRelu6},
                            {"selu", Activation::kSelu},
                            {"sigmoid", Activation::kSigmoid},
                            {"softmax", Activation::kSoftmax},
                            {"softplus", Activation::kSoftplus},
                            {"softsign", Activation::kSoftsign},
                            {"swish", Activation::kSwish},
                            {"tanh", Activation::kTanh},
                            {"hard_sigmoid", Activation::kHardSigmoid},
                            {"log_softmax", Activation::kLogSoftmax},
                            {"silu", Activation::kSwish}};

template <size_t kRows>
std::optional<Activation> find(const Named (&table)[kRows], std::string_view name) {
  for (const Named& named : table) {
    if (named.name == name) return named.activation;
  }
  return std::nullopt;
}

/// bias and limits, which is all that linear, relu and relu6 are; a NaN stays one.
void addAndClamp(const float* bias, const Limits& limits, float* pixel, int lanes) {
  const f32x4 lows = load(limits.low), highs = load(limits.high);
  int lane = 0;
  for (; lane + 4 <= lanes; lane += 4) {
    f32x4 value = load(pixel + lane);
    if (bias) value = add(value, load(bias + lane));
    store(pixel + lane, min(max(value, lows), highs));
  }
  for (; lane < lanes; ++lane) {
    const float value = bias ? pixel[lane] + bias[lane] : pixel[lane];
    pixel[lane] = value < limits.low[0] ? limits.low[0] : limits.high[0] < value ? limits.high[0] : value;
  }
}

template <class Function>
void addAndMap(const float* bias, float* pixel, int lanes, Function&& function) {
  for (int lane = 0; lane < lanes; ++lane) {
    pixel[lane] = function(bias ? pixel[lane] + bias[lane] : pixel[lane], lane);
  }
}

/// The same for functions of four values at a time. A remainder goes through a vector of its own.
template <class Function>
void addAndMapFours(const float* bias, float* pixel, int lanes, Function&& function) {
  int lane = 0;
  for (; lane + 4 <= lanes; lane += 4) {
    const f32x4 value = load(pixel + lane);
    store(pixel + lane, function(bias ? add(value, load(bias + lane)) : value));
  }
  if (lane == lanes) return;
  float rest[4] = {};
  for (int i = lane; i < lanes; ++i) rest[i - lane] = bias ? pixel[i] + bias[i] : pixel[i];
  store(rest, function(load(rest)));
  std::copy_n(rest, lanes - lane, pixel + lane);
}

f32x4 elu(f32x4 x) {
  const Exponential e(min(x, splat(0)));
  return ifLessThenElse(x, splat(0), add(add(e.power, splat(-1)), e.fraction), x);
}

/// 1 / (1 + e^-x), with e to a power below 0 only: so it does not overflow, and is as exact at either end.
f32x4 sigmoid(f32x4 x) {
  const Exponential e(ifLessThenElse(x, splat(0), x, mul(x, splat(-1))));
  const f32x4 power = add(e.power, e.fraction);
  return divide(ifLessThenElse(x, splat(0), power, splat(1)), add(splat(1), power));
}

void applyToPixel(const Epilogue& e, float* pixel, int lanes) {
  if (const Limits* limits = limitsOf(e.elementwise())) return addAndClamp(e.bias, *limits, pixel, lanes);
  switch (e.activation) {
    case Activation::kElu:
      return addAndMapFours(e.bias, pixel, lanes, elu);
    case Activation::kLeakyRelu:
      return addAndMap(e.bias, pixel, lanes, [&](float x, int) { return x < 0 ? x * e.leakyreluAlpha : x; });
    case Activation::kPrelu:
      return addAndMap(e.bias, pixel, lanes, [&](float x, int lane) { return x < 0 ? x * e.preluAlpha[lane] : x; });
    case Activation::kSigmoid:
      return addAndMapFours(e.bias, pixel, lanes, sigmoid);
    default: {
      const Curve curve = curveOf(e.activation);
      return addAndMap(e.bias, pixel, lanes, [&](float x, int) { return static_cast<float>(curve.value(x)); });
    }
  }
}

}  // namespace

const std::string_view kFusedActivationNames = "'linear', 'relu', 'relu6', 'elu', 'leakyrelu', 'prelu' or 'sigmoid'";
const std::string_view kLayerActivationNames =
    "'elu', 'gelu', 'gelu_new', 'hardSigmoid', 'linear', 'logSoftmax', 'mish', 'relu', 'relu6', 'selu', 'sigmoid', "
    "'softmax', 'softplus', 'softsign', 'swish' or 'tanh'";

std::optional<Activation> fusedActivationNamed(std::string_view name) { return find(kFused, name); }
std::optional<Activation> layerActivationNamed(std::string_view name) { return find(kLayer, name); }

std::string_view layerActivationName(Activation activation) {
  for (const Named& named : kLayer) {
    if (named.activation == activation) return named.name;
  }
  return {};
}

const Limits* limitsOf(Activation activation) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  static constexpr Limits kLinear{{-kInfinity, -kInfinity, -kInfinity, -kInfinity},
                                  {kInfinity, kInfinity, kInfinity, kInfinity}};
  static constexpr Limits kRelu{{0, 0, 0, 0}, {kInfinity, kInfinity, kInfinity, kInfinity}};
  static constexpr Limits kRelu6{{0, 0, 0, 0}, {6, 6, 6, 6}};
  switch (activation) {
    case Activation::kLinear:
      return &kLinear;
    case Activation::kRelu:
      return &kRelu;
    case Activation::kRelu6:
      return &kRelu6;
    default:
      return nullptr;
  }
}

void applyEpilogue(const Epilogue& epilogue, float* pixel, size_t pitch, int pixels, int lanes) {
  for (; pixels > 0; --pixels, pixel += pitch) applyToPixel(epilogue, pixel, lanes);
}

}  // namespace depthwise
