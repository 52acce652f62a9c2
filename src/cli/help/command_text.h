// SPDX-License-Identifier: Apache-2.0
// command_text.h: commands and options as text, read from the CLI11 declarations for completion scripts and man pages.
#pragma once

#include <string>
#include <vector>

#include "cli/cli11.h"

namespace stapes::cli {

struct OptionText {
  std::vector<std::string> names;    // "-o", "--output"; "MODEL" for a positional
  std::string value;                 // "TEXT", "INT"; empty: a flag
  std::string limits;                // "in [1 - 256]"
  std::vector<std::string> choices;  // of values; empty: any
  std::string help;                  // may include the default
  std::string usual;                 // the default, if not in `help`
  std::string group;                 // heading in --help
  std::vector<std::string> needs, excludes;
  bool required = false, repeatable = false;

  const std::string& name() const;  // the current long name
  bool is_flag() const { return value.empty(); }
  bool takes_file() const;
};

struct CommandText {
  std::string name;   // "stapes data import"
  std::string help;   // one line
  std::string group;  // heading in the parent's --help
  std::string example;
  std::vector<OptionText> positionals, options;
  std::vector<CommandText> commands;  // without hidden ones

  std::string last_name() const { return name.substr(name.rfind(' ') + 1); }
};

// Includes all subcommands.
CommandText describe(const CLI::App& app);

// The words in the last braces of a help text (runs/option_text.h), e.g. "Optimizer {sgd, adam} (default sgd)".
std::vector<std::string> choices_in(const std::string& help);

}  // namespace stapes::cli
