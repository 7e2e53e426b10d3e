#include "call.h"

/// The kernels for TensorFlow.js: the same calls as in embind.cpp, as plain functions of a module that is loaded into
/// the memory of tfjs's own (js/tfjs/side-module.js), where tfjs's tensors are.
namespace depthwise {
namespace {

Call call;

}  // namespace

#define DEPTHWISE_EXPORT extern "C" [[gnu::visibility("default"), gnu::used]]

DEPTHWISE_EXPORT Address argumentBlock() { return call.argumentBlock(); }
DEPTHWISE_EXPORT Address errorText() { return call.errorText(); }
DEPTHWISE_EXPORT double errorTextLength() { return call.errorTextLength(); }
DEPTHWISE_EXPORT bool errorIsOfType() { return call.errorIsOfType(); }

DEPTHWISE_EXPORT bool checkForward() { return call.checkForward(); }
DEPTHWISE_EXPORT bool checkFusedForward() { return call.checkFusedForward(); }
DEPTHWISE_EXPORT bool checkInputGradient() { return call.checkInputGradient(); }
DEPTHWISE_EXPORT bool checkFilterGradient() { return call.checkFilterGradient(); }

DEPTHWISE_EXPORT double forward(Address x, Address filter, Address y) { return call.forward(x, filter, y); }
DEPTHWISE_EXPORT double fusedForward(Address x, Address filter, Address bias, Address alpha, Address y) {
  return call.fusedForward(x, filter, bias, alpha, y);
}
DEPTHWISE_EXPORT double inputGradient(Address dy, Address filter, Address dx) {
  return call.inputGradient(dy, filter, dx);
}
DEPTHWISE_EXPORT double filterGradient(Address x, Address dy, Address dfilter) {
  return call.filterGradient(x, dy, dfilter);
}

}  // namespace depthwise
