# stapes_embed(target source ROOT FILES ...): a source file of `target` with the texts of files, so that the program
# needs no source tree. ROOT:FILE, FILE relative to ROOT, is known by FILE (export/embedded_files.h).
# Run as a script (cmake -P) it writes that file.
if(CMAKE_SCRIPT_MODE_FILE)
  set(text "// Written by cmake/embed.cmake.\n#include \"export/embedded_files.h\"\n\nnamespace stapes {\n\n")
  string(APPEND text "const EmbeddedFile kEmbeddedFiles[] = {\n")
  file(STRINGS ${LIST} entries)
  set(count 0)
  foreach(entry IN LISTS entries)
    string(REGEX MATCH "^([^:]*):(.*)$" matched "${entry}")
    file(READ "${CMAKE_MATCH_1}/${CMAKE_MATCH_2}" content)
    string(APPEND text "    {\"${CMAKE_MATCH_2}\", R\"stapes_file(${content})stapes_file\"},\n")
    math(EXPR count "${count} + 1")
  endforeach()
  string(APPEND text "};\nconst std::size_t kEmbeddedFileCount = ${count};\n\n}  // namespace stapes\n")
  file(WRITE ${OUTPUT} "${text}")
  return()
endif()

set(STAPES_EMBED_SCRIPT ${CMAKE_CURRENT_LIST_FILE})

function(stapes_embed target source)
  string(REPLACE ";" "\n" lines "${ARGN}")
  set(list ${CMAKE_CURRENT_BINARY_DIR}/${source}.list)
  file(CONFIGURE OUTPUT ${list} CONTENT "${lines}\n" @ONLY)
  string(REPLACE ":" "/" paths "${ARGN}")
  set(output ${CMAKE_CURRENT_BINARY_DIR}/${source})
  add_custom_command(OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DLIST=${list} -DOUTPUT=${output} -P ${STAPES_EMBED_SCRIPT}
    DEPENDS ${paths} ${list} ${STAPES_EMBED_SCRIPT} VERBATIM)
  target_sources(${target} PRIVATE ${output})
endfunction()
