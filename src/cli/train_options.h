// SPDX-License-Identifier: Apache-2.0
// train_options.h: the options of training (runs/train_options.h), the same for train and prune.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/given_options.h"
#include "runs/train_config.h"

namespace stapes::cli {

using GivenTraining = GivenOptions<TrainConfig>;

void add_training_options(CLI::App& command, unsigned who, const std::shared_ptr<GivenTraining>& given);

// Overrides what was given, in a config whose recipe and network are there. Without --eval-every, about 20 evaluations
// a run; without --ema, an average over about the last 5 % of the steps; without --keep-8-bit, what the network says.
// Throws UsageError on a wrong value, and on an option of binary networks for another.
//   training_clips  of all training folds: what the number of steps follows from
void apply(const GivenTraining& given, std::size_t training_clips, TrainConfig& config);

// Completes config.teacher, if one was given: the same fold's run of a k-fold folder, an absolute path, its provenance
// and its hash. Returns the teacher.
std::optional<TrainedNetwork> adopt_teacher(TrainConfig& config);

}  // namespace stapes::cli
