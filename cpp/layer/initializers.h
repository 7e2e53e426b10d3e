#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "depthwise/memory.h"

namespace depthwise {

/// How a weight tensor gets its first values: the initializers of tfjs and Keras that fit a depthwise kernel or its
/// bias. Defaults are Keras's; each kind reads only the fields that are named with it.
struct Initializer {
  enum class Kind {
    kZeros,
    kOnes,
    kConstant,         ///< value
    kRandomUniform,    ///< minval ≤ v < maxval
    kRandomNormal,     ///< mean, stddev
    kTruncatedNormal,  ///< mean, stddev; what is not within 2·stddev of the mean is drawn again
    kVarianceScaling,  ///< scale, mode, distribution
    kGlorotUniform,    ///< the six that follow are variance scaling with these three set, see initializerNamed
    kGlorotNormal,
    kHeUniform,
    kHeNormal,
    kLeCunUniform,
    kLeCunNormal,
    kOrthogonal,  ///< gain; at least two dimensions
    kIdentity,    ///< gain; square matrices only
  };
  enum class FanMode { kFanIn, kFanOut, kFanAvg };
  /// With n the fan of `mode`, the variance of all three is scale / n:
  ///
  /// - kTruncatedNormal: 0 ± √(scale / n) / kTruncatedDeviation, cut off at two of those. tfjs leaves the division
  ///   out, so its weights have 77 % of the variance that was asked for; Keras is followed, since that
  ///   is what both document. Called 'normal' by tfjs, whose 'truncatedNormal' is a uniform distribution.
  /// - kUntruncatedNormal: 0 ± √(scale / n).
  /// - kUniform: between ∓√(3·scale / n).
  enum class Distribution { kTruncatedNormal, kUntruncatedNormal, kUniform };

  Kind kind = Kind::kZeros;
  double value = 0;
  double minval = -0.05, maxval = 0.05;
  double mean = 0, stddev = 0.05;
  double scale = 1;
  FanMode mode = FanMode::kFanIn;
  Distribution distribution = Distribution::kTruncatedNormal;
  double gain = 1;
  /// A whole number. The same seed gives the same values at every call and on every platform; they are not the values
  /// that tfjs or Keras draw. None: the values depend on the entropy that `initialize` is given.
  std::optional<double> seed;
};

/// Whether a kind is variance scaling, or one of the six that are.
constexpr bool isVarianceScaling(Initializer::Kind kind) {
  return kind >= Initializer::Kind::kVarianceScaling && kind <= Initializer::Kind::kLeCunNormal;
}

/// How many inputs an output is made of, and the reverse, as Keras's compute_fans has it for any kernel: of
/// [kh, kw, C, M] in = kh·kw·C and out = kh·kw·M, of a vector [n] both are n (tfjs: √n). For a depthwise kernel the
/// true number of inputs is kh·kw; but weights that differ from Keras's by a factor √C would surprise more.
struct Fans {
  double in, out;
};
Fans fansOf(std::span<const int32_t> shape);

/// Fills a tensor, all of whose sizes are at least 1. The initializer is checked and fits the shape
/// (initializer_arguments.h).
Status initialize(const Initializer& initializer, std::span<const int32_t> shape, uint64_t entropy, float* out);

}  // namespace depthwise
