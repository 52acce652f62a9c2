# SPDX-License-Identifier: Apache-2.0
# One Debian package per component of cmake/install.cmake: `cpack -G DEB` in a build folder. dpkg-shlibdeps finds the
# dependencies, so only stapes-train asks for libtorch.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME stapes)
set(CPACK_PACKAGE_VENDOR "the Stapes contributors")
set(CPACK_PACKAGE_CONTACT ${CPACK_PACKAGE_VENDOR})
set(CPACK_PACKAGE_HOMEPAGE_URL ${PROJECT_HOMEPAGE_URL})
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_COMPONENTS_ALL ${components})
set(CPACK_STRIP_FILES ON)

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS_POLICY ">=")

# stapes_package(component SECTION section SUMMARY text [DEPENDS relations] [RECOMMENDS relations])
macro(stapes_package component)
  cmake_parse_arguments(arg "" "SECTION;SUMMARY;DEPENDS;RECOMMENDS" "" ${ARGN})
  string(TOUPPER ${component} upper)
  set(CPACK_COMPONENT_${upper}_DESCRIPTION "${arg_SUMMARY}")
  set(CPACK_DEBIAN_${upper}_PACKAGE_NAME ${component})
  set(CPACK_DEBIAN_${upper}_PACKAGE_SECTION ${arg_SECTION})
  set(CPACK_DEBIAN_${upper}_PACKAGE_DEPENDS "${arg_DEPENDS}")
  set(CPACK_DEBIAN_${upper}_PACKAGE_RECOMMENDS "${arg_RECOMMENDS}")
endmacro()

set(same_version "(= ${PROJECT_VERSION})")
stapes_package(stapes SECTION science RECOMMENDS "stapes-train, espeak-ng"
  SUMMARY "Packs, measures and exports small audio and image classifiers")
stapes_package(stapes-train SECTION science DEPENDS "stapes ${same_version}" RECOMMENDS libopenblas0-pthread
  SUMMARY "Trains and prunes the classifiers that stapes packs")
stapes_package(libstapes0 SECTION libs
  SUMMARY "Runs packed classifiers: no heap, no exceptions")
stapes_package(libstapes-dev SECTION libdevel DEPENDS "libstapes0 ${same_version}"
  SUMMARY "Headers and static library of libstapes")
include(CPack)
