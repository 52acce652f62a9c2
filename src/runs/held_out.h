// SPDX-License-Identifier: Apache-2.0
// held_out.h: divides a run's training folds into clips to train on and clips to select the best epoch on.
#pragma once

#include <string>

#include "data/data_set.h"
#include "runs/train_config.h"

namespace stapes {

struct DividedClips {
  ClipSet training;
  ClipSet choosing;  // to choose the best epoch
};

// Select::kTest: trains on all of `training` and selects on `test`. Otherwise: holds out the published validation list,
// if any, or config.validation_share of the clips. Keeps each source in one part and ignores the seed. Throws
// UsageError if a class has too few sources.
DividedClips divide(const TrainConfig& config, const ClipSet& training, const ClipSet& test);

// Whether a network with this provenance was trained on clips that `config` holds out, which biases the selection.
// False if unknown.
bool trained_on_validation_clips(const std::string& provenance, const TrainConfig& config);

}  // namespace stapes
