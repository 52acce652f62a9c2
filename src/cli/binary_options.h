// SPDX-License-Identifier: Apache-2.0
// binary_options.h: how the binary layers of `stapes train --binary` are built and learn.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <string>

#include "runs/train_config.h"

namespace stapes::cli {

struct BinaryOptions {
  std::optional<std::string> rule, sign_gradient, keep_8_bit;
  bool unscaled = false, rprelu = false, shortcuts = false;
};

void add_binary_options(CLI::App& command, const std::shared_ptr<BinaryOptions>& options);

// Into a config whose recipe is already applied. Throws UsageError when the run is not binary and one of them is given.
void apply(const BinaryOptions& options, TrainConfig& config);

}  // namespace stapes::cli
