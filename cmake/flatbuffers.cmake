# SPDX-License-Identifier: Apache-2.0
# stapes_schema(layer schema.fbs): generates "<layer>/<schema>_generated.h" during the build. Needs the FlatBuffers
# headers, but no library.
find_program(STAPES_FLATC flatc REQUIRED DOC "FlatBuffers compiler")
find_path(STAPES_FLATBUFFERS_INCLUDE flatbuffers/flatbuffers.h REQUIRED DOC "FlatBuffers headers")

function(stapes_schema layer schema)
  get_filename_component(stem ${schema} NAME_WE)
  set(folder ${PROJECT_BINARY_DIR}/generated/${layer})
  set(header ${folder}/${stem}_generated.h)
  add_custom_command(OUTPUT ${header}
    COMMAND ${STAPES_FLATC} --cpp --scoped-enums --gen-object-api -o ${folder} ${CMAKE_CURRENT_SOURCE_DIR}/${schema}
    DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${schema} VERBATIM)
  target_sources(stapes_${layer} PRIVATE ${header})
  # SYSTEM: no warnings for generated code.
  target_include_directories(stapes_${layer} SYSTEM PUBLIC
    ${PROJECT_BINARY_DIR}/generated ${STAPES_FLATBUFFERS_INCLUDE})
  # Our vectors are aligned to 64 bytes; by default FlatBuffers asserts at most 32.
  target_compile_definitions(stapes_${layer} PUBLIC FLATBUFFERS_MAX_ALIGNMENT=64)
endfunction()
