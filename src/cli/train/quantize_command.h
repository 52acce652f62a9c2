// SPDX-License-Identifier: Apache-2.0
// quantize_command.h: `stapes quantize`. Only stapes-train has the training for --aware.
#pragma once

#include "cli/cli11.h"
#include "compress/aware_training.h"

namespace stapes::cli {

// `trainer`: empty in `stapes`.
void add_quantize_command(CLI::App& app, const AwareTrainer& trainer);

bool quantize_needs_libtorch(const CLI::App& parsed);

}  // namespace stapes::cli
