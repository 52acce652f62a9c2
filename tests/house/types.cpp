// SPDX-License-Identifier: Apache-2.0
// types.cpp: no two headers define different types of the same name. The linker would merge functions generated for the
// two, such as those of std::vector.
#include <fmt/format.h>

#include <map>
#include <regex>

#include "base/files.h"
#include "house/rules.h"

namespace stapes::house {

// Finds types defined at the start of a line: no nested types, declarations or specializations.
// Skips headers with an unnamed namespace, since their types are not shared. Otherwise the first namespace counts.
Violations types_of_one_name(const SourceTree& tree) {
  static const std::regex namespace_form("(?:^|\n)namespace ([a-z:_]+) \\{");
  static const std::regex type_form("(?:^|\n)(?:struct|class|enum class) ([A-Z]\\w*)(?: final)?(?: : [^;{]+)? \\{");
  std::map<std::string, std::string> first;
  Violations violations;
  for (const std::filesystem::path& file : code_files(tree.root, "src")) {
    if (file.extension() != ".h") continue;
    const std::string text = read_text_file(tree.root / file);
    std::smatch space;
    if (text.find("\nnamespace {\n") != std::string::npos || !std::regex_search(text, space, namespace_form)) continue;
    for (std::sregex_iterator type(text.begin(), text.end(), type_form), end; type != end; ++type) {
      const std::string name = space[1].str() + "::" + (*type)[1].str();
      const auto [entry, is_new] = first.try_emplace(name, file.string());
      if (!is_new) violations.push_back(fmt::format("{}: defines {}, as {} does", file.string(), name, entry->second));
    }
  }
  return violations;
}

}  // namespace stapes::house
