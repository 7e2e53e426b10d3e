#pragma once

#include <cstdint>
#include <cstdlib>
#include <string>

#if defined(__EMSCRIPTEN__)
#include <emscripten.h>
#endif

namespace depthwise {

/// A whole number from an environment variable, or what stands for it where it is not set.
inline int64_t numberFromEnvironment(const std::string& name, int64_t otherwise) {
#if defined(__EMSCRIPTEN__)
  // getenv sees Emscripten's own variables only.
  const char* const text = emscripten_run_script_string(("process.env." + name + " || ''").c_str());
#else
  const char* const text = std::getenv(name.c_str());
#endif
  return text && *text ? std::stoll(text) : otherwise;
}

}  // namespace depthwise
