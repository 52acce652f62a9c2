# SPDX-License-Identifier: Apache-2.0
# Turns an executable into an image for an emulated board. The caller of CMake sets STAPES_STAND_IN and STAPES_FIRMWARE
# (folders), STAPES_FIRMWARE_SOURCES, STAPES_FIRMWARE_FLAGS and STAPES_LINK_FLAGS.
function(stand_in_image target)
  add_library(${target}_board OBJECT ${STAPES_FIRMWARE_SOURCES} ${STAPES_STAND_IN}/console.cpp)
  target_include_directories(${target}_board PRIVATE ${STAPES_FIRMWARE})
  target_compile_options(${target}_board PRIVATE -std=c++20 -fno-exceptions -fno-rtti -fno-builtin
    ${STAPES_FIRMWARE_FLAGS} ${ARGN})
  target_sources(${target} PRIVATE $<TARGET_OBJECTS:${target}_board> ${STAPES_STAND_IN}/pcm.c)
  target_link_options(${target} PRIVATE ${STAPES_LINK_FLAGS})
  target_link_libraries(${target} PRIVATE -lc -lgcc)
  set_target_properties(${target} PROPERTIES LINKER_LANGUAGE C OUTPUT_NAME image SUFFIX .elf
    RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
endfunction()
