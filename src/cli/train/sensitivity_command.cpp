// SPDX-License-Identifier: Apache-2.0
#include "cli/train/sensitivity_command.h"

#include <memory>

namespace stapes::cli {

void add_sensitivity_command(CLI::App& app, const SensitivityFunction& sensitivity) {
  const auto common = std::make_shared<Common>();
  const auto options = std::make_shared<SensitivityOptions>();
  CLI::App* command = add_common(app, "stapes sensitivity runs/fp32 --target cortex-m4 -o runs/sensitivity", common);
  command
      ->add_option("RUN", options->run, "Full-precision run that is the initial network and the teacher of every trial")
      ->required();
  command
      ->add_option("-o,--output", options->output,
                   "Folder for one run per convolution; an interrupted search in it is resumed")
      ->required();
  command->add_option("--epochs", options->epochs, "Epochs per run")
      ->capture_default_str()
      ->check(CLI::Range(1, 10000));
  command->add_option("--target", options->target, "Emulated core to count instructions on")->capture_default_str();
  command->add_option("--candidates", options->candidates, "Maximum number of choices to measure")
      ->capture_default_str()
      ->check(CLI::Range(2, 1000));
  add_threads(*command, options->threads, "Threads of libtorch");
  add_force(*command, common);
  command->callback([=] { sensitivity(*options, *common); });
}

}  // namespace stapes::cli
