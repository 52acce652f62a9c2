// SPDX-License-Identifier: Apache-2.0
// run_provenance.h: the provenance of a run's networks (runs/lineage.h).
#pragma once

#include <string>

#include "runs/train_config.h"

namespace stapes {

inline constexpr const char* kAveragedWeights = "averaged weights after the last epoch";  // the longest `selection`

// A JSON object for the network after `epoch`. `selection`: how the epoch was selected.
std::string run_provenance(const TrainConfig& config, int epoch, const std::string& selection);

}  // namespace stapes
