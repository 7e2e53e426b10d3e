#include "epilogue_arguments.h"

#include <cmath>
#include <limits>

namespace depthwise {

Result<Epilogue> checkEpilogue(const EpilogueArguments& a, const Geometry& geometry) {
  const std::optional<Activation> activation = fusedActivationNamed(a.activation);
  if (!activation) {
    return typeError(a.function, "activation")
           << "must be " << kFusedActivationNames << ", got '" << a.activation << "'";
  }
  if (!(std::abs(a.leakyreluAlpha) <= std::numeric_limits<float>::max())) {
    return rangeError(a.function, "leakyreluAlpha") << "must be a finite float32 number, got " << a.leakyreluAlpha;
  }
  if (a.biasShape) {
    if (auto error = checkPerChannel(a.function, "bias", *a.biasShape, geometry)) return error;
  }
  const char* const weights = "preluActivationWeights";
  if ((*activation == Activation::kPrelu) != a.preluActivationWeightsShape.has_value()) {
    return typeError(a.function, weights)
           << "must be given with activation 'prelu', and only with it, got "
           << (a.preluActivationWeightsShape ? "them" : "none") << " beside '" << a.activation << "'";
  }
  if (a.preluActivationWeightsShape) {
    if (auto error = checkPerChannel(a.function, weights, *a.preluActivationWeightsShape, geometry)) return error;
  }
  return Epilogue{nullptr, *activation, static_cast<float>(a.leakyreluAlpha), nullptr};
}

}  // namespace depthwise
