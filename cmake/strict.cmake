# SPDX-License-Identifier: Apache-2.0
# stapes_strict: linked PRIVATE by every target of Stapes.
add_library(stapes_strict INTERFACE)
target_compile_features(stapes_strict INTERFACE cxx_std_20)
target_compile_options(stapes_strict INTERFACE  # no contraction: float results stay comparable
  "$<$<CXX_COMPILER_ID:GNU,Clang,AppleClang>:-Wall;-Wextra;-Wconversion;-ffp-contract=off>"
  "$<$<CXX_COMPILER_ID:Clang,AppleClang>:-Wno-sign-conversion>")  # not part of GCC's -Wconversion
if(STAPES_WERROR)
  target_compile_options(stapes_strict INTERFACE -Werror)
endif()

# Flags for code that runs once per command: compiling it takes longer than running it.
set(STAPES_COLD_FLAGS "$<$<CONFIG:Release>:-O1>" CACHE STRING "Compiler options for layers that are optimized less")
set(STAPES_COLD_TEST_FLAGS "$<$<CONFIG:Release>:-O0>" CACHE STRING "Compiler options for tests, except those of kernels, runtime and training")
mark_as_advanced(STAPES_COLD_FLAGS STAPES_COLD_TEST_FLAGS)

# stapes_common_headers(target cold): precompiles the headers that most host layers include, once for COLD layers and
# once for the others. Device layers include too few to benefit. Preset asan has none: Clang's precompiled headers
# depend on the folder, so clones could not share a compiler cache.
function(stapes_common_headers target cold)
  if(STAPES_RUNTIME_ONLY OR STAPES_CORE OR target MATCHES "^stapes_(packed|kernels|runtime|peaks|train|cli)$")
    return()
  endif()
  if(cold)
    set(owner stapes_plot)
  else()
    set(owner stapes_base)
  endif()
  if(target STREQUAL owner)
    target_precompile_headers(${target} PRIVATE <algorithm> <filesystem> <functional> <map> <memory> <optional> <span>
      <string> <vector> <fmt/format.h> <fmt/ranges.h>)
  else()
    target_precompile_headers(${target} REUSE_FROM ${owner})
  endif()
endfunction()

# stapes_unity(target): compiles a dozen source files as one, because headers and templates take most of the time. Names
# in anonymous namespaces must be unique in their folder. Preset dev compiles file by file, which is faster after an
# edit. Leaves out files with their own flags, generated files and targets with UNITY_BUILD OFF. CMake's own unity
# builds use absolute paths, so clones could not share a compiler cache.
option(STAPES_UNITY "Compile up to a dozen source files of a folder as one" ON)
set(STAPES_UNITY_FILES 12)
function(stapes_unity target)
  if(STAPES_UNITY)  # once the folder's CMakeLists.txt has been read
    cmake_language(EVAL CODE "cmake_language(DEFER CALL stapes_join_sources [[${target}]])")
  endif()
endfunction()

function(stapes_join_sources target)
  get_target_property(unity ${target} UNITY_BUILD)
  if(unity STREQUAL "OFF")
    return()
  endif()
  get_target_property(sources ${target} SOURCES)
  set(root ${PROJECT_SOURCE_DIR}/src)
  if(CMAKE_CURRENT_SOURCE_DIR MATCHES "^${PROJECT_SOURCE_DIR}/tests(/|$)")
    set(root ${PROJECT_SOURCE_DIR}/tests)
  endif()
  set(joined)
  foreach(source IN LISTS sources)
    get_source_file_property(alone ${source} SKIP_UNITY_BUILD_INCLUSION)
    get_source_file_property(flags ${source} COMPILE_OPTIONS)
    if(source MATCHES "\\.cpp$" AND NOT IS_ABSOLUTE ${source} AND NOT alone AND NOT flags)
      list(APPEND joined ${source})
    endif()
  endforeach()
  set_source_files_properties(${joined} PROPERTIES HEADER_FILE_ONLY ON)
  set(number 0)
  while(joined)
    list(SUBLIST joined 0 ${STAPES_UNITY_FILES} files)
    list(REMOVE_ITEM joined ${files})
    set(text "// Written by cmake/strict.cmake.\n")
    foreach(file IN LISTS files)
      file(RELATIVE_PATH path ${root} ${CMAKE_CURRENT_SOURCE_DIR}/${file})
      string(APPEND text "#include \"${path}\"\n")
    endforeach()
    set(unit ${CMAKE_CURRENT_BINARY_DIR}/${target}_${number}.cpp)
    file(CONFIGURE OUTPUT ${unit} CONTENT "${text}" @ONLY)
    target_sources(${target} PRIVATE ${unit})
    math(EXPR number "${number} + 1")
  endwhile()
endfunction()

# stapes_layer(name SOURCES ... [COLD] [USES target ...] [LIBS external ...])
# One static library per folder of src/. Headers are included as "<layer>/<file>.h".
# COLD: code that runs once per command; less optimized, so it builds a quarter faster.
function(stapes_layer name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "COLD" "" "SOURCES;USES;LIBS")
  add_library(stapes_${name} STATIC ${arg_SOURCES})
  target_include_directories(stapes_${name} PUBLIC ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/include)
  list(TRANSFORM arg_USES PREPEND stapes_)
  target_link_libraries(stapes_${name} PUBLIC ${arg_USES} ${arg_LIBS} PRIVATE stapes_strict)
  if(arg_COLD)
    target_compile_options(stapes_${name} PRIVATE ${STAPES_COLD_FLAGS})
  endif()
  stapes_unity(stapes_${name})
  stapes_common_headers(stapes_${name} "${arg_COLD}")
endfunction()
