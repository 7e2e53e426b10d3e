#include "depthwise/memory.h"

#include <catch2/catch.hpp>

#include <limits>

namespace depthwise {
namespace {

TEST_CASE("memory: a buffer starts on a cache line and stores its values") {
  for (const int64_t count : {1, 15, 16, 17, 1000}) {
    Buffer<float> buffer(count);
    REQUIRE(buffer.status());
    CHECK(reinterpret_cast<uintptr_t>(buffer.data()) % kCacheLine == 0);
    for (ptrdiff_t i = 0; i < count; ++i) buffer[i] = static_cast<float>(i);
    for (ptrdiff_t i = 0; i < count; ++i) CHECK(std::as_const(buffer)[i] == static_cast<float>(i));
  }
}

TEST_CASE("memory: a buffer of no values succeeds without an allocation") {
  const Buffer<float> buffer(0);
  CHECK(buffer.status());
  CHECK(buffer.data() == nullptr);
}

TEST_CASE("memory: a buffer that cannot be allocated returns the number of bytes") {
  const Buffer<float> large(int64_t{1} << 60);
  CHECK_FALSE(large.status());
  CHECK(large.status().bytesWanted == uint64_t{1} << 62);
  // The bytes of the next two do not fit into 64 bits; for the last they are 0 modulo 2^64.
  for (const int64_t count : {std::numeric_limits<int64_t>::max(), int64_t{1} << 62}) {
    const Buffer<float> buffer(count);
    CHECK_FALSE(buffer.status());
    CHECK(buffer.status().bytesWanted >= uint64_t{1} << 62);
  }
}

TEST_CASE("memory: a small buffer stores few values in itself and allocates memory for more") {
  for (const int64_t count : {0, 1, 4, 5, 100}) {
    INFO(count << " values");
    SmallBuffer<double, 4> buffer(count);
    REQUIRE(buffer.status());
    for (ptrdiff_t i = 0; i < count; ++i) buffer[i] = double(i);
    for (ptrdiff_t i = 0; i < count; ++i) CHECK(buffer.data()[i] == double(i));
    const auto data = reinterpret_cast<uintptr_t>(buffer.data()), self = reinterpret_cast<uintptr_t>(&buffer);
    CHECK((data >= self && data < self + sizeof buffer) == (count <= 4));
  }
  const SmallBuffer<double, 4> buffer(int64_t{1} << 60);
  CHECK_FALSE(buffer.status());
  CHECK(buffer.status().bytesWanted == uint64_t{1} << 63);
}

TEST_CASE("memory: allocateLines returns null for impossible sizes, and memory for zero bytes") {
  CHECK(allocateLines(std::numeric_limits<uint64_t>::max()) == nullptr);
  CHECK(allocateLines(uint64_t{1} << 62) == nullptr);
  void* const nothing = allocateLines(0);
  CHECK(nothing != nullptr);
  releaseLines(nothing);
}

}  // namespace
}  // namespace depthwise
