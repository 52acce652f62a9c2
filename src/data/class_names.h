// SPDX-License-Identifier: Apache-2.0
// class_names.h: the one rule for names of classes, applied where they come in, so that a name which is imported can be
// trained, packed, printed and exported.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace stapes {

// The form in which names are stored and compared: without blanks at the ends, accents composed (base/text.h).
std::string class_name_of(std::string_view text);

// The names in that form. A name is 1 to kMaxNameBytes bytes (packed/limits.h) of UTF-8 without control characters, and
// no other class has it. Throws Error naming the first that is not so and what mends it.
//   remedy  e.g. "rename its folder"
std::vector<std::string> checked_class_names(const std::vector<std::string>& names, std::string_view remedy);

// A file with one name a line; a byte-order mark, blanks at the ends of lines and empty lines at the end do not count.
// Throws Error for another number of names than `class_count` and like checked_class_names().
std::vector<std::string> read_class_names(const std::filesystem::path& path, int class_count);

}  // namespace stapes
