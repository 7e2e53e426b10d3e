#pragma once

#include "../result.h"
#include "address.h"

namespace depthwise {

/// What an object that JavaScript holds says after one of its functions has answered false.
class Fallible {
 public:
  /// Where the text is, not the text: a string for Embind would want memory, and there may be none.
  Address errorText() const { return addressOf(error_.text().data()); }
  double errorTextLength() const { return static_cast<double>(error_.text().size()); }
  bool errorIsOfType() const { return error_.kind() == Error::Kind::kType; }

 protected:
  bool fail(Error error) {
    error_ = error;
    return false;
  }
  bool succeeds(Error error) { return error ? fail(error) : true; }

 private:
  Error error_;
};

}  // namespace depthwise
