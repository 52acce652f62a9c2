// SPDX-License-Identifier: Apache-2.0
#include "export/embedded_files.h"

#include "base/embedded_file.h"

namespace stapes {

extern const EmbeddedFiles kExportFiles;  // embedded_texts.cpp

const std::map<std::string_view, std::string_view>& embedded_files() {
  static const auto files = [] {
    std::map<std::string_view, std::string_view> by_path;
    for (const EmbeddedFile& file : kExportFiles) by_path.emplace(file.path, file.text);
    return by_path;
  }();
  return files;
}

std::string_view embedded_file(std::string_view path) { return text_of(kExportFiles, path); }

}  // namespace stapes
