// SPDX-License-Identifier: Apache-2.0
// source_rule.h: which recording a file of a plain folder was cut from.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace stapes {

// By the usual way to number pieces: the name up to a last '-' or '_' that only digits follow ("site3-014.wav" and
// "site3-015.wav" are both of site3), else the name.
std::string numbered_source(const std::string& file_name);

// By a regular expression (ECMAScript) searched for in each file name: its first group, or the whole match when it has
// none. Nothing for a name in which it is not found or matches nothing.
// Throws UsageError when `pattern` is no regular expression, and when it takes too long or too much memory: expressions
// like (a+)+ can take longer than the age of the universe on one name, so the search runs in a process of its own.
std::vector<std::optional<std::string>> match_sources(const std::string& pattern,
                                                      const std::vector<std::string>& file_names);

// By a CSV table with the columns `file` (as in the clip names, with '/') and `source`.
struct SourceTable {
  std::vector<std::optional<std::string>> sources;  // of each name
  std::vector<std::string> absent;                  // "sources.csv line 3: x/y.wav does not exist"
};

// Throws Error naming the line for an empty source or a file listed twice, and when a column is missing.
SourceTable look_up_sources(const std::filesystem::path& csv, const std::vector<std::string>& clip_names);

}  // namespace stapes
