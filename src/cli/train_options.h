// train_options.h: the numbers of a recipe as options, the same for train and prune.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <string>

#include "train/train_config.h"

namespace stapes::cli {

struct RecipeOptions {
  std::optional<int> epochs, batch_size, warmup_epochs, activation_epochs, eval_every;
  std::optional<double> learning_rate, weight_decay, dropout, teacher_weight;
  std::optional<std::string> optimizer, schedule;
  std::optional<std::string> teacher;
  std::optional<int> threads;
};

void add_recipe_options(CLI::App& command, const std::shared_ptr<RecipeOptions>& options);

// Overrides what was given; without --eval-every, about 20 evaluations a run. Throws UsageError on a wrong value.
void apply(const RecipeOptions& options, TrainConfig& config);

}  // namespace stapes::cli
