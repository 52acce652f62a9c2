// SPDX-License-Identifier: Apache-2.0
// text.h: text that comes from outside: names of files and classes, lines of tables.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace stapes {

// Takes the first character off `rest`: one of well-formed UTF-8, or nothing and one byte where there is none.
// Precondition: `rest` is not empty.
std::optional<char32_t> take_character(std::string_view& rest);

// What a terminal obeys instead of showing it: C0, DEL, C1, line separators, marks that reverse the writing direction.
bool is_control(char32_t character);

// `text` as it may be printed: control characters and bytes that are not UTF-8 appear as \t, \n, \r or \x1b.
std::string printable(std::string_view text);
// The same for text of several lines.
std::string printable_lines(std::string_view text);

// Without blanks (also no-break spaces) at both ends.
std::string_view trimmed(std::string_view text);
// Without the byte-order mark that Windows programs write in front of UTF-8.
std::string_view without_byte_order_mark(std::string_view text);

// Unicode's form NFC: a letter and the accents that follow it become one character where there is one. macOS names
// files in the long form, other systems in the short one. Text that is not UTF-8 stays as it is.
std::string composed(std::string_view text);

// An order of names in which runs of digits count as numbers: 1, 2, 10; names of equal numbers in byte order.
bool comes_before(std::string_view a, std::string_view b);

}  // namespace stapes
