// SPDX-License-Identifier: Apache-2.0
// train_options.h: the numbers of a recipe as options, the same for train and prune.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runs/train_config.h"

namespace stapes::cli {

struct RecipeOptions {
  std::optional<int> epochs, batch_size, warmup_epochs, activation_epochs, eval_every;
  std::optional<double> learning_rate, weight_decay, dropout, teacher_weight, checkpoint_seconds;
  std::optional<std::string> optimizer, schedule;
  std::optional<std::string> teacher;
  std::optional<int> threads;
  std::optional<double> momentum, step_divisor, max_stretch, max_gain_db, ema_decay, validation_share;
  std::optional<std::vector<double>> milestones;
  std::optional<std::string> select, device, precision;
  bool tf32_gradients = false;
};

void add_recipe_options(CLI::App& command, const std::shared_ptr<RecipeOptions>& options);

// Overrides what was given; without --eval-every, about 20 evaluations a run; without --ema, an average over about the
// last 5 % of the steps. Throws UsageError on a wrong value.
//   training_clips  of all training folds: what the number of steps follows from
void apply(const RecipeOptions& options, std::size_t training_clips, TrainConfig& config);

// Completes config.teacher, if one was given: the same fold's run of a k-fold folder, an absolute path, its provenance
// and its hash.
void adopt_teacher(TrainConfig& config);

}  // namespace stapes::cli
