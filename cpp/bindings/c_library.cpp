#include <cstddef>

/// What compiled C++ takes for granted of a C library, for a module that has none. Built with -fno-builtin, lest the
/// compiler see what a loop does and put a call of the very function in its place.
extern "C" {

int memcmp(const void* a, const void* b, size_t count) {
  const auto* const left = static_cast<const unsigned char*>(a);
  const auto* const right = static_cast<const unsigned char*>(b);
  for (size_t i = 0; i < count; ++i) {
    if (left[i] != right[i]) return left[i] < right[i] ? -1 : 1;
  }
  return 0;
}

size_t strlen(const char* text) {
  size_t length = 0;
  while (text[length]) ++length;
  return length;
}
}
