#include "error.h"

namespace depthwise {
namespace {

struct Latest {
  uint32_t ticket;
  Text text;
};
constinit thread_local Latest latest{};

}  // namespace

Error::Error(Kind kind) {
  constexpr uint32_t kMostNumbers = 0x7fffffff;
  const uint32_t number = (latest.ticket >> 1) % kMostNumbers + 1;  // never 0, which is no error
  ticket_ = latest.ticket = number << 1 | static_cast<uint32_t>(kind);
  latest.text.clear();
}

Text* Error::place() const { return ticket_ == latest.ticket ? &latest.text : nullptr; }

Error operator<<(Error error, const char* part) { return error << std::string_view(part); }

Error operator<<(Error error, std::string_view part) {
  if (Text* const text = error.place()) *text << part;
  return error;
}

Error operator<<(Error error, double part) {
  if (Text* const text = error.place()) *text << part;
  return error;
}

std::string_view Error::text() const {
  const Text* const text = place();
  return text ? text->view() : "an error whose text has made way for a later one's";
}

}  // namespace depthwise
