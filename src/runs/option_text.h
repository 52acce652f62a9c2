// SPDX-License-Identifier: Apache-2.0
// option_text.h: options as text for --help, messages and docs/.
#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "base/error.h"
#include "runs/option.h"

namespace stapes {

template <class T>
struct OptionValue {
  using type = T;
};
template <class T>
struct OptionValue<std::optional<T>> {
  using type = T;
};

// The type of the member that `get` returns, without std::optional.
template <class Settings, class Get>
using ValueOf = typename OptionValue<std::remove_cvref_t<std::invoke_result_t<const Get&, Settings&>>>::type;

// "0.3,0.6,0.9", "steps"; empty for flags and absent values.
template <class Value>
std::string value_text(const Value& value) {
  if constexpr (std::is_same_v<Value, bool>) {
    return "";
  } else if constexpr (NamedEnum<Value>) {
    return to_string(value);
  } else if constexpr (std::is_arithmetic_v<Value>) {
    return fmt::format("{:g}", static_cast<double>(value));
  } else if constexpr (requires { value.has_value(); }) {
    return value ? value_text(*value) : "";
  } else if constexpr (std::is_convertible_v<Value, std::string>) {
    return value;
  } else {
    return fmt::format("{}", fmt::join(value, ","));
  }
}

// "steps, one-cycle or cosine"; for numbers the bounds; otherwise empty.
template <class Settings, class Value>
std::string choices_text(const Option<Settings>& option) {
  if constexpr (NamedEnum<Value>) {
    std::vector<std::string> names = names_of<Value>();
    if (*option.word != '\0') names.insert(names.begin(), option.word);
    return alternatives(names);
  } else {
    return option.bounds.text();
  }
}

template <class Settings, class Get>
std::string default_text(const Option<Settings>& option, const Get& get, unsigned command) {
  if (command == kPrune && *option.usual_of_prune != '\0') return option.usual_of_prune;
  if (*option.usual != '\0') return option.usual;
  const Settings initial{};
  return value_text(get(initial));
}

// "Optimizer {sgd, adam, adamw} (default sgd)"
template <class Settings, class Get>
std::string help_text(const Option<Settings>& option, const Get& get, unsigned command) {
  using Value = ValueOf<Settings, Get>;
  std::string text = option.help;
  if constexpr (NamedEnum<Value>) {
    std::vector<std::string> names = names_of<Value>();
    if (*option.word != '\0') names.insert(names.begin(), option.word);
    text += " " + braced(names);
  }
  if (*option.unit != '\0') text += fmt::format(", in {}", option.unit);
  const std::string usual = default_text(option, get, command);
  return usual.empty() ? text : fmt::format("{} (default {})", text, usual);
}

// Throws UsageError for the first number out of bounds.
template <class Settings>
void check_bounds(const Settings& settings) {
  visit_options(OptionsOf<Settings>{}, [&](const Option<Settings>& option, const auto& get) {
    const auto& value = get(settings);
    if constexpr (std::is_arithmetic_v<std::remove_cvref_t<decltype(value)>>) {
      if (option.bounds.contain(static_cast<double>(value))) return;
      throw UsageError("--{} is {}; expected {}", option.name, value, option.bounds.text());
    }
  });
}

// Markdown tables of the options of `train` and `prune`, and of `quantize`.
std::string training_option_tables();
std::string quantization_option_tables();

}  // namespace stapes
