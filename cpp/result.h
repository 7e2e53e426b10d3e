#pragma once

#include <optional>
#include <utility>

#include "text.h"

namespace depthwise {

/// What went wrong, as a value: C++ exceptions would nearly double the module.
struct Error {
  /// JavaScript's TypeError (a value of the wrong kind) or RangeError (a number that is not allowed or does not fit).
  enum class Kind { kType, kRange };
  Kind kind;
  Text text;
};

/// A value, or the error that stands in its place.
template <class Value>
class Result {
 public:
  Result(Value value) : value_(std::move(value)) {}
  Result(const Error& error) : error_(error) {}

  explicit operator bool() const { return value_.has_value(); }
  const Value& operator*() const { return *value_; }
  const Value* operator->() const { return &*value_; }
  const Error& error() const { return *error_; }

 private:
  std::optional<Value> value_;
  std::optional<Error> error_;
};

}  // namespace depthwise
