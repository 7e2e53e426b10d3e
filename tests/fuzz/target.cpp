#include "target.h"

/// libFuzzer's entry.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  FuzzedDataProvider bytes(data, size);
  depthwise::fuzz::run(bytes);
  return 0;
}
