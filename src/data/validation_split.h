// SPDX-License-Identifier: Apache-2.0
// validation_split.h: splits training clips into those to learn from and those to select the epoch by.
#pragma once

#include <cstdint>

#include "data/data_set.h"

namespace stapes {

struct TrainingSplit {
  ClipSet training, validation;
};

inline constexpr double kValidationShare = 0.15;

// Holds out about `share` of the clips of every class: whole sources, each class in both parts. Depends on (seed,
// share) and the clips, not on their order. Throws UsageError for a share outside (0, 1), a class with one source, and
// if no such split is found.
//   training  the result of without_fold(), so the test fold is in neither part
TrainingSplit hold_out_validation(const ClipSet& training, double share, std::uint64_t seed);

// Data sets with a published validation list (speech-commands) select the epoch on it. Throws UsageError if there is
// none, or a class is missing on one side.
bool has_published_validation(const ClipSet& training);
TrainingSplit published_validation(const ClipSet& training);

// The published list if there is one, else `share` held out by a seed independent of the run: a run, its teacher and
// its int8 form hold out the same clips.
TrainingSplit split_for_validation(const ClipSet& training, double share);

}  // namespace stapes
