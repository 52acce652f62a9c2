# SPDX-License-Identifier: Apache-2.0
# Installs what a program that runs packed models needs: include/stapes/, one static library, a CMake package
# (find_package(stapes), target stapes::stapes) and stapes.pc. FlatBuffers and src/ stay inside.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

add_library(stapes_library STATIC
  $<TARGET_OBJECTS:stapes_packed> $<TARGET_OBJECTS:stapes_kernels> $<TARGET_OBJECTS:stapes_runtime>)
add_library(stapes::stapes ALIAS stapes_library)
set_target_properties(stapes_library PROPERTIES OUTPUT_NAME stapes EXPORT_NAME stapes LINKER_LANGUAGE CXX)
target_compile_features(stapes_library INTERFACE cxx_std_20)
target_include_directories(stapes_library INTERFACE
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/stapes)
install(TARGETS stapes_library EXPORT stapes ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY include/stapes DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT stapes NAMESPACE stapes:: FILE stapesConfig.cmake DESTINATION ${package})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/stapesConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/stapesConfigVersion.cmake DESTINATION ${package})

# Where stapes.pc lies says where the rest is, so that an installed tree can be moved.
file(RELATIVE_PATH to_prefix ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
configure_file(${CMAKE_CURRENT_LIST_DIR}/stapes.pc.in ${PROJECT_BINARY_DIR}/stapes.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/stapes.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
