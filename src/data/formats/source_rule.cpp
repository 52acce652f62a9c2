// SPDX-License-Identifier: Apache-2.0
#include "data/formats/source_rule.h"

#include <fmt/format.h>

#include <map>
#include <regex>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "base/process.h"
#include "data/formats/csv.h"

namespace stapes {
namespace {

constexpr int kMatchSeconds = 5;  // a hundred thousand names take less than a second

// The reply is kRefused and the reason, or one NUL-terminated entry per name: kNotFound, or kFound and the source.
constexpr char kRefused = 'r', kFound = 'f', kNotFound = 'n';

std::string search_names(const std::string& pattern, const std::vector<std::string>& file_names) {
  std::string answer;
  try {
    const std::regex expression(pattern, std::regex::ECMAScript);
    for (const std::string& name : file_names) {
      std::smatch match;
      const bool found = std::regex_search(name, match, expression);
      answer += found ? kFound : kNotFound;
      if (found) answer += match[match.size() > 1 ? 1 : 0].str();
      answer += '\0';
    }
  } catch (const std::regex_error& error) {
    answer = kRefused + std::string(error.what());
  }
  return answer;
}

}  // namespace

std::string numbered_source(const std::string& file_name) {
  const std::string stem = std::filesystem::path(file_name).stem().string();
  const std::size_t digits = stem.find_last_not_of("0123456789") + 1;  // npos + 1 = 0
  const bool numbered = digits > 1 && digits < stem.size() && (stem[digits - 1] == '-' || stem[digits - 1] == '_');
  return numbered ? stem.substr(0, digits - 1) : stem;
}

std::vector<std::optional<std::string>> match_sources(const std::string& pattern,
                                                      const std::vector<std::string>& file_names,
                                                      std::string_view option) {
  const std::optional<std::string> answer =
      run_in_copy(kMatchSeconds, [&] { return search_names(pattern, file_names); });
  if (!answer) {
    throw UsageError(
        "{} \"{}\" takes more than {} s of processor time or too much memory on these file names: avoid "
        "nested repeats such as (a+)+ and large counts",
        option, pattern, kMatchSeconds);
  }
  if (answer->starts_with(kRefused)) {
    throw UsageError("{} \"{}\" is not a regular expression: {}", option, pattern, answer->substr(1));
  }
  std::vector<std::optional<std::string>> sources;
  for (std::string_view rest = *answer; !rest.empty();) {
    const std::size_t end = rest.find('\0');
    const std::string_view source = rest.substr(1, end - 1);
    sources.push_back(source.empty() ? std::nullopt : std::optional<std::string>(source));
    rest.remove_prefix(end + 1);
  }
  return sources;
}

SourceTable look_up_sources(const std::filesystem::path& csv, const std::vector<std::string>& clip_names) {
  const CsvTable table(read_text_file(csv), csv.string());
  std::map<std::string_view, std::pair<const CsvRow*, bool>> row_of_file;  // row, and whether a clip used it
  for (const CsvRow& row : table.rows()) {
    const std::string& file = table.at(row, "file");
    if (table.at(row, "source").empty()) table.refuse(row, fmt::format("the source of \"{}\" is empty", file));
    if (!row_of_file.try_emplace(file, &row, false).second) {
      table.refuse(row, fmt::format("file \"{}\" is listed twice", file));
    }
  }
  SourceTable found;
  for (const std::string& name : clip_names) {
    const auto listed = row_of_file.find(name);
    if (listed == row_of_file.end()) {
      found.sources.emplace_back();
    } else {
      listed->second.second = true;
      found.sources.emplace_back(table.at(*listed->second.first, "source"));
    }
  }
  for (const auto& [file, row] : row_of_file) {
    if (row.second) continue;
    found.absent.push_back(fmt::format("{} line {}: {} is not among the clips", csv.string(), row.first->line, file));
  }
  return found;
}

}  // namespace stapes
