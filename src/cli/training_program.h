// SPDX-License-Identifier: Apache-2.0
// training_program.h: the commands that need libtorch. `stapes` does not link it (0.5 s to load): it becomes
// stapes-train, with the same arguments.
#pragma once

#include <CLI/CLI.hpp>

namespace stapes::cli {

// Lists train and prune in `stapes --help`.
void add_training_commands(CLI::App& app);

// Whether the arguments ask for what needs libtorch: train, prune, quantize --aware, or eval of a run folder.
bool needs_training_program(int argc, char** argv);

// Replaces this process by stapes-train, looked for beside this program, then in PATH. Returns only by throwing Error:
// this build has none.
[[noreturn]] void run_training_program(char** argv);

}  // namespace stapes::cli
