#pragma once

#include <fuzzer/FuzzedDataProvider.h>

#include <optional>

#include "support/guarded_tensor.h"
#include "support/oracle.h"

/// Convolutions and tensors made of a fuzzer's bytes.
namespace depthwise::fuzz {

/// Arguments of which everything may be wrong.
ConvolutionArguments hostileArguments(FuzzedDataProvider& bytes);

/// Arguments of a small convolution, most of which can be computed.
ConvolutionArguments smallArguments(FuzzedDataProvider& bytes);

/// A number of any kind: small, whole, at a limit, not a number.
double anyNumber(FuzzedDataProvider& bytes);
NumberList anyNumbers(FuzzedDataProvider& bytes, int most);

/// A convolution of at most some ten thousand products; nothing where the bytes do not make one.
std::optional<Geometry> smallGeometry(FuzzedDataProvider& bytes);

/// Products of a convolution, the cost of a test.
template <class SomeGeometry>
double productsOf(const SomeGeometry& g) {
  const Shape filter = g.filterShape();
  return double(g.batch) * g.height.out * g.width.out * filter[0] * filter[1] * filter[2] * filter[3];
}

/// Fills a tensor with small whole numbers, fractions, or floats of every kind (denormal, huge, infinite, NaN), and
/// puts single floats of the fuzzer's among them.
void fill(GuardedTensor& tensor, FuzzedDataProvider& bytes);

/// What an element is allowed to be, see `requireAgreement`.
struct Operands {
  std::span<const float> a, b;
  double terms;  ///< products in a sum, at most
};

/// That each element is the sum that the oracle made, as near as float32 comes to it in any order. Where a sum of
/// magnitudes passes what a float32 can hold, a partial sum may be infinite, and anything may come of it.
void requireAgreement(const GuardedTensor& got, const oracle::Sums& expected, const Operands& operands,
                      std::string_view what);

/// That both hold the same values, NaN being the same as NaN.
void requireSame(const GuardedTensor& a, const GuardedTensor& b, std::string_view what);

}  // namespace depthwise::fuzz
