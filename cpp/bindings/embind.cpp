#include "../buffer.h"
#include "call.h"
#include "method.h"

/// The module that JavaScript loads, but for the layer.
namespace depthwise {
namespace {

/// There is one, because a call is made before the next is begun.
Call call;

Address allocate(double bytes) { return addressOf(allocateLines(static_cast<uint64_t>(bytes))); }
void release(Address address) { releaseLines(at<void>(address)); }

/// Gives JavaScript a method of the call, under the name that tfjs_side_module.cpp has for it too.
template <auto kMethod, class Answer, class... Arguments>
void ofCall(const char* name, Answer (Call::* /*type*/)(Arguments...)) {
  function(
      name, +[](Arguments... arguments) { return (call.*kMethod)(arguments...); });
}

}  // namespace

#define DEPTHWISE_OF_CALL(method) ofCall<&Call::method>(#method, &Call::method)

EMSCRIPTEN_BINDINGS(depthwise) {
  function("allocate", &allocate);
  function("release", &release);
  DEPTHWISE_OF_CALL(errorText);
  DEPTHWISE_OF_CALL(errorTextLength);
  DEPTHWISE_OF_CALL(errorIsOfType);
  DEPTHWISE_OF_CALL(argumentBlock);
  DEPTHWISE_OF_CALL(checkTensor);
  DEPTHWISE_OF_CALL(checkForward);
  DEPTHWISE_OF_CALL(checkFusedForward);
  DEPTHWISE_OF_CALL(checkInputGradient);
  DEPTHWISE_OF_CALL(checkFilterGradient);
  DEPTHWISE_OF_CALL(forward);
  DEPTHWISE_OF_CALL(fusedForward);
  DEPTHWISE_OF_CALL(inputGradient);
  DEPTHWISE_OF_CALL(filterGradient);
}

}  // namespace depthwise
