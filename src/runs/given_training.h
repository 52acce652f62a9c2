// SPDX-License-Identifier: Apache-2.0
// given_training.h: the training options (runs/train_options.h) given to `train` or `prune`, and the settings derived
// from them.
#pragma once

#include <cstddef>

#include "runs/given_options.h"
#include "runs/train_config.h"

namespace stapes {

using GivenTraining = GivenOptions<TrainConfig>;

// Applies the given options to a config with a recipe and a network. Defaults: --eval-every, about 20 evaluations per
// run; --ema, an average over about the last 5 % of the steps; --keep-8-bit, as marked in the network. Throws
// UsageError for a wrong value or a binary option on a full-precision network; Error like adopt_background().
//   training_clips  clips in all training folds: determines the number of steps
//   device          the device selected by --device
void apply(const GivenTraining& given, std::size_t training_clips, Device device, TrainConfig& config);

}  // namespace stapes
