#include "memory.h"

#include <catch2/catch.hpp>
#include <limits>

namespace depthwise {
namespace {

TEST_CASE("buffer: begins on a cache line") {
  for (const size_t count : {1, 15, 16, 17, 1000}) {
    const Buffer<float> buffer(count);
    REQUIRE(buffer.status());
    CHECK(reinterpret_cast<uintptr_t>(buffer.data()) % kCacheLine == 0);
    buffer[0] = 1;
    buffer[count - 1] = 2;
    CHECK(buffer.status().bytesWanted == 0);
  }
}

TEST_CASE("buffer: of nothing is had") {
  const Buffer<float> buffer(0);
  CHECK(buffer.status());
}

TEST_CASE("buffer: says how many bytes could not be had") {
  constexpr uint64_t kHopeless = uint64_t{1} << 60;
  const Buffer<float> buffer(kHopeless);
  CHECK_FALSE(buffer.status());
  CHECK(buffer.status().bytesWanted == 4 * kHopeless);
}

TEST_CASE("buffer: is not had when its bytes do not fit into 64 bits, nor when they are a round number past them") {
  for (const uint64_t count : {std::numeric_limits<uint64_t>::max(), uint64_t{1} << 62, uint64_t{1} << 63}) {
    const Buffer<float> buffer(count);
    CHECK_FALSE(buffer.status());
    CHECK(buffer.status().bytesWanted >= uint64_t{1} << 60);
  }
}

TEST_CASE("buffer: a small one has room of its own for a few, and asks for memory where there are more") {
  for (const size_t count : {0, 1, 4, 5, 100}) {
    INFO(count << " elements");
    const SmallBuffer<double, 4> buffer(count);
    REQUIRE(buffer.status());
    for (size_t i = 0; i < count; ++i) buffer[i] = double(i);
    for (size_t i = 0; i < count; ++i) CHECK(buffer.data()[i] == double(i));
    const auto *const place = reinterpret_cast<const char*>(buffer.data()), *const own =
                                                                                reinterpret_cast<const char*>(&buffer);
    CHECK((place >= own && place < own + sizeof buffer) == (count <= 4));
  }
}

TEST_CASE("buffer: a small one says how many bytes could not be had") {
  const SmallBuffer<double, 4> buffer(uint64_t{1} << 60);
  CHECK_FALSE(buffer.status());
  CHECK(buffer.status().bytesWanted == uint64_t{1} << 63);
}

TEST_CASE("allocateLines: gives null for what cannot be") {
  CHECK(allocateLines(std::numeric_limits<uint64_t>::max()) == nullptr);
  CHECK(allocateLines(uint64_t{1} << 62) == nullptr);
  void* const nothing = allocateLines(0);
  CHECK(nothing != nullptr);
  releaseLines(nothing);
}

}  // namespace
}  // namespace depthwise
