#pragma once

#include <cstddef>
#include <cstring>
#include <type_traits>

#if defined(__wasm_simd128__)
#include <wasm_simd128.h>
#else
#include <cmath>
#if defined(__FMA__)
#include <immintrin.h>
#endif
#endif

#if defined(__GNUC__)
#define DEPTHWISE_INLINE inline __attribute__((always_inline))
#else
#define DEPTHWISE_INLINE inline
#endif

namespace depthwise {

/// Calls body(0), body(1), …, body(Count − 1) with compile-time constants. Loops over sums are unrolled this way,
/// because with `#pragma unroll` an array of sums stays in memory instead of registers.
template <int Count, int Index = 0, class Body>
DEPTHWISE_INLINE void unroll(Body&& body) {
  if constexpr (Index < Count) {
    body(std::integral_constant<int, Index>{});
    unroll<Count, Index + 1>(body);
  }
}

}  // namespace depthwise

/// A vector of four floats (lanes), and one of eight in native builds with AVX and FMA. Only this file differs between
/// WebAssembly and native builds. Functions are named as in Highway (https://github.com/google/highway).
namespace depthwise {

/// 1.5·2²³ + 127. Adding it to a float k with |k| < 2²¹ rounds k to an integer.
constexpr float kPowerOffset = 12583039;

#if defined(__wasm_simd128__)

using f32x4 = v128_t;
/// A mask: the bits of each lane are all ones (true) or all zeros (false).
using m32x4 = v128_t;

DEPTHWISE_INLINE f32x4 load(const float* from) { return wasm_v128_load(from); }
DEPTHWISE_INLINE void store(float* to, f32x4 value) { wasm_v128_store(to, value); }
/// Loads `count` floats, 1 to 3, and sets the other lanes to 0.
DEPTHWISE_INLINE f32x4 loadN(const float* from, int count) {
  if (count == 1) return wasm_v128_load32_zero(from);
  const f32x4 two = wasm_v128_load64_zero(from);
  return count == 2 ? two : wasm_v128_load32_lane(from + 2, two, 2);
}
/// Stores the first `count` lanes, 1 to 3.
DEPTHWISE_INLINE void storeN(float* to, f32x4 value, int count) {
  if (count == 1) return wasm_v128_store32_lane(to, value, 0);
  wasm_v128_store64_lane(to, value, 0);
  if (count == 3) wasm_v128_store32_lane(to + 2, value, 2);
}
DEPTHWISE_INLINE f32x4 splat(float value) { return wasm_f32x4_splat(value); }
DEPTHWISE_INLINE f32x4 add(f32x4 a, f32x4 b) { return wasm_f32x4_add(a, b); }
DEPTHWISE_INLINE f32x4 mul(f32x4 a, f32x4 b) { return wasm_f32x4_mul(a, b); }

DEPTHWISE_INLINE f32x4 subtract(f32x4 a, f32x4 b) { return wasm_f32x4_sub(a, b); }
DEPTHWISE_INLINE f32x4 divide(f32x4 a, f32x4 b) { return wasm_f32x4_div(a, b); }
DEPTHWISE_INLINE f32x4 squareRoot(f32x4 a) { return wasm_f32x4_sqrt(a); }
DEPTHWISE_INLINE f32x4 absolute(f32x4 a) { return wasm_f32x4_abs(a); }

/// Returns 2^k for the float kPowerOffset + k, where k is an integer from -126 to 127; 0 for k = -127. The lowest bits
/// of this float are k + 127. The result for other floats is not specified.
DEPTHWISE_INLINE f32x4 powerOfTwo(f32x4 offsetK) { return wasm_i32x4_shl(offsetK, 23); }
/// Returns a < b ? yes : no, lane by lane. A comparison with a NaN is false.
DEPTHWISE_INLINE f32x4 ifLessThenElse(f32x4 a, f32x4 b, f32x4 yes, f32x4 no) {
  return wasm_v128_bitselect(yes, no, wasm_f32x4_lt(a, b));
}

/// Return whether a = b, whether a < b, whether a is a NaN, and whether a or b, lane by lane. -0 equals 0. A NaN equals
/// nothing, and is not less than anything.
DEPTHWISE_INLINE m32x4 equal(f32x4 a, f32x4 b) { return wasm_f32x4_eq(a, b); }
DEPTHWISE_INLINE m32x4 less(f32x4 a, f32x4 b) { return wasm_f32x4_lt(a, b); }
DEPTHWISE_INLINE m32x4 isNaN(f32x4 a) { return wasm_f32x4_ne(a, a); }
DEPTHWISE_INLINE bool isAnyTrue(m32x4 mask) { return wasm_v128_any_true(mask); }
DEPTHWISE_INLINE m32x4 either(m32x4 a, m32x4 b) { return wasm_v128_or(a, b); }
/// Return mask ? yes : no, with 0 as `no` and with 0 as `yes`. All bits of a value remain, those of a NaN too.
DEPTHWISE_INLINE f32x4 ifThenElse(m32x4 mask, f32x4 yes, f32x4 no) { return wasm_v128_bitselect(yes, no, mask); }
/// The minimum of bytes is `and` for a mask, and the difference is `andnot`. LLVM makes a bitselect of `and` with a
/// comparison, which is three instructions on x86; with it, the gradient of max pooling takes 1.3 times as long.
DEPTHWISE_INLINE f32x4 ifThenElseZero(m32x4 mask, f32x4 yes) { return wasm_u8x16_min(mask, yes); }
DEPTHWISE_INLINE f32x4 ifThenZeroElse(m32x4 mask, f32x4 no) { return wasm_u8x16_sub_sat(no, mask); }

/// Returns a·b + sum. With relaxed SIMD, the engine may round once instead of twice. Code that must give the same bits
/// in both variants uses add and mul.
DEPTHWISE_INLINE f32x4 multiplyAdd(f32x4 a, f32x4 b, f32x4 sum) {
#if defined(__wasm_relaxed_simd__)
  return wasm_f32x4_relaxed_madd(a, b, sum);
#else
  return wasm_f32x4_add(sum, wasm_f32x4_mul(a, b));
#endif
}

/// Returns value < low ? low : value, and high < value ? high : value. A NaN stays a NaN. These are one instruction
/// each; WebAssembly's f32x4.max and min are several. Those of relaxed SIMD are not faster and may lose a NaN.
DEPTHWISE_INLINE f32x4 max(f32x4 value, f32x4 low) { return wasm_f32x4_pmax(value, low); }
DEPTHWISE_INLINE f32x4 min(f32x4 value, f32x4 high) { return wasm_f32x4_pmin(value, high); }

/// [a0 a0 a1 a1] and [a2 a2 a3 a3].
DEPTHWISE_INLINE f32x4 duplicateLower(f32x4 a) { return wasm_i32x4_shuffle(a, a, 0, 0, 1, 1); }
DEPTHWISE_INLINE f32x4 duplicateUpper(f32x4 a) { return wasm_i32x4_shuffle(a, a, 2, 2, 3, 3); }
/// [a0 a2 b0 b2] and [a1 a3 b1 b3].
DEPTHWISE_INLINE f32x4 concatEven(f32x4 a, f32x4 b) { return wasm_i32x4_shuffle(a, b, 0, 2, 4, 6); }
DEPTHWISE_INLINE f32x4 concatOdd(f32x4 a, f32x4 b) { return wasm_i32x4_shuffle(a, b, 1, 3, 5, 7); }
/// [a0 a2 b1 b3].
DEPTHWISE_INLINE f32x4 concatEvenOdd(f32x4 a, f32x4 b) { return wasm_i32x4_shuffle(a, b, 0, 2, 5, 7); }
/// [a0 b0 a1 b1] and [a2 b2 a3 b3].
DEPTHWISE_INLINE f32x4 interleaveLower(f32x4 a, f32x4 b) { return wasm_i32x4_shuffle(a, b, 0, 4, 1, 5); }
DEPTHWISE_INLINE f32x4 interleaveUpper(f32x4 a, f32x4 b) { return wasm_i32x4_shuffle(a, b, 2, 6, 3, 7); }

#else

using f32x4 = float __attribute__((vector_size(16)));
using m32x4 = int __attribute__((vector_size(16)));

DEPTHWISE_INLINE f32x4 load(const float* from) {
  f32x4 value;
  std::memcpy(&value, from, sizeof value);
  return value;
}
DEPTHWISE_INLINE void store(float* to, f32x4 value) { std::memcpy(to, &value, sizeof value); }
DEPTHWISE_INLINE f32x4 loadN(const float* from, int count) {
  f32x4 value{};
  for (int i = 0; i < count; ++i) value[i] = from[i];
  return value;
}
DEPTHWISE_INLINE void storeN(float* to, f32x4 value, int count) {
  for (int i = 0; i < count; ++i) to[i] = value[i];
}
DEPTHWISE_INLINE f32x4 splat(float value) { return f32x4{value, value, value, value}; }
DEPTHWISE_INLINE f32x4 add(f32x4 a, f32x4 b) { return a + b; }
DEPTHWISE_INLINE f32x4 mul(f32x4 a, f32x4 b) { return a * b; }
DEPTHWISE_INLINE f32x4 subtract(f32x4 a, f32x4 b) { return a - b; }
DEPTHWISE_INLINE f32x4 divide(f32x4 a, f32x4 b) { return a / b; }
/// With -mfma, rounds once.
DEPTHWISE_INLINE f32x4 multiplyAdd(f32x4 a, f32x4 b, f32x4 sum) {
#if defined(__FMA__)
  return _mm_fmadd_ps(a, b, sum);
#else
  return sum + a * b;
#endif
}

DEPTHWISE_INLINE f32x4 squareRoot(f32x4 a) {
  for (int i = 0; i < 4; ++i) a[i] = std::sqrt(a[i]);
  return a;
}
DEPTHWISE_INLINE f32x4 absolute(f32x4 a) {
  for (int i = 0; i < 4; ++i) a[i] = std::abs(a[i]);
  return a;
}
DEPTHWISE_INLINE f32x4 powerOfTwo(f32x4 offsetK) {
  using u32x4 = unsigned __attribute__((vector_size(16)));
  return reinterpret_cast<f32x4>(reinterpret_cast<u32x4>(offsetK) << 23);
}
DEPTHWISE_INLINE f32x4 ifLessThenElse(f32x4 a, f32x4 b, f32x4 yes, f32x4 no) {
  for (int i = 0; i < 4; ++i) no[i] = a[i] < b[i] ? yes[i] : no[i];
  return no;
}

DEPTHWISE_INLINE m32x4 equal(f32x4 a, f32x4 b) { return a == b; }
DEPTHWISE_INLINE m32x4 less(f32x4 a, f32x4 b) { return a < b; }
DEPTHWISE_INLINE m32x4 isNaN(f32x4 a) { return a != a; }
DEPTHWISE_INLINE bool isAnyTrue(m32x4 mask) { return (mask[0] | mask[1] | mask[2] | mask[3]) != 0; }
DEPTHWISE_INLINE m32x4 either(m32x4 a, m32x4 b) { return a | b; }
DEPTHWISE_INLINE f32x4 ifThenElse(m32x4 mask, f32x4 yes, f32x4 no) {
  for (int i = 0; i < 4; ++i) no[i] = mask[i] ? yes[i] : no[i];
  return no;
}
DEPTHWISE_INLINE f32x4 ifThenElseZero(m32x4 mask, f32x4 yes) { return ifThenElse(mask, yes, f32x4{}); }
DEPTHWISE_INLINE f32x4 ifThenZeroElse(m32x4 mask, f32x4 no) { return ifThenElse(mask, f32x4{}, no); }

DEPTHWISE_INLINE f32x4 max(f32x4 value, f32x4 low) {
  for (int i = 0; i < 4; ++i) value[i] = value[i] < low[i] ? low[i] : value[i];
  return value;
}
DEPTHWISE_INLINE f32x4 min(f32x4 value, f32x4 high) {
  for (int i = 0; i < 4; ++i) value[i] = high[i] < value[i] ? high[i] : value[i];
  return value;
}

DEPTHWISE_INLINE f32x4 duplicateLower(f32x4 a) { return f32x4{a[0], a[0], a[1], a[1]}; }
DEPTHWISE_INLINE f32x4 duplicateUpper(f32x4 a) { return f32x4{a[2], a[2], a[3], a[3]}; }
DEPTHWISE_INLINE f32x4 concatEven(f32x4 a, f32x4 b) { return f32x4{a[0], a[2], b[0], b[2]}; }
DEPTHWISE_INLINE f32x4 concatOdd(f32x4 a, f32x4 b) { return f32x4{a[1], a[3], b[1], b[3]}; }
DEPTHWISE_INLINE f32x4 concatEvenOdd(f32x4 a, f32x4 b) { return f32x4{a[0], a[2], b[1], b[3]}; }
DEPTHWISE_INLINE f32x4 interleaveLower(f32x4 a, f32x4 b) { return f32x4{a[0], b[0], a[1], b[1]}; }
DEPTHWISE_INLINE f32x4 interleaveUpper(f32x4 a, f32x4 b) { return f32x4{a[2], b[2], a[3], b[3]}; }

#endif

#if defined(__AVX__) && defined(__FMA__)
/// A vector of eight floats, with the functions that the microkernel needs.
using f32x8 = float __attribute__((vector_size(32)));

DEPTHWISE_INLINE void store(float* to, f32x8 value) { std::memcpy(to, &value, sizeof value); }
DEPTHWISE_INLINE f32x8 add(f32x8 a, f32x8 b) { return a + b; }
DEPTHWISE_INLINE f32x8 mul(f32x8 a, f32x8 b) { return a * b; }
DEPTHWISE_INLINE f32x8 multiplyAdd(f32x8 a, f32x8 b, f32x8 sum) { return _mm256_fmadd_ps(a, b, sum); }
// The instructions return the second operand if one is a NaN.
DEPTHWISE_INLINE f32x8 max(f32x8 value, f32x8 low) { return _mm256_max_ps(low, value); }
DEPTHWISE_INLINE f32x8 min(f32x8 value, f32x8 high) { return _mm256_min_ps(high, value); }

/// The longest vector of the target.
using LongVector = f32x8;
#else
using LongVector = f32x4;
#endif

/// Loads a vector of a type.
template <class Vector>
DEPTHWISE_INLINE Vector load(const float* from) {
  if constexpr (std::is_same_v<Vector, f32x4>) {
    return load(from);
  } else {
    Vector value;
    std::memcpy(&value, from, sizeof value);
    return value;
  }
}
/// Returns a vector of a type whose lanes are `value`.
template <class Vector>
DEPTHWISE_INLINE Vector splat(float value) {
  if constexpr (std::is_same_v<Vector, f32x4>) {
    return splat(value);
  } else {
    return Vector{} + value;
  }
}

/// Transposes four rows of four floats.
DEPTHWISE_INLINE void transpose4x4(const float* from, ptrdiff_t fromStride, float* to, ptrdiff_t toStride) {
  const f32x4 a = load(from), b = load(from + fromStride), c = load(from + 2 * fromStride),
              d = load(from + 3 * fromStride);
  const f32x4 abEven = concatEven(a, b), abOdd = concatOdd(a, b), cdEven = concatEven(c, d), cdOdd = concatOdd(c, d);
  store(to, concatEven(abEven, cdEven));
  store(to + toStride, concatEven(abOdd, cdOdd));
  store(to + 2 * toStride, concatOdd(abEven, cdEven));
  store(to + 3 * toStride, concatOdd(abOdd, cdOdd));
}

/// Prevents V8 from moving loads across this line. Otherwise it moves all loads of a loop to its start, which needs
/// more registers than exist. Native compilers do not need it, and g++ keeps sums in memory with it (0.3 times the
/// speed).
DEPTHWISE_INLINE void keepLoadsApart() {
#if defined(__wasm__)
  asm volatile("" ::: "memory");
#endif
}

/// Returns whether `count` is negative. Callers pass a count that never is, but no compiler can know that. A loop that
/// breaks if the result is true must have its sums ready at this point: V8 delays arithmetic as long as it can, but not
/// past a branch to code that uses the result. This costs two instructions. Without it, the loads that wait for the
/// arithmetic need five registers too many.
DEPTHWISE_INLINE bool isNegative(int count) {
  asm volatile("" : "+r"(count));
  return count < 0;
}

}  // namespace depthwise
