#pragma once

#include "error.h"

namespace depthwise {

/// Why a function that JavaScript has called answered false, until it calls another.
inline Error lastError;

/// The answer of a function: false where there is an error.
inline bool succeeds(Error error) {
  lastError = error;
  return !error;
}

}  // namespace depthwise
