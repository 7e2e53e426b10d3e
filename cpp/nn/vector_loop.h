#pragma once

#include <cstddef>

#include "simd/f32x4.h"

/// Loops over the elements of tensors, four at a time, with a partial vector at the end.
namespace depthwise {

/// Loads and stores four floats.
struct FullVector {
  static constexpr bool isFull = true;

  DEPTHWISE_INLINE f32x4 load(const float* from) const { return depthwise::load(from); }
  DEPTHWISE_INLINE void store(float* to, f32x4 value) const { depthwise::store(to, value); }
};

/// Loads and stores `count` floats, fewer than four. The other lanes are loaded as 0.
struct PartialVector {
  static constexpr bool isFull = false;
  int count;

  f32x4 load(const float* from) const { return loadN(from, count); }
  void store(float* to, f32x4 value) const { storeN(to, value, count); }
};

/// A PartialVector whose functions are not inlined, for loops over whole tensors: such a loop uses it once.
struct LastVector {
  static constexpr bool isFull = false;
  int count;

  [[gnu::noinline]] f32x4 load(const float* from) const { return loadN(from, count); }
  [[gnu::noinline]] void store(float* to, f32x4 value) const { storeN(to, value, count); }
};

/// Calls visit(FullVector or Rest, offset) for all vectors of `size` floats.
template <class Rest = PartialVector, class Visit>
DEPTHWISE_INLINE void forEachVector(ptrdiff_t size, Visit&& visit) {
  ptrdiff_t offset = 0;
  for (; offset + 4 <= size; offset += 4) visit(FullVector{}, offset);
  if (offset < size) visit(Rest{static_cast<int>(size - offset)}, offset);
}

/// How a loop reads its operands: element by element, or one of them as one float for all elements.
enum class Operands { kVectors, kOneA, kOneB };

/// Computes y[i] = function(a[i], b[i]) for `size` elements and a function of vectors, `Unroll` vectors at a time. y
/// may be a or b.
template <class Rest, int Unroll, Operands operands, class Function>
DEPTHWISE_INLINE void forEachElement(const float* a, const float* b, ptrdiff_t size, float* y,
                                     const Function& function) {
  constexpr bool isOneA = operands == Operands::kOneA, isOneB = operands == Operands::kOneB;
  const f32x4 oneA = splat(isOneA ? *a : 0), oneB = splat(isOneB ? *b : 0);
  const auto compute = [&](auto vector, ptrdiff_t at) {
    vector.store(y + at, function(isOneA ? oneA : vector.load(a + at), isOneB ? oneB : vector.load(b + at)));
  };
  ptrdiff_t first = 0;
  for (; first + 4 * Unroll <= size; first += 4 * Unroll) {
    unroll<Unroll>([&](auto i) { compute(FullVector{}, first + 4 * i); });
  }
  forEachVector<Rest>(size - first, [&](auto vector, ptrdiff_t offset) { compute(vector, first + offset); });
}

}  // namespace depthwise
