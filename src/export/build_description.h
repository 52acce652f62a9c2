// SPDX-License-Identifier: Apache-2.0
// build_description.h: how an export is compiled, by its CMakeLists.txt, its Makefile and `stapes measure`.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "export/target.h"

namespace stapes {

enum class SourceRole { kLayers, kKernel, kWeights, kSelfTest };

struct SourceFile {
  std::string path;  // below the export's folder: "src/xnor_weights.cpp"
  SourceRole role;
};

struct BuildDescription {
  std::string tool_prefix;  // of the compiler
  std::vector<std::string> processor_flags;
  std::string standard;                      // of C++: "14"
  std::vector<std::string> flags;            // affect results and sizes
  std::vector<std::string> tuning;           // users may replace these
  std::vector<std::string> include_folders;  // below the export's folder
  std::vector<SourceFile> sources;           // sorted by path
};

BuildDescription build_description(const Target& target, std::vector<SourceFile> sources);

// The -I flags of an export in the folder `root`.
std::vector<std::string> include_flags(const BuildDescription& build, const std::filesystem::path& root);

// Compiler arguments without file names. compile_arguments() adds the tuning flags.
std::vector<std::string> required_arguments(const BuildDescription& build, const std::filesystem::path& root);
std::vector<std::string> compile_arguments(const BuildDescription& build, const std::filesystem::path& root);

}  // namespace stapes
