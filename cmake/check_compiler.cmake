# Says in one sentence what a compiler would say in hundreds of lines.
include(CheckCXXSourceCompiles)
set(CMAKE_REQUIRED_FLAGS "${CMAKE_CXX20_STANDARD_COMPILE_OPTION}")
check_cxx_source_compiles([[
#include <optional>
#include <span>
constinit int first = 0;
typedef float four __attribute__((vector_size(16), aligned(4)));
int main() {
  const four a{1, 2, 3, 4};
  const auto sum = []<class T>(std::span<const T> all) { return all[0] + all[3]; };
  return static_cast<int>(sum(std::span<const float>(reinterpret_cast<const float*>(&a), 4))) + first;
}
]] DEPTHWISE_COMPILER_FITS)
unset(CMAKE_REQUIRED_FLAGS)
if(NOT DEPTHWISE_COMPILER_FITS)
  unset(DEPTHWISE_COMPILER_FITS CACHE) # asked again when another compiler or other flags are given
  message(FATAL_ERROR
    "depthwise needs a compiler and a standard library of C++20 with GNU vector extensions: g++ 11, clang 14, Emscripten 3.1.69 or newer. "
    "${CMAKE_CXX_COMPILER} (${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}) with the flags \"${CMAKE_CXX_FLAGS}\" did not compile "
    "a small program of these; CMake's log has what it said.")
endif()
