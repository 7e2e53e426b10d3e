#pragma once

#include <fuzzer/FuzzedDataProvider.h>

#include <optional>

#include "support/guarded_tensor.h"
#include "support/oracle.h"

/// Convolutions and tensors from the bytes of a fuzzer.
namespace depthwise::fuzz {

/// Returns parameters of which any may be wrong.
ConvParams hostileParams(FuzzedDataProvider& bytes);

/// Returns the parameters of a small convolution. Most of them are valid.
ConvParams smallParams(FuzzedDataProvider& bytes);

/// Returns a whole number of up to 53 bits, as JavaScript passes them: small, or at a limit.
int64_t anyNumber(FuzzedDataProvider& bytes);

/// Returns a convolution of at most 30 000 products, or nothing if the bytes do not describe one.
std::optional<Geometry> smallGeometry(FuzzedDataProvider& bytes);

/// Returns the number of products of a convolution, the cost of a test.
template <class SomeGeometry>
double productsOf(const SomeGeometry& g) {
  const Shape filter = g.filterShape();
  return double(elementCount(g.yShape())) / double(filter[2]) * double(elementCount(filter));
}

/// Fills a tensor with small whole numbers, fractions, or floats of every kind (denormal, huge, infinite, NaN), and
/// puts a few floats of the fuzzer between them.
void fill(GuardedTensor& tensor, FuzzedDataProvider& bytes);

/// The operands of a sum of products, from which `requireAgreement` computes the allowed error.
struct Operands {
  std::span<const float> a, b;
  double terms;  ///< maximum number of products in a sum
};

/// Requires that each element is the oracle's sum within the error of float32 in any order. Where the sum of the
/// magnitudes is above the largest float, a partial sum may be infinite and any result is allowed.
void requireAgreement(const GuardedTensor& got, const oracle::Sums& expected, const Operands& operands,
                      std::string_view what);

/// Requires that both have the same values. NaN equals NaN.
void requireSame(const GuardedTensor& a, const GuardedTensor& b, std::string_view what);

}  // namespace depthwise::fuzz
