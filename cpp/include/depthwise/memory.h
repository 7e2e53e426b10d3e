#pragma once

#include <cstddef>
#include <cstdint>

namespace depthwise {

/// The result of a kernel: true if it ran, false if it could not get memory. A kernel that returns false has written
/// nothing, unless threads compute parts of it. (Arguments are checked before, when the geometry is computed.)
struct [[nodiscard]] Status {
  uint64_t bytesWanted = 0;  ///< 0: the kernel ran; otherwise the size of the allocation that failed

  explicit operator bool() const { return bytesWanted == 0; }
};

/// The alignment of tensors and scratch memory. A vector that crosses the end of a cache line costs two accesses.
constexpr size_t kCacheLine = 64;

/// Returns `bytes` of memory that start on a cache line, or null. Pass the pointer to releaseLines.
void* allocateLines(uint64_t bytes);
/// Frees memory from allocateLines. Null is allowed.
void releaseLines(void* lines);

/// Uninitialized scratch memory for `count` values. Check status() before you use it.
template <class T>
class Buffer {
 public:
  /// Not inlined: the copies take 0.4 KB of the wasm, gzipped.
  [[gnu::noinline]] explicit Buffer(int64_t count)
      : bytes_(static_cast<uint64_t>(count) <= UINT64_MAX / sizeof(T) ? static_cast<uint64_t>(count) * sizeof(T)
                                                                      : UINT64_MAX) {
    if (count != 0) data_ = static_cast<T*>(allocateLines(bytes_));
    failed_ = count != 0 && data_ == nullptr;
  }
  ~Buffer() { releaseLines(data_); }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  Status status() const { return {failed_ ? bytes_ : 0}; }
  T* data() { return data_; }
  const T* data() const { return data_; }
  T& operator[](ptrdiff_t i) { return data_[i]; }
  const T& operator[](ptrdiff_t i) const { return data_[i]; }

 private:
  T* data_ = nullptr;
  uint64_t bytes_;
  bool failed_;
};

/// A Buffer that stores up to kFew values inside the object. Most plans are so short that an allocation would take
/// longer than the computation of the plan.
template <class T, size_t kFew>
class SmallBuffer {
 public:
  explicit SmallBuffer(int64_t count)
      : many_(count > int64_t{kFew} ? count : 0),
        data_(count > int64_t{kFew} ? many_.data() : reinterpret_cast<T*>(few_)) {}
  SmallBuffer(const SmallBuffer&) = delete;
  SmallBuffer& operator=(const SmallBuffer&) = delete;

  Status status() const { return many_.status(); }
  T* data() { return data_; }
  const T* data() const { return data_; }
  T& operator[](ptrdiff_t i) { return data_[i]; }
  const T& operator[](ptrdiff_t i) const { return data_[i]; }

 private:
  alignas(T) unsigned char few_[kFew * sizeof(T)];
  Buffer<T> many_;
  T* data_;
};

}  // namespace depthwise
