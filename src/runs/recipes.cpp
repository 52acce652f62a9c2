// SPDX-License-Identifier: Apache-2.0
#include "runs/recipes.h"

#include <algorithm>
#include <array>

#include "base/names.h"
#include "graph/network_input.h"
#include "runs/prune/prune_plan.h"

namespace stapes {
namespace {

struct Recipe {
  const char* name;
  int epochs;
  bool binary;
  BinaryRule rule;
  double learning_rate;
  bool images = false;
};

constexpr std::array kRecipes = {
    Recipe{"esc", 2000, false, BinaryRule::kDefault, 0.1},
    Recipe{"us8k", 1200, false, BinaryRule::kDefault, 0.1},
    Recipe{"audioevent", 1500, false, BinaryRule::kDefault, 0.1},
    Recipe{"xnor-paper", 2000, true, BinaryRule::kPaper, 1e-3},
    Recipe{"xnor", 100, true, BinaryRule::kDefault, 5e-3},
    Recipe{"cifar", 400, false, BinaryRule::kDefault, 0.1, true},
    Recipe{"cifar-xnor", 400, true, BinaryRule::kPaper, 1e-3, true},
};

}  // namespace

std::vector<std::string> recipe_names() {
  std::vector<std::string> names;
  for (const Recipe& recipe : kRecipes) names.emplace_back(recipe.name);
  return names;
}

void apply_recipe(const std::string& name, TrainConfig& config) {
  const auto* recipe = std::find_if(kRecipes.begin(), kRecipes.end(), [&](const Recipe& r) { return name == r.name; });
  if (recipe == kRecipes.end()) refuse_unknown_name("recipe", name, recipe_names());
  config.recipe = name;
  config.epochs = recipe->epochs;
  config.spec.binary = recipe->binary;
  config.rule = recipe->rule;
  recipe->binary ? apply_binary_recipe(config) : apply_full_precision_recipe(config);
  if (recipe->images) apply_image_recipe(config);
  config.learning_rate = recipe->learning_rate;
}

void apply_weight_pruning_recipe(TrainConfig& config) {
  config.recipe = "none";
  config.optimizer = OptimizerKind::kSgd;
  config.momentum = 0.9;
  config.schedule = Schedule::kSteps;
  config.learning_rate = 0.01;
  config.milestones = {0.15, 0.3, 0.45, 0.6, 0.75};
  config.step_divisor = 10;
  config.warmup_epochs = 0;
  config.epochs = kPublishedWeightEpochs;
  config.ema_decay = 0;
}

bool is_for_images(const std::string& name) {
  return std::any_of(kRecipes.begin(), kRecipes.end(), [&](const Recipe& r) { return name == r.name && r.images; });
}

int default_window_samples(const std::string& recipe, int sample_rate_hz) {
  if (sample_rate_hz == 16000 && recipe == "audioevent") return 51215;
  return usual_window_samples(sample_rate_hz);
}

}  // namespace stapes
