// stapes: everything but training. Links no libtorch.
#include "cli/command.h"
#include "cli/training_program.h"

int main(int argc, char** argv) {
  using namespace stapes::cli;
  CLI::App app("Trains, compresses and measures raw-audio classifiers for small processors.", "stapes");
  app.set_version_flag("--version", "stapes " STAPES_VERSION);
  if (argc > 1 && is_training_command(argv[1])) {
    return report_errors([&]() -> int { run_training_program(argv); });
  }
#ifdef STAPES_HAVE_DATA_COMMAND
  add_data_commands(app);
#endif
  add_training_commands(app);
#ifdef STAPES_HAVE_IMPORT_TORCH_COMMAND
  add_import_torch_command(app);
#endif
#ifdef STAPES_HAVE_PACK_COMMAND
  add_pack_command(app);
#endif
#ifdef STAPES_HAVE_QUANTIZE_COMMAND
  add_quantize_command(app);
#endif
#ifdef STAPES_HAVE_INFO_COMMAND
  add_info_command(app);
#endif
#ifdef STAPES_HAVE_EVAL_COMMAND
  add_eval_command(app);
#endif
#ifdef STAPES_HAVE_VERDICT_COMMAND
  add_verdict_command(app);
#endif
#ifdef STAPES_HAVE_CLASSIFY_COMMAND
  add_classify_command(app);
#endif
  return run_app(app, argc, argv);
}
