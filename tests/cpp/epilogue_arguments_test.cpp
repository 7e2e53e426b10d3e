#include "epilogue_arguments.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "support/convolution.h"

namespace depthwise {
namespace {

EpilogueArguments linear() { return {"fusedDepthwiseConv2D", "linear", {}, {}, 0.2}; }

Result<Epilogue> check(const EpilogueArguments& arguments) {
  return checkEpilogue(arguments, geometryOf(Convolution({1, 8, 8, 3}, {3, 3, 3, 2})));
}

void refuses(const EpilogueArguments& arguments, Error::Kind kind, const std::string& message) {
  const Result<Epilogue> epilogue = check(arguments);
  REQUIRE_FALSE(epilogue);
  CHECK(std::string(epilogue.error().text()) == "Error in fusedDepthwiseConv2D: " + message);
  CHECK(epilogue.error().kind() == kind);
}

TEST_CASE("epilogue arguments: what fits is taken over") {
  EpilogueArguments a = linear();
  a.activation = "leakyrelu";
  a.biasShape = numberList({6});
  const Result<Epilogue> epilogue = check(a);
  REQUIRE(epilogue);
  CHECK(epilogue->activation == Activation::kLeakyRelu);
  CHECK(epilogue->leakyreluAlpha == 0.2f);
  a.activation = "prelu";
  a.preluActivationWeightsShape = numberList({1, 1, 1, 6});
  CHECK(check(a));
}

TEST_CASE("epilogue arguments: unknown activations") {
  EpilogueArguments a = linear();
  a.activation = "tanh";
  refuses(a, Error::Kind::kType,
          "activation must be 'linear', 'relu', 'relu6', 'elu', 'leakyrelu', 'prelu' or 'sigmoid', got 'tanh'");
}

TEST_CASE("epilogue arguments: slopes that are no numbers") {
  EpilogueArguments a = linear();
  a.leakyreluAlpha = std::nan("");
  refuses(a, Error::Kind::kRange, "leakyreluAlpha must be a finite float32 number, got NaN");
  a.leakyreluAlpha = -INFINITY;
  refuses(a, Error::Kind::kRange, "leakyreluAlpha must be a finite float32 number, got -Infinity");
}

TEST_CASE("epilogue arguments: bias and slopes of another number of channels") {
  EpilogueArguments a = linear();
  const std::string must = " must have one value for each of the 6 output channels, shape [6] or [1,1,1,6], got ";
  a.biasShape = numberList({3});
  refuses(a, Error::Kind::kRange, "bias" + must + "[3]");
  a.biasShape = std::nullopt;
  a.activation = "prelu";
  a.preluActivationWeightsShape = numberList({7});
  refuses(a, Error::Kind::kRange, "preluActivationWeights" + must + "[7]");
}

TEST_CASE("epilogue arguments: slopes without prelu, and prelu without slopes") {
  EpilogueArguments a = linear();
  const std::string must = "preluActivationWeights must be given with activation 'prelu', and only with it, got ";
  a.preluActivationWeightsShape = numberList({6});
  refuses(a, Error::Kind::kType, must + "them beside 'linear'");
  a.activation = "prelu";
  a.preluActivationWeightsShape = std::nullopt;
  refuses(a, Error::Kind::kType, must + "none beside 'prelu'");
}

}  // namespace
}  // namespace depthwise
