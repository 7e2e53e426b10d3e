// What the machine can do at best in WebAssembly, measured by limits.js: multiplications and additions of four floats,
// and copies.

#include <wasm_simd128.h>

#include <cstddef>
#include <cstring>
#include <utility>

namespace {

constexpr int kFloats = 4;
// A few kilobytes stay in the first cache, whatever it is.
constexpr int kVectors = 240;
constexpr int kMaxCopyBytes = 32 << 20;

alignas(64) float values[kVectors * kFloats];
alignas(64) char source[kMaxCopyBytes];
alignas(64) char target[kMaxCopyBytes];

/// The compiler must take it that somebody reads and writes what is there: nothing before is for nothing, nothing after
/// is known.
void share(void* memory) { asm volatile("" : : "r"(memory) : "memory"); }

/// Sums in `chains` accumulators that do not wait for each other, of products of one weight and what is loaded once per
/// product: what a convolution does. By recursion, as an array of accumulators could end up in memory.
template <std::size_t... chain>
float addProducts(int rounds, std::index_sequence<chain...>) {
  constexpr int chains = sizeof...(chain);
  static_assert(kVectors % chains == 0);
  v128_t sums[] = {(static_cast<void>(chain), wasm_f32x4_splat(0))...};
  const v128_t weight = wasm_f32x4_splat(0.5f);
  for (int round = 0; round < rounds; ++round) {
    share(values);
    for (const float* x = values; x != values + kVectors * kFloats; x += chains * kFloats) {
      ((sums[chain] = wasm_f32x4_add(sums[chain], wasm_f32x4_mul(wasm_v128_load(x + chain * kFloats), weight))), ...);
    }
  }
  v128_t sum = wasm_f32x4_splat(0);
  ((sum = wasm_f32x4_add(sum, sums[chain])), ...);
  return wasm_f32x4_extract_lane(sum, 0);
}

/// The same without loads: each accumulator is multiplied and added to, over and over.
template <std::size_t... chain>
float iterate(int rounds, std::index_sequence<chain...>) {
  share(values);
  v128_t sums[] = {wasm_f32x4_splat(static_cast<float>(chain))...};
  const v128_t factor = wasm_f32x4_splat(values[0]);
  const v128_t summand = wasm_f32x4_splat(values[1]);
  for (int round = 0; round < rounds * (kVectors / static_cast<int>(sizeof...(chain))); ++round) {
    ((sums[chain] = wasm_f32x4_add(wasm_f32x4_mul(sums[chain], factor), summand)), ...);
  }
  v128_t sum = wasm_f32x4_splat(0);
  ((sum = wasm_f32x4_add(sum, sums[chain])), ...);
  return wasm_f32x4_extract_lane(sum, 0);
}

}  // namespace

extern "C" {

/// Of one round of each of the functions below.
__attribute__((export_name("flopsPerRound"))) int flopsPerRound() { return kVectors * kFloats * 2; }

__attribute__((export_name("maxCopyBytes"))) int maxCopyBytes() { return kMaxCopyBytes; }

__attribute__((export_name("multiplyAddLoaded"))) float multiplyAddLoaded(int rounds) {
  return addProducts(rounds, std::make_index_sequence<12>());
}

__attribute__((export_name("multiplyAdd"))) float multiplyAdd(int rounds) {
  return iterate(rounds, std::make_index_sequence<12>());
}

/// Four vectors at a time; `bytes` is a multiple of 64.
__attribute__((export_name("copyVectors"))) void copyVectors(int bytes) {
  share(source);
  for (int at = 0; at < bytes; at += 64) {
    const v128_t a = wasm_v128_load(source + at);
    const v128_t b = wasm_v128_load(source + at + 16);
    const v128_t c = wasm_v128_load(source + at + 32);
    const v128_t d = wasm_v128_load(source + at + 48);
    wasm_v128_store(target + at, a);
    wasm_v128_store(target + at + 16, b);
    wasm_v128_store(target + at + 32, c);
    wasm_v128_store(target + at + 48, d);
  }
  share(target);
}

/// By the engine's own instruction.
__attribute__((export_name("copyBlock"))) void copyBlock(int bytes) {
  share(source);
  std::memcpy(target, source, bytes);
  share(target);
}
}
