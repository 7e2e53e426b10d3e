#pragma once

#include <optional>
#include <string_view>

#include "geometry.h"
#include "nn/activation.h"

namespace depthwise {

/// What a caller asks to be done to the sums of a convolution, under the caller's names.
struct EpilogueArguments {
  const char* function;
  std::string_view activation;  ///< a name of kFusedActivationNames
  std::optional<NumberList> biasShape;
  std::optional<NumberList> preluActivationWeightsShape;
  double leakyreluAlpha;
};

/// Checks the arguments against the convolution that they belong to. The pointers of the epilogue are left for the
/// caller to set.
Result<Epilogue> checkEpilogue(const EpilogueArguments& arguments, const Geometry& geometry);

}  // namespace depthwise
