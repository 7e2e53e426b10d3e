#pragma once

#include <cstdint>

namespace depthwise {

/// Random numbers: the same seed gives the same bits on every platform. Neither the C++ distributions nor the C
/// library's log and cos promise that, so nothing here is built on them; and the compiler must not fuse a product and a
/// sum into one rounding (-ffp-contract=off).
///
/// The source of randomness is pcg32, "PCG XSH RR 64/32": M. O'Neill, PCG: A Family of Simple Fast Space-Efficient
/// Statistically Good Algorithms for Random Number Generation, 2014, https://www.pcg-random.org.
class RandomGenerator {
 public:
  /// Streams are independent sequences for one seed; the default is that of O'Neill's implementation.
  explicit RandomGenerator(uint64_t seed, uint64_t stream = 0x6d1f1ce5ca5caded);

  /// A whole number in [0, 2³²).
  uint32_t next();

  /// A multiple of 2^-24 in [0, 1): every one is a float.
  float uniform();

  /// In [low, high), and `low` where both are equal. low ≤ high.
  float uniform(float low, float high);

  /// Mean 0, standard deviation 1, by the polar method: G. Marsaglia, T. Bray, A Convenient Method for Generating
  /// Normal Variables, 1964.
  double normal();

  /// As normal(), but what is not within 2 of the mean is drawn again, as TensorFlow does. That leaves a standard
  /// deviation of kTruncatedDeviation.
  double truncatedNormal();

 private:
  uint64_t state_ = 0, increment_;
  double spare_ = 0;  ///< the polar method makes two numbers at a time
  bool hasSpare_ = false;
};

/// The standard deviation of a standard normal number that is known to be within 2 of 0, as Keras has it:
/// √(1 − 4φ(2) / (2Φ(2) − 1)) with φ the normal density and Φ its integral.
inline constexpr double kTruncatedDeviation = 0.87962566103423978;

}  // namespace depthwise
