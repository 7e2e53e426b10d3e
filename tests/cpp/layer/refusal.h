#pragma once

#include <optional>
#include <string>

#include "result.h"

namespace depthwise {

/// The text of an error, or "" where there is none.
inline std::string textOf(Error error) { return error ? std::string(error.text()) : ""; }

template <class Value>
std::string textOf(const Result<Value>& result) {
  return result ? "" : std::string(result.error().text());
}

}  // namespace depthwise
