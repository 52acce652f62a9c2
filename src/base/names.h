// SPDX-License-Identifier: Apache-2.0
// names.h: names of enumeration values in options and files. Each enumeration has a table:
//   template <>
//   inline constexpr auto kNames<Schedule> = std::to_array<Named<Schedule>>({{Schedule::kSteps, "steps"}, ...});
#pragma once

#include <array>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stapes {

template <class Enum>
struct Named {
  Enum value;
  const char* name;
};

template <class Enum>
inline constexpr std::array<Named<Enum>, 0> kNames = {};

template <class Enum>
concept NamedEnum = kNames<Enum>
.size() > 0;

template <NamedEnum Enum>
constexpr const char* to_string(Enum value) {
  for (const Named<Enum>& named : kNames<Enum>) {
    if (named.value == value) return named.name;
  }
  return "";
}

template <NamedEnum Enum>
std::vector<std::string> names_of() {
  std::vector<std::string> names;
  for (const Named<Enum>& named : kNames<Enum>) names.emplace_back(named.name);
  return names;
}

// "a, b or c"
std::string alternatives(const std::vector<std::string>& names);
// "a, b and c"
std::string conjunction(const std::vector<std::string>& names);

// "{a, b, c}"; shell completion extracts option values from this format
std::string braced(const std::vector<std::string>& names);

// "unknown WHAT 'x'; choose a, b or c". With a long list, also suggests the nearest name.
std::string unknown_name(std::string_view what, std::string_view name, const std::vector<std::string>& known);
[[noreturn]] void refuse_unknown_name(std::string_view what, std::string_view name, std::vector<std::string> known);

template <NamedEnum Enum>
constexpr std::optional<Enum> value_called(std::string_view name) {
  for (const Named<Enum>& named : kNames<Enum>) {
    if (name == named.name) return named.value;
  }
  return std::nullopt;
}

// Throws UsageError for an unknown name. `also`: further words for the message; the caller handles them.
template <NamedEnum Enum>
Enum parse_name(std::string_view name, std::string_view what, std::initializer_list<const char*> also = {}) {
  if (const std::optional<Enum> value = value_called<Enum>(name)) return *value;
  std::vector<std::string> known = names_of<Enum>();
  known.insert(known.begin(), also.begin(), also.end());
  refuse_unknown_name(what, name, std::move(known));
}

}  // namespace stapes
