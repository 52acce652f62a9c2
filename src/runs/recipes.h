// SPDX-License-Identifier: Apache-2.0
// recipes.h: published training recipes and ours, as presets of a TrainConfig. Options override them.
#pragma once

#include <string>
#include <vector>

#include "runs/train_config.h"

namespace stapes {

// clang-format off
// esc, us8k, audioevent  full precision (arXiv:2103.03483): KL divergence to the mixed label, SGD with Nesterov
//                        momentum 0.9, weight decay 5e-4, batch 64, lr 0.1 divided by 10 at 30, 60, 90 % of the
//                        epochs, the first 10 epochs at lr / 10; 2000, 1200, 1500 epochs
// xnor-paper             binary by the paper's rule (arXiv:2108.06128): Adam, lr 1e-3, weight decay 1e-4, cosine to 0,
//                        2000 epochs
// xnor                   binary by our default rule: the same, except lr 5e-3 and 100 epochs
// cifar, cifar-xnor      images (arXiv:2108.06128), full precision and binary by the paper's rule: like esc and
//                        xnor-paper, but 400 epochs, cosine to 0 without warm-up, no Nesterov and no dropout
// clang-format on
std::vector<std::string> recipe_names();

// Sets config.recipe, optimizer, schedule, rates, epochs, whether the network is binary, and its rule. Throws
// UsageError listing the names.
void apply_recipe(const std::string& name, TrainConfig& config);

// As published: 500 epochs of SGD at 0.01, divided by 10 at 15, 30, 45, 60 and 75 %.
void apply_weight_pruning_recipe(TrainConfig& config);

bool is_for_images(const std::string& recipe);

// The published window: 30225 samples at 20 kHz and 66650 at 44.1 kHz (1.51 s); for audioevent 51215 at 16 kHz.
// Otherwise 1 s.
int default_window_samples(const std::string& recipe, int sample_rate_hz);

}  // namespace stapes
