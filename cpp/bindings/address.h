#pragma once

#include <cstdint>

namespace depthwise {

/// Where something is in the heap, as JavaScript holds it.
using Address = uintptr_t;

template <class T>
T* at(Address address) {
  return reinterpret_cast<T*>(address);
}

inline Address addressOf(const void* place) { return reinterpret_cast<Address>(place); }

}  // namespace depthwise
