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

}  // namespace depthwise
