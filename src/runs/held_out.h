// SPDX-License-Identifier: Apache-2.0
// held_out.h: divides a run's training folds into clips to train on and clips to select the best epoch on.
#pragma once

#include <string>

#include "data/data_set.h"
#include "runs/train_config.h"

namespace stapes {

struct DividedClips {
  ClipSet training;
  ClipSet choosing;  // evaluated during training to choose the best epoch
};

// With Select::kTest, trains on all of `training` and selects on `test`. Otherwise holds out the published validation
// list or, without one, the share config.validation_share of the clips, without splitting a source. Every seed holds
// out the same clips. Throws UsageError if a class has too few sources for both parts.
DividedClips divide(const TrainConfig& config, const ClipSet& training, const ClipSet& test);

// Whether a network with this provenance was trained on clips that `config` holds out to select the best epoch. If so,
// the selection is optimistic (the test fold is unaffected). False if the provenance does not say.
bool trained_on_validation_clips(const std::string& provenance, const TrainConfig& config);

}  // namespace stapes
