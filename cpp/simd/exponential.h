#pragma once

#include "simd/f32x4.h"

namespace depthwise {

/// e^x = 2^k·(1 + fraction), where k is an integer and |fraction| ≤ 0.42, for |x| < 10⁶. A NaN gives a NaN.
///
/// The relative error of 1 + fraction is about 1e-7, and so is that of the fraction. It uses add and mul, not
/// multiplyAdd, so that all platforms and both variants give the same bits. The polynomial is that of expf in
/// S. Moshier's Cephes library, 1989.
struct ReducedExponential {
  f32x4 offsetK, k, fraction;  ///< offsetK = k + kPowerOffset

  DEPTHWISE_INLINE explicit ReducedExponential(f32x4 x) {
    constexpr float kCoefficients[] = {1.9875691500e-4f, 1.3981999507e-3f, 8.3334519073e-3f,
                                       4.1665795894e-2f, 1.6666665459e-1f, 5.0000001201e-1f};
    constexpr float kLog2e = 1.44269504f;
    constexpr float kLn2High = 0.693359375f, kLn2Low = -2.12194440e-4f;  // k·kLn2High is exact
    offsetK = add(mul(x, splat(kLog2e)), splat(kPowerOffset));
    k = subtract(offsetK, splat(kPowerOffset));
    const f32x4 r = add(add(x, mul(k, splat(-kLn2High))), mul(k, splat(-kLn2Low)));
    const f32x4 square = mul(r, r);
    const auto pair = [&](int i) { return add(mul(r, splat(kCoefficients[i])), splat(kCoefficients[i + 1])); };
    const f32x4 sum = add(mul(add(mul(pair(0), square), pair(2)), square), pair(4));
    fraction = add(r, mul(square, sum));
  }
};

/// e^x = power + fraction, where power = 2^k for an integer k and |fraction| ≤ 0.42·power, for x from -87 to 88. Below
/// -87.7, e^x is 0; above 88, it is e^88. A NaN gives a NaN.
///
/// The relative error of e^x is about 1e-7, and so is that of e^x − 1 = (power − 1) + fraction, even for a very small
/// x.
struct Exponential {
  f32x4 power, fraction;

  DEPTHWISE_INLINE explicit Exponential(f32x4 x) {
    const ReducedExponential e(min(max(x, splat(-88)), splat(88)));
    power = powerOfTwo(e.offsetK);
    fraction = mul(power, e.fraction);
  }
};

}  // namespace depthwise
