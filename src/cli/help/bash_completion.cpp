// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/help/completion.h"

namespace stapes::cli {
namespace {

// The cases of the three functions, keyed by the words between the program and the cursor.
struct Tables {
  std::string commands, options, values;
};

// Without the program name: "data import"; empty: the program itself.
std::string below_program(const CommandText& command) {
  const std::size_t space = command.name.find(' ');
  return space == std::string::npos ? "" : command.name.substr(space + 1);
}

std::string value_words(const OptionText& option) {
  if (!option.choices.empty()) return fmt::format("{}", fmt::join(option.choices, " "));
  return option.takes_file() ? "@file" : "@value";
}

std::string case_line(const std::string& pattern, const std::string& words) {
  return fmt::format("    {}) REPLY=\"{}\" ;;\n", pattern, words);
}

std::string position_pattern(const std::string& command, std::size_t position, const OptionText& option) {
  return option.repeatable ? fmt::format("\"{} \"[0-9]*", command) : fmt::format("\"{} {}\"", command, position);
}

void add_cases(const CommandText& command, Tables& tables) {
  const std::string name = below_program(command);
  std::vector<std::string> below, options;
  for (const CommandText& other : command.commands) below.push_back(other.last_name());
  if (!below.empty()) tables.commands += case_line('"' + name + '"', fmt::format("{}", fmt::join(below, " ")));
  for (const OptionText& option : command.options) {
    options.push_back(option.name());
    if (option.is_flag()) continue;
    std::vector<std::string> patterns;
    for (const std::string& spelling : option.names) patterns.push_back(fmt::format("\"{} {}\"", name, spelling));
    tables.values += case_line(fmt::format("{}", fmt::join(patterns, " | ")), value_words(option));
  }
  tables.options += case_line('"' + name + '"', fmt::format("{}", fmt::join(options, " ")));
  for (std::size_t i = 0; i < command.positionals.size(); ++i) {
    const OptionText& positional = command.positionals[i];
    tables.values += case_line(position_pattern(name, i + 1, positional), value_words(positional));
  }
  for (const CommandText& other : command.commands) add_cases(other, tables);
}

std::string function(const char* name, const std::string& cases) {
  return fmt::format("{}() {{\n  REPLY=\"\"\n  case \"$1\" in\n{}  esac\n}}\n\n", name, cases);
}

// bash puts a word "=" between an option and its value if it splits there (COMP_WORDBREAKS).
constexpr const char* kComplete = R"sh(_stapes() {
  local current="${COMP_WORDS[COMP_CWORD]}" command="" option="" prefix="" words="" position=1 i word REPLY
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="${COMP_WORDS[i]}"
    if [[ "$word" == "=" ]]; then
      continue
    elif [[ -n "$option" ]]; then
      option=""
    elif [[ "$word" == --*=* ]]; then
      continue
    elif [[ "$word" == -?* ]]; then
      _stapes_values "$command $word"
      [[ -n "$REPLY" ]] && option="$word"
    else
      _stapes_commands "$command"
      if [[ " $REPLY " == *" $word "* ]]; then
        command="${command:+$command }$word"
      else
        position=$((position + 1))
      fi
    fi
  done
  [[ "$current" == "=" ]] && current=""
  if [[ -z "$option" && "$current" == --*=* ]]; then
    option="${current%%=*}"
    prefix="$option="
    current="${current#*=}"
  fi
  if [[ -n "$option" ]]; then
    _stapes_values "$command $option"
  elif [[ "$current" == -* ]]; then
    _stapes_options "$command"
  else
    _stapes_commands "$command"
    [[ -z "$REPLY" ]] && _stapes_values "$command $position"
  fi
  words="$REPLY"
  if [[ "$words" == "@file" ]]; then
    compopt -o filenames 2>/dev/null
    while IFS= read -r word; do COMPREPLY+=("$prefix$word"); done < <(compgen -f -- "$current")
  elif [[ "$words" != "@value" ]]; then
    while IFS= read -r word; do COMPREPLY+=("$prefix$word"); done < <(compgen -W "$words" -- "$current")
  fi
}

complete -F _stapes stapes
)sh";

}  // namespace

std::string bash_completion(const CommandText& program) {
  Tables tables;
  add_cases(program, tables);
  return "# Completes the command line of stapes in bash. Made by `stapes completion bash`.\n\n"
         "# Each sets REPLY for the words of a command, such as \"data import\".\n" +
         function("_stapes_commands", tables.commands) + function("_stapes_options", tables.options) +
         "# For a command and an option, or a command and a position from 1: words, @file, or @value for anything "
         "else.\n" +
         function("_stapes_values", tables.values) + kComplete;
}

}  // namespace stapes::cli
