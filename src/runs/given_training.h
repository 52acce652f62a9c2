// SPDX-License-Identifier: Apache-2.0
// given_training.h: the options of training (runs/train_options.h) that `train` or `prune` was given, and the settings
// that follow from them.
#pragma once

#include <cstddef>

#include "runs/given_options.h"
#include "runs/train_config.h"

namespace stapes {

using GivenTraining = GivenOptions<TrainConfig>;

// Overrides what was given, in a config whose recipe and network are there. Without --eval-every, about 20 evaluations
// a run; without --ema, an average over about the last 5 % of the steps; without --keep-8-bit, what the network says.
// Of --background, opens the data set. Throws UsageError on a wrong value, and on an option of binary networks for
// another; Error like adopt_background().
//   training_clips  of all training folds: what the number of steps follows from
//   device          what --device means on this machine
void apply(const GivenTraining& given, std::size_t training_clips, Device device, TrainConfig& config);

}  // namespace stapes
