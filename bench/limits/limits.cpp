// What the machine can do at best in WebAssembly: multiplications and additions of four floats, and copies. Ways to do
// either take part in the races of the benchmark (entrants.js).

#include <wasm_simd128.h>

#include <array>
#include <cstddef>
#include <cstring>
#include <utility>

namespace {

constexpr int kFloats = 4;
// A few kilobytes stay in the first cache, whatever it is.
constexpr int kVectors = 240;
// Of vectors, of one call. A multiple of what each way below does in a round, so that all do as many; and floats count
// so far exactly.
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

/// The compiler must take it that somebody reads and writes what is there: nothing before is for nothing, nothing after
/// is known.
void share(void* memory) { asm volatile("" : : "r"(memory) : "memory"); }

/// Each vector is loaded once and multiplied by each of some weights, as a convolution does, and each product added to
/// the next of the sums. Gives the sum of them all, which is their number, as all values are 1.
///
/// Products wait for nothing, and a sum only for itself: six or eight of them are more than any CPU adds before the
/// first is done. That keeps a steady pace. Chains of multiplications and additions that wait for each other need
/// twelve and more, nearly all registers that V8 has, and fall into one of two paces from call to call. Unrolled by a
/// pack, as an array of sums could end up in memory.
template <int weights, std::size_t... sum>
float addProducts(std::index_sequence<sum...>) {
  constexpr int vectors = sizeof...(sum) / weights;
  static_assert(sizeof...(sum) % weights == 0 && kVectors % vectors == 0 && kProducts % (kVectors * weights) == 0);
  share(values.data());
  // Read one by one, so that they may differ for all that the compiler knows.
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

/// Of vectors, which each of the next functions multiplies and adds, and which it returns.
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

/// What the next functions copy from and to, and how much fits.
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

/// By the engine's own instruction.
__attribute__((export_name("copyBlock"))) void copyBlock(int bytes, int times) {
  for (int time = 0; time < times; ++time) {
    share(source);
    std::memcpy(target, source, bytes);
    share(target);
  }
}
}
