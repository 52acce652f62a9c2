// SPDX-License-Identifier: Apache-2.0
// source_tree.h: the layers of a source tree, with their sources and the targets they name. Parsed from the CMake
// lists, since a build may leave targets out.
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace stapes::house {

using Names = std::set<std::string>;

struct Target {
  std::string name;                            // without the prefix stapes_
  std::filesystem::path folder;                // of its CMakeLists.txt, relative to the root
  std::vector<std::filesystem::path> sources;  // relative to the root
  std::vector<std::string> uses;               // targets of this project that it names
  bool is_layer = false;                       // made by stapes_layer
  std::vector<std::string> precompiled;        // headers, as written
};

struct SourceTree {
  std::filesystem::path root;
  std::vector<std::string> order;  // layers of the top CMakeLists.txt; each may use those before it
  std::vector<Target> layers;      // layers and programs, from src/*/CMakeLists.txt
  std::vector<Target> tests;       // from tests/*/CMakeLists.txt
};

SourceTree read_source_tree(const std::filesystem::path& root);

// C++ and C files under `root`/`folder`, relative to the root, sorted.
std::vector<std::filesystem::path> code_files(const std::filesystem::path& root, const std::filesystem::path& folder);

// The target that owns `path` (relative to src/), or nullptr. A header belongs to the source with the same name, else
// to the layer named like the folder.
const Target* owner(const SourceTree& tree, const std::filesystem::path& path);

// The targets that each folder of src/ names in other folders.
std::map<std::string, Names> folder_uses(const SourceTree& tree);

}  // namespace stapes::house
