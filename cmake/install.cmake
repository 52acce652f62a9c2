# SPDX-License-Identifier: Apache-2.0
# Installs the programs, include/stapes/, the runtime as a static and a shared library, a CMake package (targets
# stapes::stapes and stapes::shared) and stapes.pc. Each component is a Debian package (cmake/packages.cmake).
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON)  # installing and packaging build nothing
set(components libstapes-dev)

# stapes_runtime_library(target kind): the runtime's layers as one library, from objects compiled once.
function(stapes_runtime_library target kind)
  add_library(${target} ${kind}
    $<TARGET_OBJECTS:stapes_packed> $<TARGET_OBJECTS:stapes_kernels> $<TARGET_OBJECTS:stapes_runtime>)
  set_target_properties(${target} PROPERTIES OUTPUT_NAME stapes LINKER_LANGUAGE CXX)
  target_compile_features(${target} INTERFACE cxx_std_20)
  target_include_directories(${target} INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
    $<BUILD_INTERFACE:${PROJECT_BINARY_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
endfunction()

stapes_runtime_library(stapes_library STATIC)
add_library(stapes::stapes ALIAS stapes_library)
set_target_properties(stapes_library PROPERTIES EXPORT_NAME stapes)
install(TARGETS stapes_library EXPORT stapes
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT libstapes-dev)

get_property(can_share GLOBAL PROPERTY TARGET_SUPPORTS_SHARED_LIBS)
if(can_share)
  set(STAPES_SOVERSION 0)
  set_target_properties(stapes_packed stapes_kernels stapes_runtime PROPERTIES POSITION_INDEPENDENT_CODE ON)
  stapes_runtime_library(stapes_shared SHARED)
  add_library(stapes::shared ALIAS stapes_shared)
  set(symbols ${CMAKE_CURRENT_LIST_DIR}/stapes.map)
  set_target_properties(stapes_shared PROPERTIES EXPORT_NAME shared
    VERSION ${PROJECT_VERSION} SOVERSION ${STAPES_SOVERSION} LINK_DEPENDS ${symbols})
  # --as-needed: the runtime does not use the C++ library.
  target_link_options(stapes_shared PRIVATE LINKER:--version-script=${symbols} LINKER:--as-needed)
  install(TARGETS stapes_shared EXPORT stapes LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
    COMPONENT libstapes0 NAMELINK_COMPONENT libstapes-dev)
  list(APPEND components libstapes0)
endif()

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/stapes)
install(DIRECTORY include/stapes DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT libstapes-dev)
install(FILES ${PROJECT_BINARY_DIR}/include/stapes/version.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/stapes
  COMPONENT libstapes-dev)
install(EXPORT stapes NAMESPACE stapes:: FILE stapesConfig.cmake DESTINATION ${package} COMPONENT libstapes-dev)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/stapesConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/stapesConfigVersion.cmake DESTINATION ${package} COMPONENT libstapes-dev)

# Paths are relative to stapes.pc, so that an installed tree can be moved.
file(RELATIVE_PATH to_prefix ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
configure_file(${CMAKE_CURRENT_LIST_DIR}/stapes.pc.in ${PROJECT_BINARY_DIR}/stapes.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/stapes.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT libstapes-dev)

foreach(program stapes stapes-train)
  if(TARGET ${program})
    # libtorch may be in a folder that the loader does not search.
    set_target_properties(${program} PROPERTIES INSTALL_RPATH_USE_LINK_PATH ON)
    install(TARGETS ${program} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT ${program})
    list(APPEND components ${program})
  endif()
endforeach()

if(TARGET stapes AND NOT CMAKE_CROSSCOMPILING)
  set(help ${PROJECT_BINARY_DIR}/help)  # made by the program (src/cli/CMakeLists.txt)
  install(DIRECTORY ${help}/man1 DESTINATION ${CMAKE_INSTALL_MANDIR} COMPONENT stapes)
  install(FILES ${help}/stapes DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions COMPONENT stapes)
  # Debian's zsh searches vendor-completions for files from packages.
  foreach(folder site-functions vendor-completions)
    install(FILES ${help}/_stapes DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/${folder} COMPONENT stapes)
  endforeach()
endif()

foreach(component IN LISTS components)
  install(FILES LICENSE NOTICE DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/doc/${component} COMPONENT ${component})
endforeach()

if(PROJECT_IS_TOP_LEVEL)
  include(packages)
endif()
