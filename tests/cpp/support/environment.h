#pragma once

#include <cstdlib>
#include <string>

#if defined(__EMSCRIPTEN__)
#include <emscripten.h>
#endif

namespace depthwise {

/// Returns the integer in an environment variable, or `otherwise` if it is not set.
inline int numberFromEnvironment(const std::string& name, int otherwise) {
#if defined(__EMSCRIPTEN__)
  // getenv of Emscripten does not return the variables of the process.
  return emscripten_run_script_int(("process.env." + name + " || " + std::to_string(otherwise)).c_str());
#else
  const char* const text = std::getenv(name.c_str());
  return text && *text ? std::stoi(text) : otherwise;
#endif
}

}  // namespace depthwise
