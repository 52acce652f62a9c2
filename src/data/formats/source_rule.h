// SPDX-License-Identifier: Apache-2.0
// source_rule.h: rules for the source of a file in a plain folder.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stapes {

// The name up to its last '-' or '_' if only digits follow ("site3-014.wav" -> "site3"), otherwise the name without
// extension.
std::string numbered_source(const std::string& file_name);

// Searches each file name for a regular expression (ECMAScript). Returns the first group, or the whole match if there
// is no group; nothing for a name without a match or with an empty match. Throws UsageError if `pattern` is invalid or
// takes too long or too much memory; the search runs in a separate process, since patterns like (a+)+ may never end.
//   option  names the pattern in error messages
std::vector<std::optional<std::string>> match_sources(const std::string& pattern,
                                                      const std::vector<std::string>& file_names,
                                                      std::string_view option = "--source-pattern");

// Sources from a CSV table with the columns `file` (as in the clip names, with '/') and `source`.
struct SourceTable {
  std::vector<std::optional<std::string>> sources;  // one per clip name
  std::vector<std::string> absent;                  // "sources.csv line 3: x/y.wav is not among the clips"
};

// Throws Error naming the line for an empty source or a duplicate file, and if a column is missing.
SourceTable look_up_sources(const std::filesystem::path& csv, const std::vector<std::string>& clip_names);

}  // namespace stapes
