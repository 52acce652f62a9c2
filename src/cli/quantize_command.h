// SPDX-License-Identifier: Apache-2.0
// quantize_command.h: `stapes quantize`, in both programs: only stapes-train has the training for --aware.
#pragma once

#include <CLI/CLI.hpp>

#include "cli/aware_quantization.h"

namespace stapes::cli {

// Without a trainer --aware is only listed in the help: `stapes` hands such commands to stapes-train
// (training_program.h).
void add_quantize_command(CLI::App& app, const AwareTrainer& trainer = {});

}  // namespace stapes::cli
