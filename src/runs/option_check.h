// SPDX-License-Identifier: Apache-2.0
// option_check.h: checks a textual value against the table of options.
#pragma once

#include <fmt/format.h>

#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/number.h"
#include "runs/option_text.h"

namespace stapes {

template <class Number>
std::string number_problem(const Bounds& bounds, std::string_view text) {
  const std::optional<Number> number = number_in<Number>(text);
  if (!number) return fmt::format("expected a {}number, got '{}'", std::is_integral_v<Number> ? "whole " : "", text);
  if (bounds.contain(static_cast<double>(*number))) return "";
  return fmt::format("'{}' is out of range; expected {}", text, bounds.text());
}

// What is wrong with `text`; empty if the text alone shows no problem.
template <class Value, class Settings>
std::string value_problem(const Option<Settings>& option, const std::string& text) {
  if constexpr (std::is_same_v<Value, bool>) {
    return text.empty() ? "" : fmt::format("expected true or false, got '{}'", text);
  } else if constexpr (NamedEnum<Value>) {
    if (value_called<Value>(text) || (*option.word != '\0' && text == option.word)) return "";
    return fmt::format("unknown value '{}'; choose {}", text, choices_text<Settings, Value>(option));
  } else if constexpr (std::is_arithmetic_v<Value>) {
    return number_problem<Value>(option.bounds, text);
  } else {
    return text.empty() ? "expected a value" : "";
  }
}

// `name` may be an older name. `text` is empty if a plan sets a flag to true.
template <class Settings>
std::string option_problem(const std::string& name, const std::string& text) {
  std::string problem;
  visit_options(OptionsOf<Settings>{}, [&](const Option<Settings>& option, const auto& get) {
    if (!option.is_option() || (name != option.name && name != option.older_name)) return;
    problem = value_problem<ValueOf<Settings, std::remove_cvref_t<decltype(get)>>>(option, text);
  });
  return problem;
}

}  // namespace stapes
