#pragma once

#include <cstdint>

namespace depthwise {

/// Generates random numbers. The same seed gives the same bits on every platform. The distributions of C++ and log and
/// cos of the C library do not guarantee that, so this class uses none of them. The compiler must not round a product
/// and a sum as one operation (-ffp-contract=off).
///
/// The generator is pcg32, "PCG XSH RR 64/32": M. O'Neill, PCG: A Family of Simple Fast Space-Efficient Statistically
/// Good Algorithms for Random Number Generation, 2014, https://www.pcg-random.org.
class RandomGenerator {
 public:
  /// Streams are independent sequences for one seed. The default is that of O'Neill's implementation.
  explicit RandomGenerator(uint64_t seed, uint64_t stream = 0x6d1f1ce5ca5caded);

  /// Returns a whole number in [0, 2³²).
  uint32_t next();

  /// Returns a multiple of 2^-24 in [0, 1), exact as a float.
  float uniform();

  /// Returns a number in [low, high), or `low` if both are equal. low ≤ high.
  float uniform(float low, float high);

  /// Returns a number of mean 0 and standard deviation 1, by the polar method: G. Marsaglia, T. Bray, A Convenient
  /// Method for Generating Normal Variables, 1964.
  double normal();

  /// Returns a number like normal(), but draws a number further than 2 from the mean again, as in TensorFlow. The
  /// standard deviation of the result is kTruncatedDeviation.
  double truncatedNormal();

 private:
  uint64_t state_ = 0, increment_;
  double spare_ = 0;  ///< the polar method gives two numbers at a time
  bool hasSpare_ = false;
};

/// The standard deviation of a standard normal number within 2 of 0, as in Keras: √(1 − 4φ(2) / (2Φ(2) − 1)) with the
/// normal density φ and its integral Φ.
inline constexpr double kTruncatedDeviation = 0.87962566103423978;

}  // namespace depthwise
