// SPDX-License-Identifier: Apache-2.0
// stapes: everything but training. Links no libtorch.
#include "base/scratch.h"
#include "cli/command.h"
#include "cli/quantize_command.h"
#include "cli/training_program.h"
#include "stapes/version.h"

int main(int argc, char** argv) {
  using namespace stapes::cli;
  CLI::App app("Trains, compresses and measures raw-audio classifiers for small processors.", "stapes");
  app.set_version_flag("--version", "stapes " STAPES_VERSION_STRING);
  if (needs_training_program(argc, argv)) {
    return report_errors([&]() -> int { run_training_program(argv); });
  }
  stapes::end_cleanly_on_signals();
  add_data_commands(app);
  add_training_commands(app);
  add_import_torch_command(app);
  add_import_tflite_command(app);
  add_pack_command(app);
  add_quantize_command(app);
  add_info_command(app);
  add_network_command(app);
  add_eval_command(app);
  add_verdict_command(app);
  add_classify_command(app);
  add_run_command(app);
  add_bench_command(app);
  add_export_command(app);
  add_measure_command(app);
  add_study_command(app);
  add_report_command(app);
  add_advise_command(app);
  add_study_cell_command(app);
  return run_app(app, argc, argv);
}
