// SPDX-License-Identifier: Apache-2.0
// command_text.h: the commands and their options as text, read from the CLI11 declarations. Completion scripts and man
// pages are generated from it, so they match the program.
#pragma once

#include <string>
#include <vector>

#include "cli/cli11.h"

namespace stapes::cli {

struct OptionText {
  std::vector<std::string> names;    // "-o", "--output"; for a positional "MODEL"
  std::string value;                 // "TEXT", "INT"; empty: a flag
  std::string limits;                // "in [1 - 256]"
  std::vector<std::string> choices;  // of values; empty: any
  std::string help;                  // as declared, often with the default
  std::string usual;                 // the default, if not in the help
  std::string group;                 // heading in --help
  std::vector<std::string> needs, excludes;
  bool required = false, repeatable = false;

  const std::string& name() const;  // the long name, in its current spelling
  bool is_flag() const { return value.empty(); }
  bool takes_file() const;
};

struct CommandText {
  std::string name;   // "stapes data import"
  std::string help;   // one line
  std::string group;  // heading in the --help of the command above
  std::string example;
  std::vector<OptionText> positionals, options;
  std::vector<CommandText> commands;  // without hidden ones

  std::string last_name() const { return name.substr(name.rfind(' ') + 1); }
};

// `app` and all its subcommands.
CommandText describe(const CLI::App& app);

// The words in the last braces of a help text, "Optimizer {sgd, adam} (default sgd)": the format in which option tables
// (runs/option_text.h) list choices.
std::vector<std::string> choices_in(const std::string& help);

}  // namespace stapes::cli
