#include "depthwise/convolution.h"
#include "parallel/parallel.h"

/// The threads of a module that works in the memory of another module. JavaScript owns them (js/threads/): each
/// thread has an instance of this module in the same memory, with the same functions at the same addresses.
extern "C" [[clang::import_module("env"), clang::import_name("runParts")]] int runPartsOfJob(
    depthwise::PartFunction function, void* context, int parts, double microseconds, depthwise::RangeFunction loop,
    int isInPlace);

namespace depthwise {

bool runParts(PartFunction function, void* context, int parts, double microseconds, RangeFunction loop,
              bool isInPlace) {
  return runPartsOfJob(function, context, parts, microseconds, loop, isInPlace) != 0;
}

// The passes of the layer, which is in the core module. The core module calls them through its table, because
// JavaScript cannot call functions that return 64 bits.

[[clang::export_name("layerForward")]] Status layerForward(const Geometry& g, const float* x, const float* filter,
                                                           const Epilogue& epilogue, float* y) {
  return forward(g, x, filter, epilogue, y);
}

[[clang::export_name("layerInputGradient")]] Status layerInputGradient(const Geometry& g, const float* dy,
                                                                       const float* filter, float* dx) {
  return inputGradient(g, dy, filter, dx);
}

[[clang::export_name("layerFilterGradient")]] Status layerFilterGradient(const Geometry& g, const float* x,
                                                                         const float* dy, float* dfilter) {
  return filterGradient(g, x, dy, dfilter);
}

}  // namespace depthwise
