// Measures the peak of the machine in WebAssembly: multiplications and additions of four floats, and copies. The
// benchmark calls these functions in turn with the backends (limits.js).

#include <wasm_simd128.h>

#include <array>
#include <cstddef>
#include <cstring>
#include <utility>

namespace {

constexpr int kFloats = 4;
// A few kilobytes fit into every first-level cache.
constexpr int kVectors = 240;
// Products of vectors in one call. A multiple of the number in one round of each function below, so that all compute
// the same number; and small enough that floats count it exactly.
constexpr int kProducts = kVectors * 12 * 174;
static_assert(kProducts < 1 << 24);
constexpr int kMaxCopyBytes = 32 << 20;

alignas(64) constinit auto values = [] {
  std::array<float, kVectors * kFloats> ones{};
  ones.fill(1);
  return ones;
}();
alignas(64) char source[kMaxCopyBytes];
alignas(64) char target[kMaxCopyBytes];

/// Keeps the compiler from removing or moving accesses to this memory: it must assume that it is read and written here.
void share(void* memory) { asm volatile("" : : "r"(memory) : "memory"); }

/// Loads each vector once, multiplies it by each of some weights, as a convolution does, and adds each product to the
/// next of several sums. Returns the total, which equals the number of products, because all values are 1.
///
/// Products depend on nothing, and a sum only on itself. Six or eight sums are more than any CPU adds before the first
/// addition is done, so the pace is steady. Chains of dependent multiplications and additions need twelve or more sums,
/// nearly all registers of V8, and their pace changes from call to call. The loop is unrolled with a parameter pack,
/// because an array of sums could be placed in memory.
template <int weights, std::size_t... sum>
float addProducts(std::index_sequence<sum...>) {
  constexpr int vectors = sizeof...(sum) / weights;
  static_assert(sizeof...(sum) % weights == 0 && kVectors % vectors == 0 && kProducts % (kVectors * weights) == 0);
  share(values.data());
  // Read one by one, so that the compiler cannot know that they are equal.
  const v128_t weight[] = {wasm_f32x4_splat(values[sum % weights])...};
  v128_t sums[] = {(static_cast<void>(sum), wasm_f32x4_splat(0))...};
  for (int round = 0; round < kProducts / (kVectors * weights); ++round) {
    share(values.data());
    for (const float* x = values.data(); x != values.data() + values.size(); x += vectors * kFloats) {
      ((sums[sum] = wasm_f32x4_add(sums[sum],
                                   wasm_f32x4_mul(wasm_v128_load(x + sum / weights * kFloats), weight[sum % weights]))),
       ...);
    }
  }
  v128_t all = wasm_f32x4_splat(0);
  ((all = wasm_f32x4_add(all, sums[sum])), ...);
  return wasm_f32x4_extract_lane(all, 0);
}

}  // namespace

extern "C" {

/// Returns the number of products of vectors that each of the next functions computes, and returns.
__attribute__((export_name("productsPerCall"))) int productsPerCall() { return kProducts; }

__attribute__((export_name("multiplyAdd2"))) float multiplyAdd2() {
  return addProducts<2>(std::make_index_sequence<8>());
}

__attribute__((export_name("multiplyAdd3"))) float multiplyAdd3() {
  return addProducts<3>(std::make_index_sequence<6>());
}

__attribute__((export_name("multiplyAdd4"))) float multiplyAdd4() {
  return addProducts<4>(std::make_index_sequence<8>());
}

/// Source, target and capacity of the next functions.
__attribute__((export_name("copySource"))) char* copySource() { return source; }

__attribute__((export_name("copyTarget"))) char* copyTarget() { return target; }

__attribute__((export_name("maxCopyBytes"))) int maxCopyBytes() { return kMaxCopyBytes; }

/// Four vectors at a time; `bytes` is a multiple of 64.
__attribute__((export_name("copyVectors"))) void copyVectors(int bytes, int times) {
  for (int time = 0; time < times; ++time) {
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
}

/// Uses the instruction memory.copy.
__attribute__((export_name("copyBlock"))) void copyBlock(int bytes, int times) {
  for (int time = 0; time < times; ++time) {
    share(source);
    std::memcpy(target, source, bytes);
    share(target);
  }
}
}
