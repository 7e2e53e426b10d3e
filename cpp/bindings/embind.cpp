#include "../buffer.h"
#include "call.h"
#include "method.h"

/// The module that JavaScript loads, but for the layer.
namespace depthwise {
namespace {

Address allocate(double bytes) { return addressOf(allocateLines(static_cast<uint64_t>(bytes))); }
void release(Address address) { releaseLines(at<void>(address)); }

}  // namespace

EMSCRIPTEN_BINDINGS(depthwise) {
  function("allocate", &allocate);
  function("release", &release);
  function("Call.make", &make<Call>);
  method<&Call::errorText>("Call.errorText");
  method<&Call::errorTextLength>("Call.errorTextLength");
  method<&Call::errorIsOfType>("Call.errorIsOfType");
  method<&Call::argumentBlock>("Call.argumentBlock");
  method<&Call::checkTensor>("Call.checkTensor");
  method<&Call::checkForward>("Call.checkForward");
  method<&Call::checkFusedForward>("Call.checkFusedForward");
  method<&Call::checkInputGradient>("Call.checkInputGradient");
  method<&Call::checkFilterGradient>("Call.checkFilterGradient");
  method<&Call::forward>("Call.forward");
  method<&Call::fusedForward>("Call.fusedForward");
  method<&Call::inputGradient>("Call.inputGradient");
  method<&Call::filterGradient>("Call.filterGradient");
}

}  // namespace depthwise
