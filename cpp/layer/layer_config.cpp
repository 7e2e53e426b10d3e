#include "layer/layer_config.h"

#include <algorithm>

#include "layer/argument_checks.h"
#include "layer/initializer_arguments.h"

namespace depthwise {
namespace {

bool isSize(int32_t value) { return value >= 1 && value <= kMaxAxis; }

Error checkPair(const char* argument, const Pair& pair) {
  if (isSize(pair[0]) && isSize(pair[1])) return {};
  return layerRangeError(argument) << "must be whole numbers from 1 to " << double(kMaxAxis) << " [height, width], got "
                                   << pair;
}

Error checkSteps(const LayerConfig& c) {
  if (auto error = checkPair("kernelSize", c.kernelSize)) return error;
  if (auto error = checkPair("strides", c.strides)) return error;
  if (auto error = checkPair("dilationRate", c.dilationRate)) return error;
  if (!isSize(c.depthMultiplier)) {
    return layerRangeError("depthMultiplier")
           << "must be a whole number from 1 to " << double(kMaxAxis) << ", got " << double(c.depthMultiplier);
  }
  if (*std::max_element(c.strides.begin(), c.strides.end()) == 1) return {};
  if (*std::max_element(c.dilationRate.begin(), c.dilationRate.end()) == 1) return {};
  return layerRangeError("strides") << "must be 1 beside a dilationRate above 1, got " << c.strides << " beside "
                                    << c.dilationRate;
}

Error checkActivation(Activation activation) {
  if (activation != Activation::kLeakyRelu && activation != Activation::kPrelu) return {};
  return layerTypeError("activation") << "must be " << kLayerActivationNames << ", got "
                                      << (activation == Activation::kPrelu ? "'prelu'" : "'leakyrelu'");
}

Error checkBatchInputShape(const std::optional<Shape>& shape) {
  bool fits = true;
  for (size_t i = 0; shape && i < shape->size(); ++i) {
    const int32_t size = (*shape)[i];
    fits = fits && (size == LayerConfig::kUnknown || (size >= (i == 0 ? 0 : 1) && size <= kMaxAxis));
  }
  if (fits) return {};
  return layerRangeError("batchInputShape")
         << "must have whole sizes of at least 1 (batch: at least 0) or none where they are unknown, got " << *shape;
}

Error checkParts(const LayerConfig& c) {
  constexpr int kKernelRank = 4, kBiasRank = 1;
  if (auto error = checkInitializer("depthwiseInitializer", c.depthwiseInitializer)) return error;
  if (auto error = checkInitializer("biasInitializer", c.biasInitializer)) return error;
  const auto regularizer = [](const char* argument, const std::optional<Regularizer>& given) {
    return given ? checkRegularizer(argument, *given) : Error();
  };
  if (auto error = regularizer("depthwiseRegularizer", c.depthwiseRegularizer)) return error;
  if (auto error = regularizer("biasRegularizer", c.biasRegularizer)) return error;
  if (auto error = regularizer("activityRegularizer", c.activityRegularizer)) return error;
  const auto constraint = [](const char* argument, const std::optional<Constraint>& given, int rank) {
    return given ? checkConstraint(argument, *given, rank) : Error();
  };
  if (auto error = constraint("depthwiseConstraint", c.depthwiseConstraint, kKernelRank)) return error;
  return constraint("biasConstraint", c.biasConstraint, kBiasRank);
}

}  // namespace

Error checkLayerConfig(const LayerConfig& config) {
  if (auto error = checkSteps(config)) return error;
  if (auto error = checkActivation(config.activation)) return error;
  if (auto error = checkBatchInputShape(config.batchInputShape)) return error;
  return checkParts(config);
}

}  // namespace depthwise
