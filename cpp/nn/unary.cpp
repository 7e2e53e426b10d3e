#include "nn/unary.h"

#include <algorithm>
#include <cstddef>
#include <limits>

#include "nn/vector_loop.h"
#include "simd/exponential.h"

namespace depthwise {
namespace {

/// Computes y[i] = function(a[i], b[i]) for a function of vectors, and a size that is a multiple of four. y may be a or
/// b.
template <class Function>
void forEachElement(const float* a, const float* b, ptrdiff_t size, float* y, const Function& function) {
  for (ptrdiff_t at = 0; at < size; at += 4) store(y + at, function(load(a + at), load(b + at)));
}

/// Computes y = function(x) for a function of vectors, and a size that is a multiple of four. y may be x.
template <class Function>
void map(const float* x, ptrdiff_t size, float* y, const Function& function) {
  forEachElement(x, x, size, y, [&](f32x4 x, f32x4) { return function(x); });
}

/// Calls compute(a, b, size, y) for sizes that are multiples of four. Elements after the last full vector are computed
/// in copies. So the code of each function, which is long, exists once.
template <class Compute>
void forWholeVectors(const float* a, const float* b, int size, float* y, const Compute& compute) {
  const int rest = size % 4, whole = size - rest;
  float restOfA[4] = {}, restOfB[4] = {}, restOfY[4];
  std::copy_n(a + whole, rest, restOfA);
  std::copy_n(b + whole, rest, restOfB);
  compute(a, b, whole, y);
  if (rest == 0) return;
  compute(restOfA, restOfB, 4, restOfY);
  std::copy_n(restOfY, rest, y + whole);
}

/// Σ coefficients[i]·x^i, as a polynomial in x² whose coefficients are polynomials of degree 1. Fewer operations wait
/// for one another than with Horner's method: erf takes 0.92 times as long.
template <size_t Count>
DEPTHWISE_INLINE f32x4 polynomial(const float (&coefficients)[Count], f32x4 x) {
  constexpr int kPairs = Count / 2;
  const f32x4 square = mul(x, x);
  const auto pair = [&](int i) { return add(splat(coefficients[2 * i]), mul(splat(coefficients[2 * i + 1]), x)); };
  f32x4 sum = splat(0);
  if constexpr (Count % 2 > 0) sum = splat(coefficients[Count - 1]);
  unroll<kPairs>([&](auto i) {
    const f32x4 next = pair(kPairs - 1 - i);
    sum = i == 0 && Count % 2 == 0 ? next : add(mul(sum, square), next);
  });
  return sum;
}

/// Returns x with limits.
DEPTHWISE_INLINE f32x4 clamped(f32x4 x, float limit) { return min(max(x, splat(-limit)), splat(limit)); }

/// x·P(x²) / Q(x²) for x up to the limit. Above, the result is that at the limit.
template <size_t P, size_t Q>
DEPTHWISE_INLINE f32x4 oddRational(f32x4 x, float limit, const float (&numerator)[P], const float (&denominator)[Q]) {
  x = clamped(x, limit);
  const f32x4 w = mul(x, x);
  return divide(mul(x, polynomial(numerator, w)), polynomial(denominator, w));
}

/// e^x, from the smallest subnormal number to the largest float. 2^k has two factors, because k may be 128 or −150.
DEPTHWISE_INLINE f32x4 exponential(f32x4 x) {
  const ReducedExponential e(min(max(x, splat(-104)), splat(89)));
  const f32x4 offsetHalf = add(mul(e.k, splat(0.5f)), splat(kPowerOffset));
  const f32x4 otherHalf = subtract(e.k, subtract(offsetHalf, splat(kPowerOffset)));
  return mul(mul(add(splat(1), e.fraction), powerOfTwo(offsetHalf)), powerOfTwo(add(otherHalf, splat(kPowerOffset))));
}

/// Fitted to tanh x / x with a relative error of 3e-8 up to kLimit, where the result is 1.
DEPTHWISE_INLINE f32x4 tanh(f32x4 x) {
  constexpr float kLimit = 9.02f;
  constexpr float kNumerator[] = {1, 0.1337967357f, 3.493980051e-3f, 2.058253012e-5f, 1.331768986e-8f};
  constexpr float kDenominator[] = {1, 0.467129889f, 2.587087034e-2f, 3.283001104e-4f, 7.76146543e-7f};
  return clamped(oddRational(x, kLimit, kNumerator, kDenominator), 1);
}

/// Fitted to erf x / x with a relative error of 3e-9 up to kLimit, where the result is 1.
DEPTHWISE_INLINE f32x4 erf(f32x4 x) {
  constexpr float kLimit = 3.97f;
  constexpr float kNumerator[] = {1.128379169f,    0.1851439656f,  5.424405095e-2f, 3.838835001e-3f,
                                  3.767183723e-4f, 4.60795777e-6f, -1.279388402e-8f};
  constexpr float kDenominator[] = {1, 0.4974129728f, 0.113876387f, 1.543033478e-2f, 1.301513245e-3f, 6.238706494e-5f};
  return clamped(oddRational(x, kLimit, kNumerator, kDenominator), 1);
}

/// 2^exponent for exponents from -127.4 to 128: 0 below -126.5, and ∞ above 127.5.
///
/// The result is 2^k·2^f, where k + f is the exponent, k is an integer and |f| ≤ ½. If the exponent is a rounded
/// product x·log₂e, the relative error of e^x is up to 1.2e-7 + 8e-8·|x|. With Exponential, which does not have this
/// error, swish takes 1.5 times as long.
DEPTHWISE_INLINE f32x4 power2(f32x4 exponent) {
  // Fitted to 2^f with a relative error of 9e-8.
  constexpr float kPower[] = {1, 0.6931469775f, 0.2402224192f, 5.550733888e-2f, 9.671523616e-3f, 1.32647087e-3f};
  const f32x4 offsetK = add(exponent, splat(kPowerOffset));
  const f32x4 f = subtract(exponent, subtract(offsetK, splat(kPowerOffset)));
  return mul(powerOfTwo(offsetK), polynomial(kPower, f));
}

constexpr float kLog2e = 1.44269504f;

/// x·sigmoid(x) = x / (1 + e^−x).
DEPTHWISE_INLINE f32x4 swish(f32x4 x) {
  constexpr float kLowest = -128 / kLog2e;  // the result is 0
  x = max(x, splat(kLowest));
  return divide(x, add(splat(1), power2(mul(min(x, splat(88)), splat(-kLog2e)))));
}

/// x·Φ(x), where Φ is the normal distribution function. Φ(x) − ½ is fitted with an error of 6e-9 up to kLimit.
DEPTHWISE_INLINE f32x4 gelu(f32x4 x) {
  constexpr float kLimit = 5.4f;
  constexpr float kNumerator[] = {0.3989422454f,   3.337107941e-2f, 4.650777728e-3f,
                                  1.643097216e-4f, 6.359914224e-6f, 2.338747296e-8f};
  constexpr float kDenominator[] = {1, 0.250314981f, 2.837802202e-2f, 1.85891359e-3f, 7.239623169e-5f, 1.216604865e-6f};
  const f32x4 distribution = add(splat(0.5f), oddRational(x, kLimit, kNumerator, kDenominator));
  return mul(max(x, splat(-kLimit)), distribution);
}

/// Φ(x) + x·Φ′(x). This − ½ is fitted with an error of 1.2e-7 up to kLimit: one rational function takes 0.45 times as
/// long as erf and an exponential function.
DEPTHWISE_INLINE f32x4 geluSlope(f32x4 x) {
  constexpr float kLimit = 5.7f;
  constexpr float kNumerator[] = {0.7978853573f,   -3.099063829e-2f, 1.422941475e-2f,
                                  1.934637974e-5f, 3.594484107e-5f,  1.9277849e-7f};
  constexpr float kDenominator[] = {
      1, 0.2945005422f, 4.098133981e-2f, 3.523005641e-3f, 1.920465998e-4f, 8.947597433e-6f};
  return add(splat(0.5f), oddRational(x, kLimit, kNumerator, kDenominator));
}

/// √x as std::pow(x, 0.5): ∞ for −∞, and 0 for −0.
DEPTHWISE_INLINE f32x4 powerHalf(f32x4 x) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const f32x4 root = squareRoot(add(x, splat(0)));
  return ifThenElse(equal(x, splat(-kInfinity)), splat(kInfinity), root);
}

[[gnu::noinline]] void wholeUnary(UnaryOp op, const float* x, int size, float* y) {
  switch (op) {
    case UnaryOp::kExp:
      return map(x, size, y, exponential);
    case UnaryOp::kTanh:
      return map(x, size, y, tanh);
    case UnaryOp::kErf:
      return map(x, size, y, erf);
    case UnaryOp::kSquareRoot:
      return map(x, size, y, squareRoot);
    case UnaryOp::kReciprocalSquareRoot:
      return map(x, size, y, [](f32x4 x) { return divide(splat(1), squareRoot(x)); });
    case UnaryOp::kSwish:
      return map(x, size, y, swish);
    case UnaryOp::kGelu:
      return map(x, size, y, gelu);
  }
}

[[gnu::noinline]] void wholePower(const float* x, int size, double exponent, float* y) {
  // (1/x)^n, not 1/x^n: x^n may be infinite where the result is not 0.
  const bool isReciprocal = exponent < 0;
  const int halves = static_cast<int>(exponent * (isReciprocal ? -2 : 2));
  map(x, size, y, [&](f32x4 x) {
    f32x4 factor = halves % 2 > 0 ? powerHalf(x) : x;
    if (isReciprocal) factor = divide(splat(1), factor);
    if (halves == 3 || halves == 6) return mul(mul(factor, factor), factor);
    if (halves >= 4) factor = mul(factor, factor);
    return halves == 8 ? mul(factor, factor) : factor;
  });
}

[[gnu::noinline]] void wholeUnaryGradient(UnaryGradient op, const float* xOrY, const float* dy, int size, float* dx) {
  switch (op) {
    case UnaryGradient::kSigmoid:
      return forEachElement(xOrY, dy, size, dx,
                            [](f32x4 y, f32x4 dy) { return mul(dy, mul(y, subtract(splat(1), y))); });
    case UnaryGradient::kTanh:
      return forEachElement(xOrY, dy, size, dx,
                            [](f32x4 y, f32x4 dy) { return mul(dy, mul(subtract(splat(1), y), add(splat(1), y))); });
    case UnaryGradient::kElu:
      return forEachElement(xOrY, dy, size, dx,
                            [](f32x4 y, f32x4 dy) { return mul(dy, add(min(y, splat(0)), splat(1))); });
    case UnaryGradient::kErf:
      return forEachElement(xOrY, dy, size, dx, [](f32x4 x, f32x4 dy) {
        const Exponential e(mul(mul(x, x), splat(-1)));
        return mul(dy, mul(splat(1.12837917f), add(e.power, e.fraction)));
      });
    case UnaryGradient::kGelu:
      return forEachElement(xOrY, dy, size, dx, [](f32x4 x, f32x4 dy) { return mul(dy, geluSlope(x)); });
  }
}

}  // namespace

void unary(UnaryOp op, const float* x, int size, float* y) {
  forWholeVectors(x, x, size, y, [=](const float* x, const float*, int size, float* y) { wholeUnary(op, x, size, y); });
}

void power(const float* x, int size, double exponent, float* y) {
  forWholeVectors(x, x, size, y,
                  [=](const float* x, const float*, int size, float* y) { wholePower(x, size, exponent, y); });
}

void unaryGradient(UnaryGradient op, const float* xOrY, const float* dy, int size, float* dx) {
  forWholeVectors(xOrY, dy, size, dx, [=](const float* xOrY, const float* dy, int size, float* dx) {
    wholeUnaryGradient(op, xOrY, dy, size, dx);
  });
}

void leakyRelu(const float* x, int size, float slope, float* y) {
  forEachVector<LastVector>(ptrdiff_t{size}, [&](auto vector, ptrdiff_t at) {
    const f32x4 value = vector.load(x + at);
    vector.store(y + at, ifLessThenElse(splat(0), value, value, mul(value, splat(slope))));
  });
}

void reluGradient(const float* x, const float* dy, int size, float slope, float max, float* dx) {
  forEachVector<LastVector>(ptrdiff_t{size}, [&](auto vector, ptrdiff_t at) {
    const f32x4 value = vector.load(x + at);
    const f32x4 inside = ifLessThenElse(splat(max), value, splat(0), splat(1));
    const f32x4 factor = ifLessThenElse(splat(0), value, inside, splat(slope));
    vector.store(dx + at, mul(vector.load(dy + at), ifThenElse(isNaN(value), value, factor)));
  });
}

/// The sigmoid is y / x, except near 0, where y may have lost digits. The limits give the slopes at ±∞.
void swishGradient(const float* x, const float* y, const float* dy, int size, float* dx) {
  forEachVector<LastVector>(ptrdiff_t{size}, [&](auto vector, ptrdiff_t at) {
    const f32x4 limitedX = clamped(vector.load(x + at), 88), limitedY = min(vector.load(y + at), splat(88));
    const m32x4 isSmall = less(mul(limitedX, limitedX), splat(1e-12f));
    const f32x4 sigmoid = ifThenElse(isSmall, splat(0.5f), divide(limitedY, limitedX));
    const f32x4 slope = add(sigmoid, mul(limitedY, subtract(splat(1), sigmoid)));
    vector.store(dx + at, mul(vector.load(dy + at), slope));
  });
}

}  // namespace depthwise
