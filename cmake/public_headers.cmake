# What C++ users include, as <depthwise/geometry.h> and so on, and what that includes. They need no flags or definitions of this build.
set(DEPTHWISE_PUBLIC_HEADERS
  argument_error.h
  epilogue_arguments.h
  error.h
  geometry.h
  result.h
  text.h
  nn/activation.h
  layer/config_reader.h
  layer/config_value.h
  layer/config_writer.h
  layer/constraints.h
  layer/depthwise_conv2d.h
  layer/initializer_arguments.h
  layer/initializers.h
  layer/kept_buffer.h
  layer/layer_config.h
  layer/regularizers.h)

# cpp/include/depthwise: public headers that need no forwarding.
set(DEPTHWISE_INCLUDE_FOLDER ${PROJECT_SOURCE_DIR}/cpp/include)

# Where the library is part of another build, the same names lead to cpp/; and only they, so that cpp/error.h is not in anybody's way.
set(headers ${PROJECT_BINARY_DIR}/include)
foreach(header IN LISTS DEPTHWISE_PUBLIC_HEADERS)
  file(CONFIGURE OUTPUT ${headers}/depthwise/${header} CONTENT "#include \"${PROJECT_SOURCE_DIR}/cpp/${header}\"\n")
endforeach()

set(DEPTHWISE_LIBRARIES depthwise)
if(EMSCRIPTEN)
  list(APPEND DEPTHWISE_LIBRARIES depthwise_relaxed)
endif()
foreach(library IN LISTS DEPTHWISE_LIBRARIES)
  target_include_directories(${library} INTERFACE $<BUILD_INTERFACE:${headers}> $<BUILD_INTERFACE:${DEPTHWISE_INCLUDE_FOLDER}>)
  add_library(depthwise::${library} ALIAS ${library})
  # As cmake/default_build_type.cmake, in a build whose type is not ours to set.
  target_compile_options(${library} PRIVATE $<$<CONFIG:>:-O3>)
endforeach()
