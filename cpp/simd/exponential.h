#pragma once

#include "simd/f32x4.h"

namespace depthwise {

/// e^x = power + fraction, where power = 2^k for an integer k and |fraction| ≤ 0.42·power, for x from -87 to 88. Below
/// this range, e^x is 0; above it, it is e^88. A NaN gives a NaN.
///
/// The relative error of e^x is about 1e-7, and so is that of e^x − 1 = (power − 1) + fraction, even for a very small
/// x. It uses add and mul, not multiplyAdd, so that all platforms and both variants give the same bits. The polynomial
/// is that of expf in S. Moshier's Cephes library, 1989.
struct Exponential {
  f32x4 power, fraction;

  DEPTHWISE_INLINE explicit Exponential(f32x4 x) {
    constexpr float kCoefficients[] = {1.9875691500e-4f, 1.3981999507e-3f, 8.3334519073e-3f,
                                       4.1665795894e-2f, 1.6666665459e-1f, 5.0000001201e-1f};
    constexpr float kLog2e = 1.44269504f;
    constexpr float kLn2High = 0.693359375f, kLn2Low = -2.12194440e-4f;  // k·kLn2High is exact
    const f32x4 given = x;
    x = min(max(x, splat(-87)), splat(88));
    const f32x4 k = nearest(mul(x, splat(kLog2e)));
    const f32x4 r = add(add(x, mul(k, splat(-kLn2High))), mul(k, splat(-kLn2Low)));
    f32x4 sum = splat(kCoefficients[0]);
    unroll<5>([&](auto i) { sum = add(mul(sum, r), splat(kCoefficients[i + 1])); });
    power = ifLessThenElse(given, splat(-87), splat(0), powerOfTwo(k));
    fraction = mul(power, add(r, mul(mul(r, r), sum)));
  }
};

}  // namespace depthwise
