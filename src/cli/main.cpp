// SPDX-License-Identifier: Apache-2.0
// stapes: does not link libtorch; runs stapes-train for commands that need it.
#include "base/scratch.h"
#include "cli/command.h"
#include "cli/commands.h"
#include "cli/train/training_program.h"
#include "stapes/version.h"

int main(int argc, char** argv) {
  using namespace stapes::cli;
  CLI::App app("Train, compress and measure raw-audio classifiers for small processors", "stapes");
  app.set_version_flag("--version", "stapes " STAPES_VERSION_STRING);
  add_commands(app, commands({}), [argv](const Command& command, const CLI::App& parsed) {
    const bool is_accepted = parsed.remaining_size() == 0;  // otherwise run_app() reports unknown arguments
    if (is_accepted && command.needs_libtorch(parsed)) run_training_program(command.name, argv);
    stapes::end_cleanly_on_signals();
  });
  return run_app(app, argc, argv);
}
