#include "layer/initializer_arguments.h"

#include "layer/initializer_fields.h"
#include "layer/names.h"

namespace depthwise {
namespace {

using Kind = Initializer::Kind;
using FanMode = Initializer::FanMode;
using Distribution = Initializer::Distribution;

constexpr Named kKinds[] = {{"constant", Kind::kConstant},
                            {"glorotNormal", Kind::kGlorotNormal},
                            {"glorotUniform", Kind::kGlorotUniform},
                            {"heNormal", Kind::kHeNormal},
                            {"heUniform", Kind::kHeUniform},
                            {"identity", Kind::kIdentity},
                            {"leCunNormal", Kind::kLeCunNormal},
                            {"leCunUniform", Kind::kLeCunUniform},
                            {"ones", Kind::kOnes},
                            {"orthogonal", Kind::kOrthogonal},
                            {"randomNormal", Kind::kRandomNormal},
                            {"randomUniform", Kind::kRandomUniform},
                            {"truncatedNormal", Kind::kTruncatedNormal},
                            {"varianceScaling", Kind::kVarianceScaling},
                            {"zeros", Kind::kZeros}};
/// Keras's names that tfjs does not have: LecunNormal is one word there, OrthogonalInitializer and IdentityInitializer
/// are classes of Keras 3, the last four its aliases.
constexpr Named kKerasKinds[] = {{"lecunNormal", Kind::kLeCunNormal},
                                 {"lecunUniform", Kind::kLeCunUniform},
                                 {"orthogonalInitializer", Kind::kOrthogonal},
                                 {"identityInitializer", Kind::kIdentity},
                                 {"normal", Kind::kRandomNormal},
                                 {"uniform", Kind::kRandomUniform},
                                 {"one", Kind::kOnes},
                                 {"zero", Kind::kZeros}};
constexpr Named kFanModes[] = {{"fanIn", FanMode::kFanIn}, {"fanOut", FanMode::kFanOut}, {"fanAvg", FanMode::kFanAvg}};
constexpr Named kDistributions[] = {{"normal", Distribution::kTruncatedNormal},
                                    {"truncatedNormal", Distribution::kTruncatedNormal},
                                    {"untruncatedNormal", Distribution::kUntruncatedNormal},
                                    {"uniform", Distribution::kUniform}};

/// Past this, not every whole number is a double.
constexpr double kLargestWhole = 9007199254740991;

Error checkSeed(const char* argument, const std::optional<double>& seed) {
  if (!seed || isWholeWithin(*seed, -kLargestWhole, kLargestWhole)) return {};
  return layerRangeError(argument, "seed") << "must be a whole number of at most 53 bits, got " << *seed;
}

Error checkParameters(const char* argument, const Initializer& initializer) {
  const FieldSet fields = fieldsOf(fullKindOf(initializer.kind));
  for (size_t row = 0; row < std::size(kInitializerNumbers); ++row) {
    const auto [place, least] = kInitializerNumbers[row];
    if (!isIn(fields, row)) continue;
    if (auto error = checkNumber(argument, kInitializerFields[row], initializer.*place, least)) return error;
  }
  if (initializer.kind != Kind::kRandomUniform || initializer.maxval >= initializer.minval) return {};
  return layerRangeError(argument, "maxval")
         << "must be at least minval, " << initializer.minval << ", got " << initializer.maxval;
}

Initializer varianceScaling(double scale, FanMode mode, Distribution distribution) {
  Initializer initializer;
  initializer.scale = scale;
  initializer.mode = mode;
  initializer.distribution = distribution;
  return initializer;
}

Initializer defaults(Kind kind) {
  switch (kind) {
    case Kind::kGlorotUniform:
      return varianceScaling(1, FanMode::kFanAvg, Distribution::kUniform);
    case Kind::kGlorotNormal:
      return varianceScaling(1, FanMode::kFanAvg, Distribution::kTruncatedNormal);
    case Kind::kHeUniform:
      return varianceScaling(2, FanMode::kFanIn, Distribution::kUniform);
    case Kind::kHeNormal:
      return varianceScaling(2, FanMode::kFanIn, Distribution::kTruncatedNormal);
    case Kind::kLeCunUniform:
      return varianceScaling(1, FanMode::kFanIn, Distribution::kUniform);
    case Kind::kLeCunNormal:
      return varianceScaling(1, FanMode::kFanIn, Distribution::kTruncatedNormal);
    default:
      return {};
  }
}

}  // namespace

Result<Initializer> initializerNamed(const char* argument, std::string_view name) {
  std::optional<Kind> kind = valueNamed<Kind>(kKinds, name);
  if (!kind) kind = valueNamed<Kind>(kKerasKinds, name);
  if (!kind) return unknownName(argument, "", kKinds, name);
  Initializer initializer = defaults(*kind);
  initializer.kind = *kind;
  return initializer;
}

const char* initializerName(Kind kind) { return nameOf(kKinds, kind); }

const char* fanModeName(FanMode mode) { return nameOf(kFanModes, mode); }

const char* distributionName(Distribution distribution) { return nameOf(kDistributions, distribution); }

Result<FanMode> fanModeNamed(const char* argument, std::string_view name) {
  if (const auto mode = valueNamed<FanMode>(kFanModes, name)) return *mode;
  return unknownName(argument, "mode", kFanModes, name);
}

Result<Distribution> distributionNamed(const char* argument, std::string_view name) {
  if (const auto distribution = valueNamed<Distribution>(kDistributions, name)) return *distribution;
  return unknownName(argument, "distribution", kDistributions, name);
}

Error checkInitializer(const char* argument, const Initializer& initializer) {
  if (auto error = checkParameters(argument, initializer)) return error;
  return checkSeed(argument, initializer.seed);
}

Error checkInitializerFits(const char* argument, const Initializer& initializer, std::span<const int32_t> shape) {
  const bool isMatrix = shape.size() == 2;
  if (initializer.kind == Kind::kIdentity ? isMatrix && shape[0] == shape[1]
                                          : initializer.kind != Kind::kOrthogonal || shape.size() >= 2) {
    return {};
  }
  return layerRangeError(argument) << "must be able to fill a tensor of shape " << shape << ", got '"
                                   << initializerName(initializer.kind)
                                   << (initializer.kind == Kind::kIdentity ? "', which fills square matrices only"
                                                                           : "', which needs at least 2 dimensions");
}

}  // namespace depthwise
