// SPDX-License-Identifier: Apache-2.0
// stapes-train: the commands that need libtorch. Users type `stapes train`, `stapes prune`.
#include "base/scratch.h"
#include "cli/command.h"
#include "cli/quantize_command.h"
#include "cli/training_environment.h"
#include "stapes/version.h"
#include "train/aware_training.h"

int main(int argc, char** argv) {
  using namespace stapes::cli;
  prepare_training_environment(argv);
  stapes::end_cleanly_on_signals();
  CLI::App app("The training commands of stapes.", "stapes");
  app.set_version_flag("--version", "stapes " STAPES_VERSION_STRING);
  add_train_command(app);
  add_prune_command(app);
  add_quantize_command(app, stapes::train_quantization_aware);
  add_eval_run_command(app);
  return run_app(app, argc, argv);
}
