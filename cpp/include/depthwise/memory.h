#pragma once

#include <cstddef>
#include <cstdint>

namespace depthwise {

/// Whether a kernel ran. Kernels get checked arguments, so all that can fail is memory; then nothing has been written
/// yet.
struct [[nodiscard]] Status {
  uint64_t bytesWanted = 0;  ///< 0: it ran. Otherwise the allocation that failed.

  explicit operator bool() const { return bytesWanted == 0; }
};

/// Vectors that straddle cache lines cost twice; so tensors and scratch begin on one.
constexpr size_t kCacheLine = 64;

/// `bytes` of memory that begin on a cache line, to be given to releaseLines. Null when there are not so many.
void* allocateLines(uint64_t bytes);
/// Null is no memory.
void releaseLines(void* lines);

/// Uninitialised scratch memory for the length of one call. Must be asked whether it was had.
template <class T>
class Buffer {
 public:
  explicit Buffer(uint64_t count) : bytes_(count <= UINT64_MAX / sizeof(T) ? count * sizeof(T) : UINT64_MAX) {
    if (count > 0) data_ = static_cast<T*>(allocateLines(bytes_));
    missing_ = count > 0 && data_ == nullptr;
  }
  ~Buffer() { releaseLines(data_); }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  Status status() const { return {missing_ ? bytes_ : 0}; }
  T* data() const { return data_; }
  T& operator[](size_t i) const { return data_[i]; }

 private:
  T* data_ = nullptr;
  uint64_t bytes_;
  bool missing_;
};

/// The same with room of its own for a few: what a plan consists of is mostly so little that to ask the heap for it
/// would take longer than to make it.
template <class T, size_t kFew>
class SmallBuffer {
 public:
  explicit SmallBuffer(uint64_t count)
      : many_(count > kFew ? count : 0), data_(count > kFew ? many_.data() : reinterpret_cast<T*>(few_)) {}
  SmallBuffer(const SmallBuffer&) = delete;
  SmallBuffer& operator=(const SmallBuffer&) = delete;

  Status status() const { return many_.status(); }
  T* data() const { return data_; }
  T& operator[](size_t i) const { return data_[i]; }

 private:
  alignas(T) unsigned char few_[kFew * sizeof(T)];
  Buffer<T> many_;
  T* data_;
};

}  // namespace depthwise
