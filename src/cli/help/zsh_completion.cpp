// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/text.h"
#include "cli/help/completion.h"

namespace stapes::cli {
namespace {

// Escaped for use inside '...'.
std::string quoted(std::string text) {
  replace_all(text, "'", "'\\''");
  return text;
}

// Escaped for a specification of _arguments, where brackets and colons are special.
std::string plain(std::string text) {
  replace_all(text, "\\", "\\\\");
  for (const char* special : {"[", "]", ":"}) replace_all(text, special, std::string("\\") + special);
  return quoted(text);
}

std::string function_name(const CommandText& command) {
  std::string name = "_" + command.name;
  for (const char* separator : {" ", "-"}) replace_all(name, separator, "_");
  return name;
}

// ":LR: " or ":SCHEDULE:(steps cosine)"
std::string value_part(const OptionText& option, const std::string& what) {
  const std::string action = !option.choices.empty() ? fmt::format("({})", fmt::join(option.choices, " "))
                             : option.takes_file()   ? "_files"
                                                     : " ";
  return fmt::format(":{}:{}", plain(what), action);
}

std::string option_line(const OptionText& option) {
  std::vector<std::string> spellings;
  for (const std::string& name : option.names) {
    const char* joined = option.is_flag() ? "" : name.starts_with("--") ? "=" : "+";
    spellings.push_back(name + joined);
  }
  const std::string rest =
      fmt::format("[{}]{}", plain(option.help), option.is_flag() ? "" : value_part(option, option.value));
  const std::string names = fmt::format("{}", fmt::join(option.names, " "));
  const std::string before = option.repeatable ? "*" : "(" + names + ")";
  if (spellings.size() == 1) return fmt::format("    '{}{}{}'", before, spellings.front(), rest);
  return fmt::format("    '{}'{{{}}}'{}'", before, fmt::join(spellings, ","), rest);
}

std::string positional_line(const OptionText& positional, std::size_t position) {
  const std::string where = positional.repeatable ? "*" : std::to_string(position);
  return fmt::format("    '{}{}'", where, value_part(positional, positional.names.front()));
}

std::vector<std::string> argument_lines(const CommandText& command) {
  std::vector<std::string> lines;
  for (const OptionText& option : command.options) lines.push_back(option_line(option));
  for (std::size_t i = 0; i < command.positionals.size(); ++i) {
    lines.push_back(positional_line(command.positionals[i], i + 1));
  }
  return lines;
}

std::string leaf_function(const CommandText& command) {
  return fmt::format("{}() {{\n  _arguments -s \\\n{}\n}}\n\n", function_name(command),
                     fmt::join(argument_lines(command), " \\\n"));
}

// A command with subcommands: completes their names, then the arguments of the one given.
std::string choosing_function(const CommandText& command) {
  std::string names, cases;
  for (const CommandText& below : command.commands) {
    names += fmt::format("    '{}:{}'\n", below.last_name(), quoted(below.help));
    cases += fmt::format("        {}) {} ;;\n", below.last_name(), function_name(below));
  }
  return fmt::format(
      "{}() {{\n  local curcontext=\"$curcontext\" state line\n  typeset -A opt_args\n"
      "  local -a commands\n  commands=(\n{}  )\n"
      "  _arguments -C \\\n{} \\\n    '1: :->command' \\\n    '*:: :->arguments'\n"
      "  case $state in\n    command) _describe -t commands 'command' commands ;;\n"
      "    arguments)\n      case $line[1] in\n{}      esac\n      ;;\n  esac\n}}\n\n",
      function_name(command), names, fmt::join(argument_lines(command), " \\\n"), cases);
}

std::string functions(const CommandText& command) {
  std::string text = command.commands.empty() ? leaf_function(command) : choosing_function(command);
  for (const CommandText& below : command.commands) text += functions(below);
  return text;
}

}  // namespace

std::string zsh_completion(const CommandText& program) {
  return "#compdef stapes\n# Completes the command line of stapes in zsh. Made by `stapes completion zsh`.\n\n" +
         functions(program) +
         "if [ \"$funcstack[1]\" = \"_stapes\" ]; then\n  _stapes \"$@\"\nelse\n  compdef _stapes stapes\nfi\n";
}

}  // namespace stapes::cli
