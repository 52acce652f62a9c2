// SPDX-License-Identifier: Apache-2.0
// embedded_file.h: a text file embedded in the program (cmake/embed.cmake).
#pragma once

#include <span>
#include <string_view>

namespace stapes {

struct EmbeddedFile {
  std::string_view path, text;
};
using EmbeddedFiles = std::span<const EmbeddedFile>;

}  // namespace stapes
