// SPDX-License-Identifier: Apache-2.0
// text.h: handles untrusted text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace stapes {

// Removes the first character from `rest`, which is not empty, and returns it. For malformed UTF-8, removes one byte
// and returns nothing.
std::optional<char32_t> take_character(std::string_view& rest);

// Characters that can upset a terminal: C0, DEL, C1, line separators, the byte-order mark, and what changes the writing
// direction.
bool is_control(char32_t character);

// Control characters and bytes that are not UTF-8 become escapes such as \t, \n or \x1b.
std::string printable(std::string_view text);
// The same, but keeps line feeds.
std::string printable_lines(std::string_view text);

// Removes blanks, including no-break spaces, at both ends.
std::string_view trimmed(std::string_view text);
// `text` without a leading UTF-8 byte-order mark.
std::string_view without_byte_order_mark(std::string_view text);

// Unicode normalization form NFC, since macOS decomposes the characters of file names. Text that is not UTF-8 is
// unchanged.
std::string composed(std::string_view text);

// Natural order: runs of digits compare as numbers (1, 2, 10); names that differ only in leading zeros, as bytes.
bool comes_before(std::string_view a, std::string_view b);

// ASCII letters only.
std::string lower_case(std::string_view text);

// Keeps letters, digits, '.', '-' and characters beyond ASCII; everything else becomes '_'. At most 80 bytes, without
// splitting a character.
std::string for_file_name(std::string_view text);

// Makes a single pass: does not search inserted text.
void replace_all(std::string& text, std::string_view what, std::string_view by);

// Breaks `text` at blanks into lines of at most `columns` bytes. Each line starts with `prefix` and ends with \n. A
// longer word gets its own line.
std::string wrapped(std::string_view text, std::size_t columns, std::string_view prefix = "");

// 14284214 as "14,284,214".
std::string grouped(std::int64_t value, std::string_view separator = ",");

// Quoted if a POSIX shell would interpret it.
std::string shell_word(std::string_view text);

}  // namespace stapes
