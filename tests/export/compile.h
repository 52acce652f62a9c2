// SPDX-License-Identifier: Apache-2.0
// compile.h: compilers for tests of exports.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/process.h"
#include "cli/run_program.h"
#include "export/export_model.h"

namespace stapes::test {

// GCC, and Clang if it is installed.
inline std::vector<std::string> host_compilers() {
  std::vector<std::string> compilers = {STAPES_GXX};
  if (std::filesystem::exists(STAPES_CLANG)) compilers.push_back(STAPES_CLANG);
  return compilers;
}

inline std::vector<std::string> sources_of(const ExportedFolder& folder) {
  std::vector<std::string> sources;
  for (const auto& [path, text] : folder.files) {
    if (path.starts_with("src/") && path.ends_with(".cpp")) sources.push_back(path);
  }
  return sources;
}

// `compiler`: a name or a path.
inline Outcome compile(const std::string& compiler, std::vector<std::string> flags, const std::string& source) {
  flags.push_back(source);
  return run_program(compiler.starts_with("/") ? compiler : find_program(compiler), flags);
}

}  // namespace stapes::test
