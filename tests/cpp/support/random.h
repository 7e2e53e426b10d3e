#pragma once

#include <cstdint>
#include <random>

namespace depthwise {

/// Random numbers that are the same on every platform. The C++ standard specifies the numbers of mt19937, but not those
/// of its distributions.
class Random {
 public:
  explicit Random(uint32_t seed) : engine_(seed) {}

  /// Returns an integer in [low, high].
  int within(int low, int high) {
    return low + static_cast<int>(static_cast<uint32_t>(engine_()) % static_cast<uint32_t>(high - low + 1));
  }
  bool oneIn(int count) { return within(1, count) == 1; }
  /// Returns a multiple of 2^-24 in [0, 1), which is exact as a float.
  float unit() { return static_cast<float>(engine_() >> 8) * 0x1p-24f; }

  template <class List>
  auto oneOf(const List& list) {
    return list[static_cast<size_t>(within(0, static_cast<int>(list.size()) - 1))];
  }

 private:
  std::mt19937 engine_;
};

}  // namespace depthwise
