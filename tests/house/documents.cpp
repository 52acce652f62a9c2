// SPDX-License-Identifier: Apache-2.0
// documents.cpp: files named in documents exist, and links lead to a page and heading.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <regex>
#include <sstream>

#include "base/files.h"
#include "house/rules.h"

namespace stapes::house {

namespace fs = std::filesystem;

namespace {

// README.md and other pages at the top, src/README.md and docs/; relative to the root, sorted.
std::vector<fs::path> documents(const SourceTree& tree) {
  std::vector<fs::path> found;
  const auto add = [&](const fs::path& path) {
    if (path.extension() == ".md") found.push_back(path.lexically_relative(tree.root));
  };
  for (const auto& entry : fs::directory_iterator(tree.root)) add(entry.path());
  if (fs::exists(tree.root / "src" / "README.md")) add(tree.root / "src" / "README.md");
  if (fs::exists(tree.root / "docs")) {
    for (const auto& entry : fs::recursive_directory_iterator(tree.root / "docs")) add(entry.path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

// Without code blocks, in which # and [] mean something else.
std::string prose_of(const fs::path& page) {
  std::istringstream lines(read_text_file(page));
  std::string prose;
  bool in_code = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("```")) {
      in_code = !in_code;
    } else if (!in_code) {
      prose += line + "\n";
    }
  }
  return prose;
}

// The anchor that GitHub gives a heading: lower case, without punctuation, with - for spaces.
std::string anchor_of(const std::string& heading) {
  static const std::regex link("\\[([^\\]]*)\\]\\([^)]*\\)");
  std::string anchor;
  for (const char c : std::regex_replace(heading, link, "$1")) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-') {
      anchor += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    } else if (c == ' ') {
      anchor += '-';
    }
  }
  return anchor;
}

bool has_heading(const fs::path& page, const std::string& anchor) {
  static const std::regex form("(?:^|\n)#+ +([^\n]*)");
  const std::string text = prose_of(page);
  for (std::sregex_iterator match(text.begin(), text.end(), form), end; match != end; ++match) {
    if (anchor_of((*match)[1]) == anchor) return true;
  }
  return false;
}

}  // namespace

Violations missing_files(const SourceTree& tree) {
  static const std::regex path_form("\\b((?:src|tests|include|firmware)/[a-z0-9_/-]+\\.(?:h|cpp|c|fbs|ld|txt|md))\\b");
  static const std::regex layer_path_form("`([a-z]+/[\\w/]+\\.(?:h|cpp))`");  // without src/
  Violations violations;
  const auto check = [&](const fs::path& document, const std::regex& form, const std::string& folder) {
    const std::string text = read_text_file(tree.root / document);
    for (std::sregex_iterator match(text.begin(), text.end(), form), end; match != end; ++match) {
      const std::string file = folder + (*match)[1].str();
      if (fs::exists(tree.root / file)) continue;
      violations.push_back(fmt::format("{}: names {}, which is not there", document.string(), file));
    }
  };
  for (const auto& document : documents(tree)) {
    if (document == "CHANGELOG.md") continue;  // names files of earlier versions
    check(document, path_form, "");
    if (document.filename() == "architecture.md" || document == "src/README.md")
      check(document, layer_path_form, "src/");
  }
  return violations;
}

Violations broken_links(const SourceTree& tree) {
  static const std::regex form("\\]\\(([^)\\s]+)\\)");
  Violations violations;
  for (const auto& document : documents(tree)) {
    const std::string text = prose_of(tree.root / document);
    for (std::sregex_iterator match(text.begin(), text.end(), form), end; match != end; ++match) {
      const std::string link = (*match)[1];
      if (link.find(':') != std::string::npos) continue;  // https:, mailto:
      const std::size_t hash = std::min(link.find('#'), link.size());
      const fs::path page =
          hash == 0 ? tree.root / document : (tree.root / document).parent_path() / link.substr(0, hash);
      if (!fs::exists(page)) {
        violations.push_back(fmt::format("{}: links to {}, which is not there", document.string(), link));
      } else if (hash < link.size() && page.extension() == ".md" && !has_heading(page, link.substr(hash + 1))) {
        violations.push_back(fmt::format("{}: links to {}, which has no such heading", document.string(), link));
      }
    }
  }
  return violations;
}

}  // namespace stapes::house
