// SPDX-License-Identifier: Apache-2.0
#include "house/source_tree.h"

#include <algorithm>
#include <functional>
#include <regex>
#include <sstream>

#include "base/files.h"

namespace stapes::house {

namespace fs = std::filesystem;

namespace {

using Words = std::vector<std::string>;
constexpr const char* kPrefix = "stapes_";
constexpr std::string_view kTestsSuffix = "_tests";

// Calls `visit` with the name and words of each command. Skips comments. No command has nested parentheses.
void each_command(const fs::path& list, const std::function<void(const std::string&, const Words&)>& visit) {
  const std::string text = std::regex_replace(read_text_file(list), std::regex("#[^\n]*"), "");
  static const std::regex command("([a-z_]+)\\s*\\(([^()]*)\\)");
  for (std::sregex_iterator match(text.begin(), text.end(), command), end; match != end; ++match) {
    std::istringstream stream((*match)[2]);
    Words words;
    for (std::string word; stream >> word;) words.push_back(word);
    if (!words.empty()) visit((*match)[1], words);
  }
}

std::string without_prefix(const std::string& name) { return name.starts_with(kPrefix) ? name.substr(7) : name; }

bool is_keyword(const std::string& word) {
  return std::all_of(word.begin(), word.end(), [](char c) { return (c >= 'A' && c <= 'Z') || c == '_'; });
}

Words section(const Words& words, const std::string& keyword) {
  auto first = std::find(words.begin(), words.end(), keyword);
  if (first == words.end()) return {};
  return {first + 1, std::find_if(first + 1, words.end(), is_keyword)};
}

void add_sources(Target& target, const Words& names) {
  for (const std::string& name : names) target.sources.push_back((target.folder / name).lexically_normal());
}

Target* find_target(std::vector<Target>& targets, const std::string& name) {
  const auto found = std::find_if(targets.begin(), targets.end(), [&](const Target& t) { return t.name == name; });
  return found == targets.end() ? nullptr : &*found;
}

void read_list(const fs::path& root, const fs::path& folder, std::vector<Target>& targets) {
  each_command(root / folder / "CMakeLists.txt", [&](const std::string& command, const Words& words) {
    if (command == "stapes_layer" || command == "stapes_tests") {
      Target target{words[0], folder, {}, section(words, "USES"), command == "stapes_layer", {}};
      add_sources(target, section(words, "SOURCES"));
      targets.push_back(target);
    } else if (command == "add_executable") {
      Target target{without_prefix(words[0]), folder, {}, {}, false, {}};
      add_sources(target, {words.begin() + 1, words.end()});
      targets.push_back(target);
    } else if (command == "stapes_isa") {
      const Words named = section(words, "TARGET");
      Target* target = find_target(targets, named.empty() ? "kernels" : without_prefix(named[0]));
      if (target != nullptr) add_sources(*target, section(words, "SOURCES"));
    } else if (command == "target_sources") {
      const bool of_tests = words[0].ends_with(kTestsSuffix);
      const std::string name =
          of_tests ? words[0].substr(0, words[0].size() - kTestsSuffix.size()) : without_prefix(words[0]);
      for (Target& target : targets) {
        if (target.name == name && target.is_layer != of_tests) add_sources(target, section(words, "PRIVATE"));
      }
    } else if (command == "target_precompile_headers") {
      Target* target = find_target(targets, without_prefix(words[0]));
      if (target == nullptr) return;
      for (const char* access : {"PRIVATE", "PUBLIC", "INTERFACE"}) {
        const Words headers = section(words, access);
        target->precompiled.insert(target->precompiled.end(), headers.begin(), headers.end());
      }
    } else if (command == "target_link_libraries") {
      Target* target = find_target(targets, without_prefix(words[0]));
      for (std::size_t i = 1; target != nullptr && i < words.size(); ++i) {
        if (words[i].starts_with(kPrefix) && words[i] != "stapes_strict") target->uses.push_back(words[i].substr(7));
      }
    }
  });
}

std::vector<Target> read_lists(const fs::path& root, const fs::path& parent) {
  std::vector<fs::path> folders;
  if (fs::exists(root / parent)) {
    for (const auto& entry : fs::directory_iterator(root / parent)) {
      if (fs::exists(entry.path() / "CMakeLists.txt")) folders.push_back(parent / entry.path().filename());
    }
  }
  std::sort(folders.begin(), folders.end());
  std::vector<Target> targets;
  for (const fs::path& folder : folders) read_list(root, folder, targets);
  return targets;
}

// The last set(layers ...) is for the whole build. list(APPEND layers ...) adds to it.
std::vector<std::string> read_order(const fs::path& list) {
  std::vector<std::string> order;
  each_command(list, [&](const std::string& command, const Words& words) {
    if (command == "set" && words[0] == "layers") order.assign(words.begin() + 1, words.end());
    if (command == "list" && words.size() > 2 && words[0] == "APPEND" && words[1] == "layers")
      order.insert(order.end(), words.begin() + 2, words.end());
  });
  return order;
}

}  // namespace

SourceTree read_source_tree(const fs::path& root) {
  return {root, read_order(root / "CMakeLists.txt"), read_lists(root, "src"), read_lists(root, "tests")};
}

std::vector<fs::path> code_files(const fs::path& root, const fs::path& folder) {
  std::vector<fs::path> files;
  if (!fs::exists(root / folder)) return files;
  for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
    const std::string extension = entry.path().extension().string();
    if (extension == ".cpp" || extension == ".h" || extension == ".c")
      files.push_back(entry.path().lexically_relative(root));
  }
  std::sort(files.begin(), files.end());
  return files;
}

const Target* owner(const SourceTree& tree, const fs::path& path) {
  const fs::path source = fs::path("src" / path).replace_extension(".cpp");
  const Target* of_folder = nullptr;
  for (const Target& target : tree.layers) {
    if (std::find(target.sources.begin(), target.sources.end(), source) != target.sources.end()) return &target;
    if (target.is_layer && target.name == path.begin()->string()) of_folder = &target;
  }
  return of_folder;
}

std::map<std::string, Names> folder_uses(const SourceTree& tree) {
  std::map<std::string, std::string> folder_of;
  for (const Target& target : tree.layers) folder_of[target.name] = target.folder.filename().string();
  std::map<std::string, Names> uses;
  for (const std::string& layer : tree.order) uses[layer];
  for (const Target& target : tree.layers) {
    const std::string folder = target.folder.filename().string();
    for (const std::string& name : target.uses) {
      if (folder_of.contains(name) && folder_of[name] != folder) uses[folder].insert(folder_of[name]);
    }
  }
  return uses;
}

}  // namespace stapes::house
