# SPDX-License-Identifier: Apache-2.0
# stapes_page_module(target): embeds the runtime as WebAssembly in `target`, as kPageModule (web/page_module.h). A cross
# compiler builds it in a separate folder.
# As a script (cmake -P), writes the bytes of INPUT as a source file.
if(CMAKE_SCRIPT_MODE_FILE)
  file(READ ${INPUT} hex HEX)
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${hex}")
  string(REGEX REPLACE "(....................................................................................................)" "\\1\n" bytes "${bytes}")
  file(WRITE ${OUTPUT} "// Written by cmake/web.cmake.\n#include \"web/page_module.h\"\n\nnamespace stapes {\n\n"
    "static constexpr unsigned char kBytes[] = {\n${bytes}\n};\nconst std::span<const unsigned char> kPageModule = kBytes;\n\n"
    "}  // namespace stapes\n")
  return()
endif()

set(STAPES_WEB_SCRIPT ${CMAKE_CURRENT_LIST_FILE})

function(stapes_page_module target)
  set(missing)
  foreach(program clang++ wasm-ld)
    find_program(STAPES_WEB_${program} ${program})
    if(NOT STAPES_WEB_${program})
      list(APPEND missing ${program})
    endif()
  endforeach()
  foreach(library libc.a libc++.a)
    find_file(STAPES_WEB_${library} ${library} PATHS /usr/lib/wasm32-wasi NO_DEFAULT_PATH)
    if(NOT STAPES_WEB_${library})
      list(APPEND missing "wasm32-wasi/${library}")
    endif()
  endforeach()
  if(missing)
    list(JOIN missing ", " missing)
    message(FATAL_ERROR "STAPES_WEB needs ${missing}; run scripts/install_packages.sh tests, or set STAPES_WEB=OFF")
  endif()

  # Only FlatBuffers: its usual folder also holds this machine's C library.
  set(include ${PROJECT_BINARY_DIR}/web-include)
  file(MAKE_DIRECTORY ${include})
  file(CREATE_LINK ${STAPES_FLATBUFFERS_INCLUDE}/flatbuffers ${include}/flatbuffers SYMBOLIC)

  include(ExternalProject)
  set(folder ${PROJECT_BINARY_DIR}/web)
  set(module ${folder}/stapes_page.wasm)
  ExternalProject_Add(stapes_web_module
    SOURCE_DIR ${PROJECT_SOURCE_DIR} BINARY_DIR ${folder} STAMP_DIR ${folder}-stamps TMP_DIR ${folder}-stamps
    CMAKE_ARGS -DCMAKE_TOOLCHAIN_FILE=${PROJECT_SOURCE_DIR}/cmake/wasm32.cmake -DCMAKE_BUILD_TYPE=MinSizeRel
      -DSTAPES_RUNTIME_ONLY=ON -DSTAPES_TRAINING=OFF -DSTAPES_TESTS=OFF -DSTAPES_INSTALL=OFF -DSTAPES_WERROR=${STAPES_WERROR}
      -DSTAPES_FLATBUFFERS_INCLUDE=${include}
    BUILD_COMMAND ${CMAKE_COMMAND} --build <BINARY_DIR> --target stapes_page
    BUILD_ALWAYS ON INSTALL_COMMAND "" BUILD_BYPRODUCTS ${module})

  set(output ${CMAKE_CURRENT_BINARY_DIR}/page_module_bytes.cpp)
  add_custom_command(OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DINPUT=${module} -DOUTPUT=${output} -P ${STAPES_WEB_SCRIPT}
    DEPENDS ${module} ${STAPES_WEB_SCRIPT} VERBATIM)
  target_sources(${target} PRIVATE ${output})
endfunction()
