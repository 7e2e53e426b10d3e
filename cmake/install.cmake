# cmake --install BUILD --prefix PREFIX: the library, its headers, and the package that find_package(depthwise) looks for.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

set(component COMPONENT depthwise_development)
set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/depthwise)

install(TARGETS ${DEPTHWISE_LIBRARIES} EXPORT depthwise-targets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} ${component}
  INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
foreach(header IN LISTS DEPTHWISE_PUBLIC_HEADERS)
  cmake_path(GET header PARENT_PATH folder)
  install(FILES cpp/${header} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/depthwise/${folder} ${component})
endforeach()
install(DIRECTORY ${DEPTHWISE_INCLUDE_FOLDER}/depthwise DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} ${component})
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} ${component})

install(EXPORT depthwise-targets NAMESPACE depthwise:: DESTINATION ${package_folder} ${component})
configure_package_config_file(cmake/depthwise-config.cmake.in ${PROJECT_BINARY_DIR}/depthwise-config.cmake
  INSTALL_DESTINATION ${package_folder}
  NO_SET_AND_CHECK_MACRO)
# Before 1.0 every minor version may change what there is.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/depthwise-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/depthwise-config.cmake ${PROJECT_BINARY_DIR}/depthwise-config-version.cmake
  DESTINATION ${package_folder} ${component})
