// SPDX-License-Identifier: Apache-2.0
#include "data/class_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <sstream>

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include "packed/limits.h"

namespace stapes {
namespace {

// Empty if the name is valid.
const char* fault_of(std::string_view name) {
  if (name.empty()) return "is empty";
  if (name.size() > static_cast<std::size_t>(kMaxNameBytes)) return "is too long";
  while (!name.empty()) {
    const std::optional<char32_t> character = take_character(name);
    if (!character) return "is not UTF-8";
    if (is_control(*character)) return "has a control character";
  }
  return "";
}

// Printable, at most a line long.
std::string shown_name(std::string_view name) {
  constexpr std::size_t kShownBytes = 60;
  return fmt::format("\"{}{}\"", printable(name.substr(0, kShownBytes)), name.size() > kShownBytes ? "..." : "");
}

}  // namespace

std::string class_name_of(std::string_view text) { return composed(trimmed(text)); }

std::optional<LeadingClass> leading_class(std::string_view list, const std::vector<std::string>& names) {
  for (std::size_t bytes = list.size(); bytes > 0;) {
    const auto found = std::find(names.begin(), names.end(), class_name_of(list.substr(0, bytes)));
    if (found != names.end()) return LeadingClass{static_cast<int>(found - names.begin()), bytes};
    const std::size_t comma = list.rfind(',', bytes - 1);
    bytes = comma == std::string_view::npos ? 0 : comma;
  }
  return std::nullopt;
}

bool is_unknown_class(std::string_view label) { return class_name_of(label) == kUnknownClass; }

bool is_background_class(std::string_view label) { return class_name_of(label) == kBackgroundClass; }

std::vector<std::string> checked_class_names(const std::vector<std::string>& names, std::string_view remedy) {
  std::vector<std::string> checked;
  std::map<std::string, std::string> given_as;  // normalized name -> the first original name
  for (const std::string& given : names) {
    const std::string name = class_name_of(given);
    if (const std::string_view fault = fault_of(name); !fault.empty()) {
      throw Error("class name {} {}; expected 1 to {} bytes of UTF-8 without control characters; {}", shown_name(given),
                  fault, kMaxNameBytes, remedy);
    }
    const auto [before, is_new] = given_as.try_emplace(name, given);
    if (!is_new) {
      throw Error("class name {} occurs twice{}; every class needs a unique name; {}", shown_name(given),
                  before->second == given ? "" : ", with different spaces or differently encoded accents", remedy);
    }
    checked.push_back(name);
  }
  return checked;
}

std::vector<std::string> read_class_names(const std::filesystem::path& path, int class_count) {
  const std::string file = read_text_file(path);
  std::istringstream text{std::string(without_byte_order_mark(file))};
  std::vector<std::string> names;
  for (std::string line; std::getline(text, line);) names.emplace_back(trimmed(line));
  while (!names.empty() && names.back().empty()) names.pop_back();
  if (names.size() != static_cast<std::size_t>(class_count)) {
    throw Error("{} has {} name{}; expected {}, one per line", path.string(), names.size(),
                names.size() == 1 ? "" : "s", class_count);
  }
  return checked_class_names(names, "correct it in " + path.string());
}

}  // namespace stapes
