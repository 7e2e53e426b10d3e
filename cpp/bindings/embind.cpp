#include "bindings/call.h"
#include "bindings/method.h"
#include "depthwise/memory.h"

/// The module that JavaScript loads, but for the layer.
namespace depthwise {
namespace {

/// There is one, because a call is made before the next is begun.
Call call;

Address allocate(double bytes) { return addressOf(allocateLines(static_cast<uint64_t>(bytes))); }
void release(Address address) { releaseLines(at<void>(address)); }

/// A method of it as a function.
template <auto kMethod>
struct OfCall;
template <class Answer, class... Arguments, Answer (Call::*kMethod)(Arguments...)>
struct OfCall<kMethod> {
  static Answer run(Arguments... arguments) { return (call.*kMethod)(arguments...); }
};
template <class Answer, class... Arguments, Answer (Call::*kMethod)(Arguments...) const>
struct OfCall<kMethod> {
  static Answer run(Arguments... arguments) { return (call.*kMethod)(arguments...); }
};

/// Gives it to JavaScript, under the name that tfjs_side_module.cpp has for it too.
template <auto kMethod>
void ofCall(const char* name) {
  function(name, &OfCall<kMethod>::run);
}

}  // namespace

EMSCRIPTEN_BINDINGS(depthwise) {
  function("allocate", &allocate);
  function("release", &release);
  ofCall<&Call::errorText>("errorText");
  ofCall<&Call::errorTextLength>("errorTextLength");
  ofCall<&Call::errorIsOfType>("errorIsOfType");
  ofCall<&Call::argumentBlock>("argumentBlock");
  ofCall<&Call::setFunction>("setFunction");
  ofCall<&Call::checkTensor>("checkTensor");
  ofCall<&Call::checkForward>("checkForward");
  ofCall<&Call::checkFusedForward>("checkFusedForward");
  ofCall<&Call::checkInputGradient>("checkInputGradient");
  ofCall<&Call::checkFilterGradient>("checkFilterGradient");
  ofCall<&Call::forward>("forward");
  ofCall<&Call::fusedForward>("fusedForward");
  ofCall<&Call::inputGradient>("inputGradient");
  ofCall<&Call::filterGradient>("filterGradient");
}

}  // namespace depthwise
