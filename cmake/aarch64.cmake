# SPDX-License-Identifier: Apache-2.0
# Toolchain for the layers of STAPES_CORE and their tests: Debian's cross compiler for 64-bit ARM, and qemu.
# cmake/aarch64/ replaces packages that Debian only has for the host.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
# max: every extension that qemu knows, so that dot-product kernels run too.
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64 -cpu max -L /usr/aarch64-linux-gnu)

list(APPEND CMAKE_MODULE_PATH ${CMAKE_CURRENT_LIST_DIR}/aarch64)
set(STAPES_HOST_HEADERS ${CMAKE_BINARY_DIR}/host_headers)
foreach(library flatbuffers fmt nlohmann)
  # Links one folder per library: /usr/include itself holds the host's C library.
  if(NOT EXISTS ${STAPES_HOST_HEADERS}/${library})
    file(MAKE_DIRECTORY ${STAPES_HOST_HEADERS})
    file(CREATE_LINK /usr/include/${library} ${STAPES_HOST_HEADERS}/${library} SYMBOLIC)
  endif()
endforeach()
set(STAPES_FLATBUFFERS_INCLUDE ${STAPES_HOST_HEADERS})
