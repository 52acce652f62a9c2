// SPDX-License-Identifier: Apache-2.0
// folders.cpp: checks the number of files per folder.
#include <fmt/format.h>

#include <map>

#include "house/rules.h"

namespace stapes::house {

Violations crowded_folders(const SourceTree& tree) {
  constexpr int kMax = 40;
  std::map<std::string, int> files_in;
  for (const std::filesystem::path& file : code_files(tree.root, "src")) ++files_in[file.parent_path().string()];
  Violations violations;
  for (const auto& [folder, files] : files_in) {
    if (files > kMax) {
      violations.push_back(
          fmt::format("{}: holds {} source files; at most {}, so divide them into subfolders", folder, files, kMax));
    }
  }
  return violations;
}

}  // namespace stapes::house
