#pragma once

#include <cstdint>
#include <string_view>

#include "text.h"

namespace depthwise {

/// What went wrong, or that nothing did, as a value: C++ exceptions would nearly double the module.
///
///     if (count < 1) return Error(Error::Kind::kRange) << "count must be at least 1, got " << count;
///     return {};
///
/// Four bytes, so that errors are passed on for nothing: the text is in the one place that every thread has for it.
/// That is enough because an error ends a call: its text is read before the next call. Whoever makes another error
/// first has the new text in that place, and text() of the old one says no more than that it is gone.
class [[nodiscard]] Error {
 public:
  /// JavaScript's TypeError (a value of the wrong kind) or RangeError (a number that is not allowed or does not fit).
  enum class Kind { kType, kRange };

  /// Nothing went wrong.
  Error() = default;
  /// The beginning of an error; << gives it a text.
  explicit Error(Kind kind);

  explicit operator bool() const { return ticket_ != 0; }
  /// Of an error.
  Kind kind() const { return static_cast<Kind>(ticket_ & 1); }
  /// Valid until the next error is made.
  std::string_view text() const;

  /// Goes on with the text, with all that a Text takes.
  friend Error operator<<(Error error, const char* part);
  friend Error operator<<(Error error, std::string_view part);
  friend Error operator<<(Error error, double part);
  template <class Part>
  friend Error operator<<(Error error, const Part& part) {
    if (Text* const text = error.place()) *text << part;
    return error;
  }

 private:
  /// Where the text is; null where it is gone.
  Text* place() const;

  uint32_t ticket_ = 0;  ///< whose text is in the place (0: no error); the lowest bit is the kind
};

}  // namespace depthwise
