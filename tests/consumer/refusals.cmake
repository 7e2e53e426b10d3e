# cmake -DPACKAGE=<folder of depthwise-config.cmake> -P refusals.cmake: what the package says where it cannot be used.
function(expect_refusal said)
  include(${PACKAGE}/depthwise-config.cmake)
  if(depthwise_FOUND OR NOT depthwise_NOT_FOUND_MESSAGE STREQUAL "${said}")
    message(FATAL_ERROR "Not the refusal \"${said}\", but found: ${depthwise_FOUND}, message: \"${depthwise_NOT_FOUND_MESSAGE}\"")
  endif()
endfunction()

function(expect_version wanted fits)
  set(PACKAGE_FIND_VERSION ${wanted})
  string(REPLACE "." ";" parts ${wanted})
  list(GET parts 0 PACKAGE_FIND_VERSION_MAJOR)
  list(GET parts 1 PACKAGE_FIND_VERSION_MINOR)
  set(CMAKE_SIZEOF_VOID_P "") # a script has no compiler to ask
  include(${PACKAGE}/depthwise-config-version.cmake)
  if(NOT "${PACKAGE_VERSION_COMPATIBLE}" STREQUAL "${fits}")
    message(FATAL_ERROR "Version ${PACKAGE_VERSION} says '${PACKAGE_VERSION_COMPATIBLE}' where ${wanted} is wanted, not '${fits}'")
  endif()
endfunction()

expect_refusal("depthwise needs the language CXX, and this project has not enabled it.")

set(CMAKE_CXX_COMPILER_ID Old)
set(CMAKE_CXX_COMPILER_VERSION 1)
set(CMAKE_CXX_COMPILE_FEATURES cxx_std_14 cxx_std_17)
expect_refusal("depthwise needs C++20, which Old 1 does not have.")

set(CMAKE_VERSION 3.10.2)
expect_refusal("depthwise needs CMake 3.12 or newer, which knows C++20; this is 3.10.2.")

include(${PACKAGE}/depthwise-config-version.cmake)
string(REGEX MATCH "^([0-9]+)\\.([0-9]+)" same ${PACKAGE_VERSION})
math(EXPR next "${CMAKE_MATCH_2} + 1")
expect_version(${same} TRUE)
expect_version(${CMAKE_MATCH_1}.${next} FALSE)
expect_version(99.0 FALSE)
