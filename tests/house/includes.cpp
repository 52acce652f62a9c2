// SPDX-License-Identifier: Apache-2.0
// includes.cpp: checks #include lines against the CMake lists.
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <regex>

#include "house/rules.h"

namespace stapes::house {

namespace fs = std::filesystem;

namespace {

// The headers included by a path with a folder. Others are not ours.
std::vector<fs::path> includes_of(const fs::path& file) {
  static const std::regex line_form("^\\s*#\\s*include\\s*[\"<]([a-z0-9_]+/[^\">]+)[\">]");
  std::vector<fs::path> found;
  std::ifstream stream(file);
  std::smatch match;
  for (std::string line; std::getline(stream, line);) {
    if (std::regex_search(line, match, line_form)) found.emplace_back(match[1].str());
  }
  return found;
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// The target that an #include needs. A header in include/stapes/ belongs to the target with the source of the same
// name. Any target may include those without such a source (isa.h, stapes.h).
const Target* included_target(const SourceTree& tree, const fs::path& header) {
  if (*header.begin() != "stapes") {
    return contains(tree.order, header.begin()->string()) ? owner(tree, header) : nullptr;
  }
  for (const char* folder : {"packed", "runtime"}) {
    const fs::path source = fs::path(folder) / header.filename();
    if (fs::exists(tree.root / fs::path("src" / source).replace_extension(".cpp"))) return owner(tree, source);
  }
  return nullptr;
}

fs::path list_of(const Target& target) { return target.folder / "CMakeLists.txt"; }

const Target* find_layer(const SourceTree& tree, const std::string& name) {
  const auto found =
      std::find_if(tree.layers.begin(), tree.layers.end(), [&](const Target& t) { return t.name == name; });
  return found == tree.layers.end() ? nullptr : &*found;
}

// Any target of the folder may include a header without a source file.
bool has_source(const Target& target, const fs::path& header) {
  const fs::path source = fs::path("src" / header).replace_extension(".cpp");
  return std::find(target.sources.begin(), target.sources.end(), source) != target.sources.end();
}

// All headers that a test includes, also through headers of tests/, with the including file.
void collect_test_includes(const SourceTree& tree, const fs::path& file, Names& seen,
                           std::vector<std::pair<fs::path, fs::path>>& found) {
  if (!seen.insert(file.string()).second) return;
  for (const fs::path& header : includes_of(tree.root / file)) {
    if (fs::exists(tree.root / "tests" / header)) {
      collect_test_includes(tree, "tests" / header, seen, found);
    } else {
      found.emplace_back(file, header);
    }
  }
}

}  // namespace

Violations upward_uses(const SourceTree& tree) {
  Violations violations;
  const auto place = [&](const fs::path& folder) {
    return std::find(tree.order.begin(), tree.order.end(), folder.filename().string()) - tree.order.begin();
  };
  for (const Target& target : tree.layers) {
    for (const std::string& name : target.uses) {
      const Target* used = find_layer(tree, name);
      if (used != nullptr && used->folder != target.folder && place(used->folder) >= place(target.folder))
        violations.push_back(fmt::format("{}: '{}' uses '{}', which is not below it in CMakeLists.txt",
                                         list_of(target).string(), target.name, name));
    }
  }
  return violations;
}

Violations unnamed_includes(const SourceTree& tree) {
  Violations violations;
  for (const fs::path& file : code_files(tree.root, "src")) {
    const Target* from = owner(tree, file.lexically_relative("src"));
    if (from == nullptr) {
      violations.push_back(
          fmt::format("{}: belongs to no target; name it in the CMakeLists.txt of its layer", file.string()));
      continue;
    }
    for (const fs::path& header : includes_of(tree.root / file)) {
      const Target* to = included_target(tree, header);
      const bool shared = to != nullptr && to->folder == from->folder && !has_source(*to, header);
      if (to != nullptr && to != from && !shared && !contains(from->uses, to->name))
        violations.push_back(fmt::format("{}: includes \"{}\"; '{}' in {} does not name '{}'", file.string(),
                                         header.string(), from->name, list_of(*from).string(), to->name));
    }
  }
  return violations;
}

Violations unused_names(const SourceTree& tree) {
  std::map<std::string, Names> included;
  for (const fs::path& file : code_files(tree.root, "src")) {
    const Target* from = owner(tree, file.lexically_relative("src"));
    for (const fs::path& header : includes_of(tree.root / file)) {
      const Target* to = included_target(tree, header);
      if (from != nullptr && to != nullptr) included[from->name].insert(to->name);
    }
  }
  Violations violations;
  for (const Target& target : tree.layers) {
    for (const std::string& name : target.uses) {
      if (!included[target.name].contains(name))
        violations.push_back(
            fmt::format("{}: '{}' names '{}' and includes none of it", list_of(target).string(), target.name, name));
    }
  }
  return violations;
}

Violations unnamed_test_includes(const SourceTree& tree) {
  Violations violations;
  for (const Target& test : tree.tests) {
    std::vector<std::string> allowed = test.uses;
    allowed.push_back(test.name);
    if (const Target* tested = find_layer(tree, test.name); tested != nullptr)
      allowed.insert(allowed.end(), tested->uses.begin(), tested->uses.end());
    Names seen, reported;
    std::vector<std::pair<fs::path, fs::path>> found;
    for (const fs::path& source : test.sources) collect_test_includes(tree, source, seen, found);
    for (const auto& [file, header] : found) {
      const Target* to = included_target(tree, header);
      if (to != nullptr && !contains(allowed, to->name) && reported.insert(to->name).second)
        violations.push_back(fmt::format("{}: the tests of '{}' include \"{}\" (in {}) and do not name '{}' in USES",
                                         list_of(test).string(), test.name, header.string(), file.string(), to->name));
    }
  }
  return violations;
}

Violations unnamed_test_files(const SourceTree& tree) {
  Names named;
  for (const Target& test : tree.tests) {
    for (const fs::path& source : test.sources) named.insert(source.string());
  }
  Violations violations;
  for (const fs::path& file : code_files(tree.root, "tests")) {
    if (file.string().ends_with("_test.cpp") && !named.contains(file.string()))
      violations.push_back(fmt::format("{}: never runs; name it in the CMakeLists.txt next to it", file.string()));
  }
  return violations;
}

Violations precompiled_own_headers(const SourceTree& tree) {
  Violations violations;
  for (const Target& target : tree.layers) {
    for (const std::string& header : target.precompiled) {
      if (header.starts_with('<')) continue;
      violations.push_back(
          fmt::format("{}: precompiles {}; expected only <system headers>", list_of(target).string(), header));
    }
  }
  return violations;
}

}  // namespace stapes::house
