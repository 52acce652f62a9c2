// SPDX-License-Identifier: Apache-2.0
// diagram.cpp: checks the diagram in src/README.md against CMake. A row is "layer   what it does   <- layers it uses".
// A row with a blank first column continues the row above.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <regex>
#include <sstream>

#include "base/files.h"
#include "house/rules.h"

namespace stapes::house {

namespace {

struct Row {
  std::string layer;
  std::vector<std::string> uses;  // as written
};

std::vector<Row> read_diagram(const std::string& text) {
  static const std::regex block("```\n([\\s\\S]*?)```"), row_form("^([a-z_]*) .*?(?:<-|$)(.*)$");
  std::vector<Row> rows;
  std::smatch match;
  if (!std::regex_search(text, match, block)) return rows;
  std::istringstream lines(match[1].str());
  for (std::string line; std::getline(lines, line);) {
    std::smatch parts;
    if (!std::regex_match(line, parts, row_form)) continue;
    if (parts[1].length() > 0) rows.push_back({parts[1], {}});
    std::istringstream words(parts[2]);
    for (std::string word; !rows.empty() && words >> word;) rows.back().uses.push_back(word);
  }
  return rows;
}

}  // namespace

Violations diagram_differences(const SourceTree& tree) {
  const std::vector<Row> rows = read_diagram(read_text_file(tree.root / "src" / "README.md"));
  std::map<std::string, Names> uses = folder_uses(tree);
  Violations violations;
  std::vector<std::string> layers;
  for (const Row& row : rows) layers.push_back(row.layer);
  if (layers != tree.order)
    violations.push_back(fmt::format("src/README.md: the diagram has the layers {}; CMakeLists.txt has {}",
                                     fmt::join(layers, " "), fmt::join(tree.order, " ")));
  for (const Row& row : rows) {
    if (!uses.contains(row.layer)) continue;
    std::vector<std::string> want;  // in layer order
    for (const std::string& layer : tree.order) {
      if (uses[row.layer].contains(layer)) want.push_back(layer);
    }
    if (row.uses != want)
      violations.push_back(fmt::format("src/README.md: the diagram says {} <- {}; CMake says {} <- {}", row.layer,
                                       fmt::join(row.uses, " "), row.layer, fmt::join(want, " ")));
  }
  return violations;
}

}  // namespace stapes::house
