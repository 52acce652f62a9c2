// SPDX-License-Identifier: Apache-2.0
// embedded_file.h: a text file embedded in the program (cmake/embed.cmake).
#pragma once

#include <span>
#include <string_view>

#include "base/error.h"

namespace stapes {

struct EmbeddedFile {
  std::string_view path, text;
};
using EmbeddedFiles = std::span<const EmbeddedFile>;

// Throws Error naming a missing path.
inline std::string_view text_of(EmbeddedFiles files, std::string_view path) {
  for (const EmbeddedFile& file : files) {
    if (file.path == path) return file.text;
  }
  throw Error("this program was built without {}", path);
}

}  // namespace stapes
