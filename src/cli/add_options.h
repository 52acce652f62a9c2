// SPDX-License-Identifier: Apache-2.0
// add_options.h: adds the options of a table (runs/option.h) to a command line.
#pragma once

#include <fmt/format.h>

#include <functional>
#include <memory>
#include <string>

#include "cli/cli11.h"
#include "runs/given_options.h"
#include "runs/option_text.h"

namespace stapes::cli {

// Adds one option. Parsing rejects unknown names of enumeration values.
template <class Settings, class Get>
CLI::Option* add_option(CLI::App& command, const Option<Settings>& option, const Get& get, const std::string& help,
                        const std::shared_ptr<GivenOptions<Settings>>& given) {
  using Value = ValueOf<Settings, Get>;
  std::string names = fmt::format("--{}", option.name);
  if (*option.older_name != '\0') names += fmt::format(",--{}", option.older_name);
  if (option.parse != nullptr) {
    const std::function<void(const std::string&)> read = [=](const std::string& text) {
      given->add(option, text, [=](Settings& settings) { option.parse(settings, text); });
    };
    return command.add_option_function(names, read, help);
  } else if constexpr (std::is_same_v<Value, bool>) {
    const Settings initial{};
    const bool value = !get(initial);  // a flag inverts the default
    return command.add_flag_callback(
        names, [=] { given->add(option, "", [=](Settings& settings) { get(settings) = value; }); }, help);
  } else if constexpr (NamedEnum<Value>) {
    const std::function<void(const std::string&)> read = [=](const std::string& text) {
      if (*option.word != '\0' && text == option.word) return given->add(option, text, [](Settings&) {});
      const std::string what = fmt::format("--{} value", option.name);
      const Value value =
          *option.word != '\0' ? parse_name<Value>(text, what, {option.word}) : parse_name<Value>(text, what);
      given->add(option, text, [=](Settings& settings) { get(settings) = value; });
    };
    return command.add_option_function(names, read, help);
  } else {
    const std::function<void(const Value&)> read = [=](const Value& value) {
      given->add(option, value_text(value), [=](Settings& settings) { get(settings) = value; });
    };
    CLI::Option* added = command.add_option_function(names, read, help);
    if (option.is_path) added->type_name(kPathType);
    if constexpr (requires(Value v) { v.push_back(typename Value::value_type{}); } &&
                  !std::is_same_v<Value, std::string>) {
      added->delimiter(',')->allow_extra_args(false);  // otherwise it consumes DATA
    }
    return added;
  }
}

// Adds all options that the command `who` takes, grouped under headings.
template <class Settings>
void add_options(CLI::App& command, unsigned who, const std::shared_ptr<GivenOptions<Settings>>& given) {
  visit_options(OptionsOf<Settings>{}, [&](const Option<Settings>& option, const auto& get) {
    if (!option.takes(who)) return;
    add_option(command, option, get, help_text(option, get, who), given)->group(to_string(option.group));
  });
}

}  // namespace stapes::cli
