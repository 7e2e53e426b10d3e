#include <emscripten/bind.h>

#include "../buffer.h"
#include "call.h"

/// The module that JavaScript loads, but for the layer.
namespace depthwise {
namespace {

Address allocate(double bytes) { return addressOf(allocateLines(static_cast<uint64_t>(bytes))); }
void release(Address address) { releaseLines(at<void>(address)); }

}  // namespace

EMSCRIPTEN_BINDINGS(depthwise) {
  emscripten::function("allocate", &allocate);
  emscripten::function("release", &release);
  emscripten::class_<Call, emscripten::base<Fallible>>("Call")
      .constructor<>()
      .function("argumentBlock", &Call::argumentBlock)
      .function("checkTensor", &Call::checkTensor)
      .function("checkForward", &Call::checkForward)
      .function("checkFusedForward", &Call::checkFusedForward)
      .function("checkInputGradient", &Call::checkInputGradient)
      .function("checkFilterGradient", &Call::checkFilterGradient)
      .function("forward", &Call::forward)
      .function("fusedForward", &Call::fusedForward)
      .function("inputGradient", &Call::inputGradient)
      .function("filterGradient", &Call::filterGradient);
}

}  // namespace depthwise
