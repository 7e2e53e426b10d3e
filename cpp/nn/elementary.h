#pragma once

/// Elementary functions of float64 that only add, subtract, multiply and divide. C libraries differ from one another in
/// the last bits of theirs; these give the same bits on every platform, as long as the compiler does not fuse a product
/// and a sum into one rounding (-ffp-contract=off). In WebAssembly they also take 3 KB less, gzipped.
///
/// A NaN gives NaN, and ±∞ the limit.
namespace depthwise::elementary {

/// e^x, to 1e-13 of it. 0 below -708, ∞ above 708.
double exp(double x);

/// e^x − 1, to 1e-13 of it, however small. −1 below -708, ∞ above 708.
double expMinusOne(double x);

/// The natural logarithm of a positive normal number, to 5e-16 of it, beside 1 too.
double log(double x);

/// ln(1 + x) for x in [0, 1], to 2e-12 of it.
double logOnePlus(double x);

/// 1 − erf(x), to 3e-9 of it: for large x too, where it is tiny.
double erfc(double x);

}  // namespace depthwise::elementary
