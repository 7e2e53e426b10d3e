#include "simd/f32x4.h"

#include <catch2/catch.hpp>

#include <array>
#include <cmath>
#include <cstring>
#include <limits>

#include "support/guarded_tensor.h"

namespace depthwise {
namespace {

using Four = std::array<float, 4>;

Four lanes(f32x4 value) {
  Four four;
  store(four.data(), value);
  return four;
}

constexpr float kA[] = {1, -2, 3, -4}, kB[] = {10, 20, 30, 40};
const float kNaN = std::numeric_limits<float>::quiet_NaN();

TEST_CASE("f32x4: loads and stores at any alignment") {
  const float from[] = {0, 1, 2, 3, 4, 5, 6, 7};
  for (int shift = 0; shift < 4; ++shift) {
    float to[8] = {};
    store(to + shift, load(from + shift));
    for (int i = 0; i < 8; ++i) CHECK(to[i] == (i >= shift && i < shift + 4 ? from[i] : 0));
  }
}

TEST_CASE("f32x4: loadN and storeN access only some floats") {
  for (const int count : {1, 2, 3}) {
    GuardedTensor from(count, 1), to(count, 2);
    for (int i = 0; i < count; ++i) from[static_cast<size_t>(i)] = float(i + 1);
    const Four loaded = lanes(loadN(from.data(), count));
    for (int i = 0; i < 4; ++i) CHECK(loaded[static_cast<size_t>(i)] == (i < count ? float(i + 1) : 0));
    storeN(to.data(), load(kA), count);
    CHECK(to.guardsAreIntact());
    for (int i = 0; i < count; ++i) CHECK(to[static_cast<size_t>(i)] == kA[i]);
  }
}

TEST_CASE("f32x4: computes lane by lane") {
  CHECK(lanes(splat(3)) == Four{3, 3, 3, 3});
  CHECK(lanes(add(load(kA), load(kB))) == Four{11, 18, 33, 36});
  CHECK(lanes(mul(load(kA), load(kB))) == Four{10, -40, 90, -160});
  CHECK(lanes(divide(load(kB), load(kA))) == Four{10, -10, 10, -10});
  CHECK(lanes(multiplyAdd(load(kA), load(kB), splat(1))) == Four{11, -39, 91, -159});
}

TEST_CASE("f32x4: multiplyAdd rounds twice, or once with relaxed SIMD and native FMA; mul and add always round twice") {
  // a·a is 1 + 2^-11 + 2^-24; the last term does not fit a float32.
  const float a = 1 + 0x1p-12f;
  const Four sum = lanes(multiplyAdd(splat(a), splat(a), splat(-1 - 0x1p-11f)));
#if defined(__wasm_relaxed_simd__)
  CHECK((sum[0] == 0 || sum[0] == 0x1p-24f));
#elif defined(__FMA__)
  CHECK(sum[0] == 0x1p-24f);
#else
  CHECK(sum[0] == 0);
#endif
  CHECK(sum == Four{sum[0], sum[0], sum[0], sum[0]});
  CHECK(lanes(add(mul(splat(a), splat(a)), splat(-1 - 0x1p-11f))) == Four{0, 0, 0, 0});
}

TEST_CASE("f32x4: max, min and ifLessThenElse compare, and a NaN stays a NaN") {
  CHECK(lanes(max(load(kA), splat(0))) == Four{1, 0, 3, 0});
  CHECK(lanes(min(load(kB), splat(25))) == Four{10, 20, 25, 25});
  CHECK(std::isnan(lanes(max(splat(kNaN), splat(0)))[0]));
  CHECK(std::isnan(lanes(min(splat(kNaN), splat(6)))[3]));
  CHECK(lanes(ifLessThenElse(load(kA), splat(1), load(kB), splat(0))) == Four{0, 20, 0, 40});
  CHECK(lanes(ifLessThenElse(splat(kNaN), splat(1), load(kB), splat(0))) == Four{0, 0, 0, 0});
}

TEST_CASE("f32x4: the longest vector computes each lane as four lanes do") {
  constexpr int kLanes = sizeof(LongVector) / sizeof(float);
  const float a[] = {1, -2, kNaN, 4, -0.0f, 6, 1 + 0x1p-12f, 7}, b[] = {3, kNaN, 5, -4, 0, 1e30f, 1 + 0x1p-12f, -7};
  const auto compare = [&](auto&& compute) {
    float once[kLanes], byFour[kLanes];
    store(once, compute(load<LongVector>(a), load<LongVector>(b), splat<LongVector>(-1)));
    for (int i = 0; i < kLanes; i += 4) store(byFour + i, compute(load(a + i), load(b + i), splat(-1)));
    CHECK(std::memcmp(once, byFour, sizeof once) == 0);
  };
  compare([](auto x, auto y, auto) { return add(x, y); });
  compare([](auto x, auto y, auto) { return mul(x, y); });
  compare([](auto x, auto y, auto z) { return multiplyAdd(x, y, z); });
  compare([](auto x, auto, auto z) { return max(x, z); });
  compare([](auto x, auto, auto z) { return min(x, z); });
}

TEST_CASE("f32x4: masks select values and keep their bits") {
  const float a[] = {1, -0.0f, kNaN, 4}, b[] = {1, 0, kNaN, -4}, values[] = {kNaN, -0.0f, 3, -1e-40f};
  const m32x4 areEqual = equal(load(a), load(b)), areNaN = isNaN(load(a));
  CHECK(lanes(ifThenElse(areEqual, load(kA), load(kB))) == Four{1, -2, 30, 40});
  CHECK(lanes(ifThenElse(areNaN, load(kA), load(kB))) == Four{10, 20, 3, 40});
  CHECK(lanes(ifThenElse(either(areEqual, areNaN), load(kA), load(kB))) == Four{1, -2, 3, 40});
  CHECK(lanes(ifThenElse(less(load(b), load(a)), load(kA), load(kB))) == Four{10, 20, 30, -4});
  CHECK((isAnyTrue(areNaN) && isAnyTrue(areEqual) && !isAnyTrue(isNaN(load(kA)))));
  const Four yes = lanes(ifThenElseZero(areEqual, load(values))), no = lanes(ifThenZeroElse(areEqual, load(values)));
  CHECK((std::isnan(yes[0]) && std::signbit(yes[1]) && yes[2] == 0 && yes[3] == 0));
  CHECK(no == Four{0, 0, 3, -1e-40f});
}

TEST_CASE("f32x4: duplicates, separates and interleaves lanes") {
  CHECK(lanes(duplicateLower(load(kB))) == Four{10, 10, 20, 20});
  CHECK(lanes(duplicateUpper(load(kB))) == Four{30, 30, 40, 40});
  CHECK(lanes(concatEven(load(kA), load(kB))) == Four{1, 3, 10, 30});
  CHECK(lanes(concatOdd(load(kA), load(kB))) == Four{-2, -4, 20, 40});
  CHECK(lanes(concatEvenOdd(load(kA), load(kB))) == Four{1, 3, 20, 40});
  CHECK(lanes(interleaveLower(load(kA), load(kB))) == Four{1, 10, -2, 20});
  CHECK(lanes(interleaveUpper(load(kA), load(kB))) == Four{3, 30, -4, 40});
}

}  // namespace
}  // namespace depthwise
