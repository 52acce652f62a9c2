// SPDX-License-Identifier: Apache-2.0
#include "cli/help/command_text.h"

#include <algorithm>
#include <set>

namespace stapes::cli {
namespace {

std::vector<std::string> names_of(const std::set<CLI::Option*>& options) {
  std::vector<std::string> names;
  for (const CLI::Option* option : options) names.push_back(option->get_name());
  std::ranges::sort(names);
  return names;
}

std::vector<std::string> names_of(const CLI::Option& option) {
  if (option.get_positional()) return {option.get_name(true)};
  std::vector<std::string> names;
  for (const std::string& name : option.get_snames()) names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) names.push_back("--" + name);
  return names;
}

// CLI11 returns "INT:INT in [1 - 256]", "TEXT:{a,b}" and "FLOAT:0 to 1".
void read_type(const std::string& type, OptionText& text) {
  const std::size_t colon = std::min(type.find(':'), type.size());
  text.value = type.substr(0, colon);
  text.limits = type.substr(std::min(colon + 1, type.size()));
  if (text.choices.empty()) text.choices = choices_in(text.limits);
  if (!text.choices.empty()) text.limits.clear();
  if (text.limits.starts_with(text.value + " ")) text.limits.erase(0, text.value.size() + 1);
}

OptionText describe_option(const CLI::Option& option) {
  OptionText text;
  text.names = names_of(option);
  text.help = option.get_description();
  text.group = option.get_group();
  text.needs = names_of(option.get_needs());
  text.excludes = names_of(option.get_excludes());
  text.required = option.get_required();
  text.repeatable = option.get_expected_max() > 1;
  if (option.get_items_expected_max() == 0) return text;
  text.choices = choices_in(text.help);
  text.usual = option.get_default_str();
  read_type(option.get_type_name(), text);
  return text;
}

}  // namespace

const std::string& OptionText::name() const {
  const auto found = std::ranges::find_if(names, [](const std::string& name) { return name.starts_with("--"); });
  return found == names.end() ? names.front() : *found;
}

bool OptionText::takes_file() const {
  static const std::set<std::string_view> kPaths = {kPathType, "CSV", "DATA", "DIR", "NETWORK", "PLAN"};
  return choices.empty() && kPaths.contains(value);
}

std::vector<std::string> choices_in(const std::string& help) {
  const std::size_t open = help.rfind('{'), close = help.rfind('}');
  if (open == std::string::npos || close == std::string::npos || close < open) return {};
  std::vector<std::string> words(1);
  for (const char c : help.substr(open + 1, close - open - 1)) {
    if (c == ',') {
      words.emplace_back();
    } else if (c != ' ') {
      words.back() += c;
    }
  }
  return words;
}

CommandText describe(const CLI::App& app) {
  CommandText text;
  for (const CLI::App* above = &app; above != nullptr; above = above->get_parent()) {
    text.name = above->get_name() + (text.name.empty() ? "" : " " + text.name);
  }
  text.help = app.get_description();
  text.group = app.get_group();
  text.example = app.get_footer();
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_group().empty()) continue;
    (option->get_positional() ? text.positionals : text.options).push_back(describe_option(*option));
  }
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (!command->get_group().empty()) text.commands.push_back(describe(*command));
  }
  return text;
}

}  // namespace stapes::cli
