#pragma once

#include <optional>
#include <utility>

#include "error.h"

namespace depthwise {

/// A value, or the error that stands in its place.
template <class Value>
class Result {
 public:
  Result(Value value) : value_(std::move(value)) {}
  Result(Error error) : error_(error) {}

  explicit operator bool() const { return value_.has_value(); }
  const Value& operator*() const { return *value_; }
  const Value* operator->() const { return &*value_; }
  Error error() const { return error_; }

 private:
  std::optional<Value> value_;
  Error error_;
};

}  // namespace depthwise
