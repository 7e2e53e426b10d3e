#include "nn/elementary.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numbers>

namespace depthwise::elementary {
namespace {

constexpr double kMaxExponent = 708;

/// Σ coefficients[i]·x^i
template <int kCount>
double polynomial(const double (&coefficients)[kCount], double x) {
  double sum = 0;
  for (int i = kCount - 1; i >= 0; --i) sum = sum * x + coefficients[i];
  return sum;
}

/// e^x = power + fraction, where power = 2^k for a whole k and |fraction| ≤ 0.42·power.
struct Exponential {
  double power, fraction;

  // With r = x − k·ln 2, |r| ≤ ½ ln 2: fraction = 2^k (e^r − 1) by Taylor's series up to r¹²; the remainder is below
  // 1e-15·r.
  explicit Exponential(double x) {
    constexpr double kOverFactorials[] = {1.,          1. / 2,       1. / 6,        1. / 24,
                                          1. / 120,    1. / 720,     1. / 5040,     1. / 40320,
                                          1. / 362880, 1. / 3628800, 1. / 39916800, 1. / 479001600};
    const double k = std::floor(x * std::numbers::log2e + 0.5), r = x - k * std::numbers::ln2;
    power = std::bit_cast<double>(static_cast<uint64_t>(static_cast<int64_t>(k) + 1023) << 52);
    fraction = power * (r * polynomial(kOverFactorials, r));
  }
};

/// s + s³/3 + s⁵/5 + … up to s²¹. The remainder is below 1e-18·s for |s| < 0.172, and below 2e-12·s for |s| ≤ 1/3.
double inverseTanh(double s) {
  constexpr double kOdd[] = {1., 1. / 3, 1. / 5, 1. / 7, 1. / 9, 1. / 11, 1. / 13, 1. / 15, 1. / 17, 1. / 19, 1. / 21};
  return s * polynomial(kOdd, s * s);
}

}  // namespace

double exp(double x) {
  if (!(std::abs(x) <= kMaxExponent)) return x < 0 ? 0 : x > 0 ? std::numeric_limits<double>::infinity() : x;
  const Exponential e(x);
  return e.power + e.fraction;
}

double expMinusOne(double x) {
  if (!(std::abs(x) <= kMaxExponent)) return x < 0 ? -1 : x > 0 ? std::numeric_limits<double>::infinity() : x;
  const Exponential e(x);
  return (e.power - 1) + e.fraction;
}

// x = m·2^e with m in (√½, √2]; ln m = 2 artanh s with s = (m − 1) / (m + 1), |s| < 0.172.
double log(double x) {
  if (!(x <= std::numeric_limits<double>::max())) return x;
  constexpr uint64_t kFraction = (uint64_t{1} << 52) - 1, kOne = std::bit_cast<uint64_t>(1.0);
  const uint64_t bits = std::bit_cast<uint64_t>(x);
  int exponent = static_cast<int>(bits >> 52) - 1023;
  double m = std::bit_cast<double>((bits & kFraction) | kOne);
  if (m > std::numbers::sqrt2) {
    m /= 2;
    ++exponent;
  }
  return exponent * std::numbers::ln2 + 2 * inverseTanh((m - 1) / (m + 1));
}

double logOnePlus(double x) { return 2 * inverseTanh(x / (2 + x)); }

// For t ≥ 0, (1 + 2t) e^(t²) erfc t is a smooth function of w = (t − 2.5) / (t + 2.5) in [−1, 1). The polynomial
// interpolates it at 13 Chebyshev points. The idea: M. Shepherd, J. Laframboise, Chebyshev Approximation of
// (1 + 2x) exp(x²) erfc x in 0 ≤ x < ∞, 1981.
double erfc(double x) {
  constexpr double kCoefficients[] = {1.2648381843668615,    -0.1223568022570704,    -0.09902453917984233,
                                      0.15763102409827226,   -0.1029670655130527,    0.0327518875081088,
                                      0.0009319368484531109, -0.0043501175404633,    0.0004919319828835963,
                                      0.0005753617421822536, -8.934046040347981e-05, -6.177248840669501e-05,
                                      8.475609207269406e-06};
  const double t = std::abs(x);
  const double tail = exp(-t * t) * polynomial(kCoefficients, 1 - 5 / (t + 2.5)) / (1 + 2 * t);
  return x < 0 ? 2 - tail : tail;
}

}  // namespace depthwise::elementary
