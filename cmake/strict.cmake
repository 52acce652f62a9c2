# SPDX-License-Identifier: Apache-2.0
# stapes_strict: linked PRIVATE by every target of ours.
add_library(stapes_strict INTERFACE)
target_compile_features(stapes_strict INTERFACE cxx_std_20)
target_compile_options(stapes_strict INTERFACE  # no contraction: float results stay comparable
  "$<$<CXX_COMPILER_ID:GNU,Clang,AppleClang>:-Wall;-Wextra;-Wconversion;-ffp-contract=off>")
if(STAPES_WERROR)
  target_compile_options(stapes_strict INTERFACE -Werror)
endif()

# stapes_layer(name SOURCES ... [USES target ...] [LIBS external ...])
# One static library per folder of src/. Headers are included as "<layer>/<file>.h".
function(stapes_layer name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;USES;LIBS")
  add_library(stapes_${name} STATIC ${arg_SOURCES})
  target_include_directories(stapes_${name} PUBLIC ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/include)
  list(TRANSFORM arg_USES PREPEND stapes_)
  target_link_libraries(stapes_${name} PUBLIC ${arg_USES} ${arg_LIBS} PRIVATE stapes_strict)
endfunction()
