#pragma once

#include <cstdlib>
#include <string>

#if defined(__EMSCRIPTEN__)
#include <emscripten.h>
#endif

namespace depthwise {

/// A whole number from an environment variable, or what stands for it where it is not set.
inline int numberFromEnvironment(const std::string& name, int otherwise) {
#if defined(__EMSCRIPTEN__)
  // getenv sees Emscripten's own variables only.
  return emscripten_run_script_int(("process.env." + name + " || " + std::to_string(otherwise)).c_str());
#else
  const char* const text = std::getenv(name.c_str());
  return text && *text ? std::stoi(text) : otherwise;
#endif
}

}  // namespace depthwise
