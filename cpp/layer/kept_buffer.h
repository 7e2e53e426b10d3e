#pragma once

#include <cstdint>
#include <optional>

#include "depthwise/memory.h"

namespace depthwise {

/// Memory that outlives a call and is used again by the next. It grows and does not shrink.
template <class T>
class KeptBuffer {
 public:
  /// Room for `count` values. What was there is lost where it must grow; where it cannot, there is no room at all.
  Status reserve(uint64_t count) {
    if (count <= capacity_) return {};
    release();
    const Status status = buffer_.emplace(count).status();
    if (status) {
      capacity_ = count;
    } else {
      release();
    }
    return status;
  }
  void release() {
    buffer_.reset();
    capacity_ = 0;
  }

  /// Null where there is no room.
  T* data() const { return buffer_ ? buffer_->data() : nullptr; }
  uint64_t bytes() const { return capacity_ * sizeof(T); }

 private:
  mutable std::optional<Buffer<T>> buffer_;
  uint64_t capacity_ = 0;
};

}  // namespace depthwise
