// SPDX-License-Identifier: Apache-2.0
// folders.cpp: checks the number of files per folder, and that files named in documents exist.
#include <fmt/format.h>

#include <map>
#include <regex>

#include "base/files.h"
#include "house/rules.h"

namespace stapes::house {

Violations crowded_folders(const SourceTree& tree) {
  constexpr int kMost = 40;
  std::map<std::string, int> files_in;
  for (const std::filesystem::path& file : code_files(tree.root, "src")) ++files_in[file.parent_path().string()];
  Violations violations;
  for (const auto& [folder, files] : files_in) {
    if (files > kMost) {
      violations.push_back(
          fmt::format("{}: holds {} source files; at most {}, so divide them into subfolders", folder, files, kMost));
    }
  }
  return violations;
}

Violations missing_files(const SourceTree& tree) {
  static const std::regex path_form("\\b((?:src|tests|include|firmware)/[a-z0-9_/-]+\\.(?:h|cpp|c|fbs|ld|txt|md))\\b");
  static const std::regex layer_path_form("`([a-z]+/[\\w/]+\\.(?:h|cpp))`");  // without src/
  Violations violations;
  const auto check = [&](const std::filesystem::path& document, const std::regex& form, const std::string& folder) {
    if (!std::filesystem::exists(tree.root / document)) return;
    const std::string text = read_text_file(tree.root / document);
    for (std::sregex_iterator match(text.begin(), text.end(), form), end; match != end; ++match) {
      const std::string file = folder + (*match)[1].str();
      if (std::filesystem::exists(tree.root / file)) continue;
      violations.push_back(fmt::format("{}: names {}, which is not there", document.string(), file));
    }
  };
  std::vector<std::filesystem::path> documents = {"CONTRIBUTING.md", "README.md", "src/README.md"};
  if (std::filesystem::exists(tree.root / "docs")) {
    for (const auto& entry : std::filesystem::directory_iterator(tree.root / "docs")) {
      if (entry.path().extension() == ".md") documents.push_back(entry.path().lexically_relative(tree.root));
    }
  }
  for (const auto& document : documents) check(document, path_form, "");
  for (const char* document : {"docs/architecture.md", "src/README.md"}) check(document, layer_path_form, "src/");
  return violations;
}

}  // namespace stapes::house
