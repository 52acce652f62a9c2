// SPDX-License-Identifier: Apache-2.0
// train_command.h: `stapes train`. Only stapes-train can run it.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "cli/cli11.h"
#include "cli/command.h"
#include "runs/train_request.h"

namespace stapes::cli {

struct TrainOptions {
  TrainRequest request;
  std::optional<std::string> folds;
  bool prepare = false;
  std::filesystem::path output, resume;
};

using TrainFunction = std::function<void(const TrainOptions& options, const Common& common)>;

// stapes-train only. Trains a new run or new folds; with `resume`, existing ones.
void run_training(const TrainOptions& options, const Common& common);

// `train`: empty in `stapes`.
void add_train_command(CLI::App& app, const TrainFunction& train);

}  // namespace stapes::cli
