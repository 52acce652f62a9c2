// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"

#include <fmt/format.h>
#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

namespace stapes {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF", kNoBreakSpace = "\xC2\xA0", kBlanks = " \t\r\n\v\f";

std::string escaped(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) {
    switch (byte) {
      case '\t':
        text += "\\t";
        break;
      case '\n':
        text += "\\n";
        break;
      case '\r':
        text += "\\r";
        break;
      default:
        text += fmt::format("\\x{:02x}", static_cast<unsigned char>(byte));
    }
  }
  return text;
}

std::string shown(std::string_view text, bool keep_line_ends) {
  std::string result;
  while (!text.empty()) {
    const std::string_view before = text;
    const std::optional<char32_t> character = take_character(text);
    const std::string_view bytes = before.substr(0, before.size() - text.size());
    const bool kept = (keep_line_ends && bytes == "\n") || (character && !is_control(*character));
    result += kept ? std::string(bytes) : escaped(bytes);
  }
  return result;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Takes the leading digits off `rest` and returns them without leading zeros.
std::string_view take_number(std::string_view& rest) {
  const auto length = static_cast<std::size_t>(std::find_if_not(rest.begin(), rest.end(), is_digit) - rest.begin());
  std::string_view number = rest.substr(0, length);
  rest.remove_prefix(length);
  number.remove_prefix(std::min(number.find_first_not_of('0'), number.size()));
  return number;
}

}  // namespace

std::optional<char32_t> take_character(std::string_view& rest) {
  utf8proc_int32_t character = -1;
  const auto length = std::min<std::size_t>(rest.size(), 4);
  const auto taken = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(rest.data()),
                                      static_cast<utf8proc_ssize_t>(length), &character);
  rest.remove_prefix(taken > 0 ? static_cast<std::size_t>(taken) : 1);
  return taken > 0 ? std::optional(static_cast<char32_t>(character)) : std::nullopt;
}

bool is_control(char32_t c) {
  const bool c0_or_c1 = c < 0x20 || (c >= 0x7F && c < 0xA0);
  const bool line_or_direction = (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
  return c0_or_c1 || line_or_direction || c == 0xFEFF;
}

std::string printable(std::string_view text) { return shown(text, false); }
std::string printable_lines(std::string_view text) { return shown(text, true); }

std::string_view trimmed(std::string_view text) {
  for (std::size_t before = text.size() + 1; before != text.size();) {
    before = text.size();
    text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
    text = text.substr(0, text.find_last_not_of(kBlanks) + 1);  // npos + 1 = 0
    if (text.starts_with(kNoBreakSpace)) text.remove_prefix(kNoBreakSpace.size());
    if (text.ends_with(kNoBreakSpace)) text.remove_suffix(kNoBreakSpace.size());
  }
  return text;
}

std::string_view without_byte_order_mark(std::string_view text) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  return text;
}

std::string composed(std::string_view text) {
  utf8proc_uint8_t* result = nullptr;
  const auto length =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()), static_cast<utf8proc_ssize_t>(text.size()),
                   &result, static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owned(result, &std::free);
  if (length < 0) return std::string(text);  // not UTF-8: left to other checks
  return std::string(reinterpret_cast<const char*>(result), static_cast<std::size_t>(length));
}

bool comes_before(std::string_view a, std::string_view b) {
  std::string_view rest_a = a, rest_b = b;
  while (!rest_a.empty() && !rest_b.empty()) {
    if (is_digit(rest_a.front()) && is_digit(rest_b.front())) {
      const std::string_view number_a = take_number(rest_a), number_b = take_number(rest_b);
      if (number_a.size() != number_b.size()) return number_a.size() < number_b.size();
      if (number_a != number_b) return number_a < number_b;
    } else {
      if (rest_a.front() != rest_b.front()) return rest_a.substr(0, 1) < rest_b.substr(0, 1);
      rest_a.remove_prefix(1);
      rest_b.remove_prefix(1);
    }
  }
  if (rest_a.empty() != rest_b.empty()) return rest_a.empty();
  return a < b;
}

void replace_all(std::string& text, std::string_view mark, std::string_view by) {
  for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at + by.size())) {
    text.replace(at, mark.size(), by);
  }
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return lower;
}

std::string wrapped(std::string_view text, std::size_t columns, std::string_view prefix) {
  std::string lines, line;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    const std::string_view word = text.substr(at, end - at);
    if (!line.empty() && prefix.size() + line.size() + 1 + word.size() > columns) {
      lines += std::string(prefix) + line + "\n";
      line.clear();
    }
    if (!line.empty()) line += ' ';
    line += word;
    at = end + 1;
  }
  return lines + std::string(prefix) + line + "\n";
}

std::string grouped(std::int64_t value, std::string_view separator) {
  std::string text = std::to_string(value);
  const std::size_t first = value < 0 ? 1 : 0;  // index of the first digit
  for (std::size_t at = text.size(); at > first + 3;) text.insert(at -= 3, separator);
  return text;
}

std::string shell_word(std::string_view text) {
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:+,@%";
  if (!text.empty() && text.find_first_not_of(kPlain) == std::string_view::npos) return std::string(text);
  std::string word = "'";
  for (const char c : text) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return word + "'";
}

std::string for_file_name(std::string_view text) {
  constexpr std::size_t kMaxBytes = 80;
  std::string name;
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view before = rest;
    const std::optional<char32_t> character = take_character(rest);
    const std::string_view bytes = before.substr(0, before.size() - rest.size());
    const char c = bytes.front();
    const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '.' ||
                       c == '-' || (character && bytes.size() > 1 && !is_control(*character));
    if (name.size() + (plain ? bytes.size() : 1) > kMaxBytes) break;
    name += plain ? bytes : "_";
  }
  return name;
}

}  // namespace stapes
