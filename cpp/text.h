#pragma once

#include <cstddef>
#include <cstring>
#include <string_view>

namespace depthwise {

/// A short text that is built without an allocation, so that an error can be told even when memory is what ran out.
/// What does not fit is cut.
class Text {
 public:
  Text& operator<<(std::string_view part) {
    const size_t room = kCapacity - length_;
    const size_t count = part.size() < room ? part.size() : room;
    std::memcpy(characters_ + length_, part.data(), count);
    length_ += count;
    return *this;
  }

  Text& operator<<(const char* part) { return *this << std::string_view(part); }

  /// As JavaScript prints it as far as six decimals go: 3, -1, 2.5, 1e+300, NaN, Infinity.
  Text& operator<<(double number);

  void clear() { length_ = 0; }
  std::string_view view() const { return {characters_, length_}; }

 private:
  static constexpr size_t kCapacity = 480;
  char characters_[kCapacity] = {};
  size_t length_ = 0;
};

/// The first bytes of a text in UTF-8, at most so many, and no half character at the end.
constexpr std::string_view beginningOf(std::string_view text, size_t most) {
  if (text.size() <= most) return text;
  while (most > 0 && (text[most] & 0xC0) == 0x80) --most;
  return text.substr(0, most);
}

}  // namespace depthwise
