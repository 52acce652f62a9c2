// embedded_files.h: the sources that go into exports, inside the program (cmake/embed.cmake).
#pragma once

#include <cstddef>
#include <map>
#include <string_view>

namespace stapes {

struct EmbeddedFile {
  std::string_view path, text;
};
extern const EmbeddedFile kEmbeddedFiles[];
extern const std::size_t kEmbeddedFileCount;

// Texts by path: "kernels/...", "stapes/isa.h" and "export/device/..." as they are included, and "firmware/...".
const std::map<std::string_view, std::string_view>& embedded_files();

// Throws Error naming a path that is not there.
std::string_view embedded_file(std::string_view path);

}  // namespace stapes
