#pragma once

#include <algorithm>
#include <cstddef>

#include "simd/f32x4.h"

namespace depthwise {

/// How a loop reads its operands: element by element, or one of them as one float for all elements.
enum class Operands { kVectors, kOneA, kOneB };

/// Vectors for one to three elements. Its functions are not inlined, because many loops end with them.
class RestVectors {
 public:
  /// Copies aCount and bCount elements.
  [[gnu::noinline]] RestVectors(const float* a, ptrdiff_t aCount, const float* b, ptrdiff_t bCount) {
    std::copy_n(a, aCount, a_);
    std::copy_n(b, bCount, b_);
  }

  f32x4 a() const { return load(a_); }
  f32x4 b() const { return load(b_); }

  [[gnu::noinline]] static void storeFirst(f32x4 result, ptrdiff_t count, float* y) {
    float values[4];
    store(values, result);
    std::copy_n(values, count, y);
  }

 private:
  float a_[4] = {}, b_[4] = {};
};

/// Computes y[i] = function(a[i], b[i]) for `size` elements and a function of vectors, `Unroll` vectors at a time. y
/// may be a or b.
template <int Unroll = 1, Operands operands = Operands::kVectors, class Function>
DEPTHWISE_INLINE void forEachElement(const float* a, const float* b, ptrdiff_t size, float* y,
                                     const Function& function) {
  constexpr bool isOneA = operands == Operands::kOneA, isOneB = operands == Operands::kOneB;
  const f32x4 oneA = splat(isOneA ? *a : 0), oneB = splat(isOneB ? *b : 0);
  const auto compute = [&](ptrdiff_t at) {
    store(y + at, function(isOneA ? oneA : load(a + at), isOneB ? oneB : load(b + at)));
  };
  ptrdiff_t at = 0;
  if constexpr (Unroll > 1) {
    for (; at + 4 * Unroll <= size; at += 4 * Unroll) unroll<Unroll>([&](auto i) { compute(at + 4 * i); });
  }
  for (; at + 4 <= size; at += 4) compute(at);
  if (at == size) return;
  const ptrdiff_t count = size - at;
  const RestVectors rest(a + at, isOneA ? 0 : count, b + at, isOneB ? 0 : count);
  RestVectors::storeFirst(function(isOneA ? oneA : rest.a(), isOneB ? oneB : rest.b()), count, y + at);
}

}  // namespace depthwise
