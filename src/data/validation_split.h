// SPDX-License-Identifier: Apache-2.0
// validation_split.h: holds out training clips for validation.
#pragma once

#include <cstdint>

#include "data/data_set.h"

namespace stapes {

struct TrainingSplit {
  ClipSet training, validation;
};

inline constexpr double kValidationShare = 0.15;

// Holds out about `share` of the clips of every class. Never splits a source; each class is in both parts. The result
// does not depend on the order of the clips. Throws UsageError for a share outside (0, 1), a class with one source, and
// if no such split is found.
//   training  the result of without_fold(), so the test fold is in neither part
TrainingSplit hold_out_validation(const ClipSet& training, double share, std::uint64_t seed);

// The published validation part (as in speech-commands). Throws UsageError if there is none or a class is missing from
// one part.
bool has_published_validation(const ClipSet& training);
TrainingSplit published_validation(const ClipSet& training);

// The published part if there is one; otherwise holds out `share` with a fixed seed, so a run, its teacher and its int8
// version hold out the same clips.
TrainingSplit split_for_validation(const ClipSet& training, double share);

}  // namespace stapes
