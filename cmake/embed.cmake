# SPDX-License-Identifier: Apache-2.0
# stapes_embed(target source NAME ROOT:FILE ...): embeds the texts of files in `target`, as the list NAME
# (base/embedded_file.h). FILE is relative to ROOT and becomes the path in the list.
# As a script (cmake -P), writes the source file.
if(CMAKE_SCRIPT_MODE_FILE)
  set(text "// Written by cmake/embed.cmake.\n#include \"base/embedded_file.h\"\n\nnamespace stapes {\n\nusing namespace std::string_view_literals;  // sv: the compiler need not count characters\n\n")
  string(APPEND text "static constexpr EmbeddedFile kFiles[] = {\n")
  file(STRINGS ${LIST} entries)
  foreach(entry IN LISTS entries)
    string(REGEX MATCH "^([^:]*):(.*)$" matched "${entry}")
    file(READ "${CMAKE_MATCH_1}/${CMAKE_MATCH_2}" content)
    string(APPEND text "    {\"${CMAKE_MATCH_2}\", R\"stapes_file(${content})stapes_file\"sv},\n")
  endforeach()
  string(APPEND text "};\nextern const EmbeddedFiles ${NAME};\nconstinit const EmbeddedFiles ${NAME} = kFiles;\n\n")
  string(APPEND text "}  // namespace stapes\n")
  file(WRITE ${OUTPUT} "${text}")
  return()
endif()

set(STAPES_EMBED_SCRIPT ${CMAKE_CURRENT_LIST_FILE})

function(stapes_embed target source name)
  string(REPLACE ";" "\n" lines "${ARGN}")
  set(list ${CMAKE_CURRENT_BINARY_DIR}/${source}.list)
  file(CONFIGURE OUTPUT ${list} CONTENT "${lines}\n" @ONLY)
  string(REPLACE ":" "/" paths "${ARGN}")
  set(output ${CMAKE_CURRENT_BINARY_DIR}/${source})
  add_custom_command(OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DNAME=${name} -DLIST=${list} -DOUTPUT=${output} -P ${STAPES_EMBED_SCRIPT}
    DEPENDS ${paths} ${list} ${STAPES_EMBED_SCRIPT} VERBATIM)
  target_sources(${target} PRIVATE ${output})
endfunction()
