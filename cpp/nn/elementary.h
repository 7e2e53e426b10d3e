#pragma once

/// Elementary functions of float64 that give the same bits on every platform, unlike those of C libraries. They only
/// add, subtract, multiply and divide, and the compiler must not fuse a multiplication and an addition
/// (-ffp-contract=off). In WebAssembly they are 3 KB smaller, gzipped, than those of the C library.
///
/// A NaN gives NaN, and ±∞ give the limit. Errors below are relative.
namespace depthwise::elementary {

/// Returns e^x with an error of 1e-13; 0 below -708, ∞ above 708.
double exp(double x);

/// Returns e^x − 1 with an error of 1e-13, also for tiny x; −1 below -708, ∞ above 708.
double expMinusOne(double x);

/// Returns the natural logarithm of a positive normal number with an error of 6e-16, also next to 1.
double log(double x);

/// Returns ln(1 + x) for x in [0, 1] with an error of 2e-12.
double logOnePlus(double x);

/// Returns 1 − erf(x) with an error of 3e-9, also for large x, where it is tiny.
double erfc(double x);

}  // namespace depthwise::elementary
