// SPDX-License-Identifier: Apache-2.0
// given_training.h: training options given to `train` or `prune`, and settings derived from them.
#pragma once

#include <cstddef>

#include "runs/given_options.h"
#include "runs/train_config.h"

namespace stapes {

using GivenTraining = GivenOptions<TrainConfig>;

// Applies the options to a config with a recipe and a network. Defaults: about 20 evaluations per run, weights averaged
// over about the last 5 % of the steps, 8-bit layers as marked in the network. Throws UsageError for a wrong value or a
// binary option on a full-precision network, and Error where adopt_background() does.
//   training_clips  clips in all training folds
//   device          as selected by --device
void apply(const GivenTraining& given, std::size_t training_clips, Device device, TrainConfig& config);

}  // namespace stapes
