// SPDX-License-Identifier: Apache-2.0
// stapes-train: the commands of stapes, linked with libtorch.
#include "base/scratch.h"
#include "cli/command.h"
#include "cli/commands.h"
#include "cli/train/training_environment.h"
#include "stapes/version.h"
#include "train/aware_training.h"

int main(int argc, char** argv) {
  using namespace stapes::cli;
  prepare_training_environment(argv);
  CLI::App app("Run all commands of stapes, including those that train", "stapes");
  app.set_version_flag("--version", "stapes " STAPES_VERSION_STRING);
  const TrainingFunctions training = {.train = run_training,
                                      .prune = run_pruning,
                                      .sensitivity = run_sensitivity,
                                      .train_aware = stapes::train_quantization_aware,
                                      .eval_run = eval_run};
  add_commands(app, commands(training), [](const Command&, const CLI::App&) { stapes::end_cleanly_on_signals(); });
  return run_app(app, argc, argv);
}
