#pragma once

#include <bit>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "depthwise/geometry.h"

#include "support/sanitizer.h"

#if defined(DEPTHWISE_HAS_ADDRESS_SANITIZER)
#include <sanitizer/asan_interface.h>
#endif

namespace depthwise {

/// Floats between guards. The guards are NaN: a read from them spoils the results, and guardsAreIntact() finds a write
/// to them. Builds with the address sanitizer also poison them.
class GuardedTensor {
 public:
  /// `shift`: where the data starts, in floats behind the start of a cache line. The data is NaN until it is set.
  explicit GuardedTensor(int64_t size, int shift = 0)
      : size_(static_cast<size_t>(size)), memory_(kGuard + kLine + size_ + kGuard, guard()) {
    const size_t past = reinterpret_cast<uintptr_t>(memory_.data() + kGuard) / sizeof(float) % kLine;
    first_ = kGuard + (kLine - past + static_cast<size_t>(shift)) % kLine;
    std::fill_n(data(), size_, std::numeric_limits<float>::quiet_NaN());
    poison();
  }
  GuardedTensor(int64_t size, int shift, float value) : GuardedTensor(size, shift) {
    std::fill_n(data(), size_, value);
  }
  GuardedTensor(const Shape& shape, int shift) : GuardedTensor(elementCount(shape), shift) {}
  GuardedTensor(const GuardedTensor&) = delete;
  GuardedTensor& operator=(const GuardedTensor&) = delete;
  ~GuardedTensor() { unpoison(); }

  float* data() { return memory_.data() + first_; }
  const float* data() const { return memory_.data() + first_; }
  size_t size() const { return size_; }
  std::span<float> values() { return {data(), size_}; }
  std::span<const float> values() const { return {data(), size_}; }
  float& operator[](size_t i) { return data()[i]; }
  float operator[](size_t i) const { return data()[i]; }

  bool guardsAreIntact() const {
    unpoison();
    bool intact = true;
    for (size_t i = 0; i < memory_.size(); ++i) {
      if (i >= first_ && i < first_ + size_) continue;
      intact = intact && std::bit_cast<uint32_t>(memory_[i]) == kGuardBits;
    }
    poison();
    return intact;
  }

 private:
  static constexpr size_t kGuard = 64, kLine = 16;

  static constexpr uint32_t kGuardBits = 0x7fc5a5a5;
  static float guard() { return std::bit_cast<float>(kGuardBits); }

#if defined(DEPTHWISE_HAS_ADDRESS_SANITIZER)
  void poison() const {
    ASAN_POISON_MEMORY_REGION(memory_.data(), first_ * sizeof(float));
    ASAN_POISON_MEMORY_REGION(data() + size_, (memory_.size() - first_ - size_) * sizeof(float));
  }
  void unpoison() const { ASAN_UNPOISON_MEMORY_REGION(memory_.data(), memory_.size() * sizeof(float)); }
#else
  void poison() const {}
  void unpoison() const {}
#endif

  size_t size_, first_ = 0;
  std::vector<float> memory_;
};

}  // namespace depthwise
