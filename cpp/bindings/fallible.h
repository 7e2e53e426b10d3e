#pragma once

#include <optional>

#include "../result.h"
#include "address.h"

namespace depthwise {

/// What an object that JavaScript holds says after one of its functions has answered false.
class Fallible {
 public:
  /// Where the text is, not the text: a string for Embind would want memory, and there may be none.
  Address errorText() const { return addressOf(error_.text.view().data()); }
  double errorTextLength() const { return static_cast<double>(error_.text.view().size()); }
  bool errorIsOfType() const { return error_.kind == Error::Kind::kType; }

 protected:
  bool fail(const Error& error) {
    error_ = error;
    return false;
  }
  bool succeeds(const std::optional<Error>& error) { return error ? fail(*error) : true; }

 private:
  Error error_{Error::Kind::kType, {}};
};

}  // namespace depthwise
