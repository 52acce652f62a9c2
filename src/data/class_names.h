// SPDX-License-Identifier: Apache-2.0
// class_names.h: checks class names on import.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stapes {

// Reserved (docs/guides/listening.md): sounds of no other class, and background without events.
inline constexpr std::string_view kUnknownClass = "unknown", kBackgroundClass = "background";

bool is_unknown_class(std::string_view label);
bool is_background_class(std::string_view label);

// Names are stored and compared trimmed, with composed accents (base/text.h).
std::string class_name_of(std::string_view text);

// Returns the names in the form of class_name_of(). A name is unique and has 1 to kMaxNameBytes bytes (packed/limits.h)
// of UTF-8 without control characters. Throws Error with the first invalid name and the remedy.
//   remedy  e.g. "rename its folder"
std::vector<std::string> checked_class_names(const std::vector<std::string>& names, std::string_view remedy);

// The class at the start of a list such as "dog,cat".
struct LeadingClass {
  int label = 0;          // index in `names`
  std::size_t bytes = 0;  // length in the list
};

// The longest name that ends at a comma or at the end of the list: names may contain commas.
//   names  in the form of class_name_of()
std::optional<LeadingClass> leading_class(std::string_view list, const std::vector<std::string>& names);

// One name per line. Ignores a byte-order mark, surrounding blanks and empty lines at the end. Throws Error like
// checked_class_names(), and unless there are `class_count` names.
std::vector<std::string> read_class_names(const std::filesystem::path& path, int class_count);

}  // namespace stapes
