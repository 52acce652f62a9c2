// SPDX-License-Identifier: Apache-2.0
// source_rule.h: rules for the source of a file in a plain folder.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace stapes {

// The name up to a last '-' or '_' that only digits follow ("site3-014.wav" -> "site3"), otherwise the name without
// extension.
std::string numbered_source(const std::string& file_name);

// Searches each file name for an ECMAScript regular expression. Returns the first group, or the match if there are no
// groups; nullopt for no match or an empty one. Runs in a separate process, since patterns like (a+)+ may never end.
// Throws UsageError if `pattern` is invalid or takes too much time or memory.
std::vector<std::optional<std::string>> match_sources(const std::string& pattern,
                                                      const std::vector<std::string>& file_names);

// Sources from a CSV table with the columns `file` (as in the clip names, with '/') and `source`.
struct SourceTable {
  std::vector<std::optional<std::string>> sources;  // one per clip name
  std::vector<std::string> absent;                  // "sources.csv line 3: x/y.wav does not exist"
};

// Throws Error naming the line for an empty source or a duplicate file, and if a column is missing.
SourceTable look_up_sources(const std::filesystem::path& csv, const std::vector<std::string>& clip_names);

}  // namespace stapes
