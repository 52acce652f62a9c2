# SPDX-License-Identifier: Apache-2.0
# stapes_proto(layer schema.proto): generates "<layer>/<schema>.pb.h" during the build. The library is static and
# private, because libtorch loads the full libprotobuf, which has the same symbols.
find_program(STAPES_PROTOC protoc REQUIRED DOC "Protocol Buffers compiler")
find_path(STAPES_PROTOBUF_INCLUDE google/protobuf/message_lite.h REQUIRED DOC "Protocol Buffers headers")
find_library(STAPES_PROTOBUF_LITE libprotobuf-lite.a REQUIRED DOC "Protocol Buffers, lite runtime, static")

function(stapes_proto layer schema)
  cmake_path(GET schema PARENT_PATH subfolder)
  cmake_path(GET schema STEM stem)
  set(folder ${PROJECT_BINARY_DIR}/generated/${layer})
  set(generated ${folder}/${subfolder}/${stem}.pb)
  add_custom_command(OUTPUT ${generated}.h ${generated}.cc
    COMMAND ${CMAKE_COMMAND} -E make_directory ${folder}
    COMMAND ${STAPES_PROTOC} --proto_path=${CMAKE_CURRENT_SOURCE_DIR} --cpp_out=${folder} ${CMAKE_CURRENT_SOURCE_DIR}/${schema}
    DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${schema} VERBATIM)
  target_sources(stapes_${layer} PRIVATE ${generated}.h ${generated}.cc)
  # No warnings for generated code.
  set_source_files_properties(${generated}.cc PROPERTIES COMPILE_OPTIONS "-w" SKIP_PRECOMPILE_HEADERS ON)
  target_include_directories(stapes_${layer} SYSTEM PUBLIC
    ${PROJECT_BINARY_DIR}/generated ${folder} ${STAPES_PROTOBUF_INCLUDE})
  target_link_libraries(stapes_${layer} PUBLIC ${STAPES_PROTOBUF_LITE})
  target_link_options(stapes_${layer} INTERFACE LINKER:--exclude-libs,libprotobuf-lite.a)
endfunction()
