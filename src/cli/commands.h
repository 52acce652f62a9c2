// SPDX-License-Identifier: Apache-2.0
// commands.h: the table of all commands. `stapes` does not link libtorch, which takes 0.5 s to load. It runs
// stapes-train for commands that need libtorch.
#pragma once

#include <functional>
#include <vector>

#include "cli/cli11.h"
#include "cli/eval_command.h"
#include "cli/train/prune_command.h"
#include "cli/train/sensitivity_command.h"
#include "cli/train/train_command.h"
#include "compress/aware_training.h"

namespace stapes::cli {

// Functions that need libtorch; empty in `stapes`.
struct TrainingFunctions {
  TrainFunction train;
  PruneFunction prune;
  SensitivityFunction sensitivity;
  AwareTrainer train_aware;  // quantize --aware
  RunEvaluator eval_run;     // eval of a run
};

struct Command {
  const char* name;
  const char* help;   // one line
  const char* group;  // heading in `stapes --help`; empty: not listed
  // Declares the options, an example and the action.
  std::function<void(CLI::App& command)> add;
  std::function<bool(const CLI::App& parsed)> needs_libtorch;
};

// In the order of `stapes --help`.
std::vector<Command> commands(const TrainingFunctions& training);

// Adds the commands to `stapes`. Once a command's options are parsed, calls `before` and, if that returns, runs the
// command.
using BeforeCommand = std::function<void(const Command& command, const CLI::App& parsed)>;
void add_commands(CLI::App& app, const std::vector<Command>& commands, const BeforeCommand& before);

}  // namespace stapes::cli
