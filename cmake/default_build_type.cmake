# Without optimisation the kernels are many times slower, and nobody who says nothing wants that.
get_property(has_configurations GLOBAL PROPERTY GENERATOR_IS_MULTI_CONFIG)
if(PROJECT_IS_TOP_LEVEL AND NOT has_configurations AND NOT CMAKE_BUILD_TYPE)
  message(STATUS "depthwise: no CMAKE_BUILD_TYPE was given, so it is Release")
  set_property(CACHE CMAKE_BUILD_TYPE PROPERTY VALUE Release)
endif()
