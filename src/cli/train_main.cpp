// stapes-train: the commands that need libtorch. Users type `stapes train`, `stapes prune`.
#include "cli/command.h"

int main(int argc, char** argv) {
  using namespace stapes::cli;
  CLI::App app("The training commands of stapes.", "stapes");
  app.set_version_flag("--version", "stapes " STAPES_VERSION);
#ifdef STAPES_HAVE_TRAIN_COMMAND
  add_train_command(app);
#endif
#ifdef STAPES_HAVE_PRUNE_COMMAND
  add_prune_command(app);
#endif
  return run_app(app, argc, argv);
}
