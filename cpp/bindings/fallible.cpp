#include "fallible.h"

#include <emscripten/bind.h>

namespace depthwise {

EMSCRIPTEN_BINDINGS(depthwise_fallible) {
  emscripten::class_<Fallible>("Fallible")
      .function("errorText", &Fallible::errorText)
      .function("errorTextLength", &Fallible::errorTextLength)
      .function("errorIsOfType", &Fallible::errorIsOfType);
}

}  // namespace depthwise
