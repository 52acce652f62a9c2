// SPDX-License-Identifier: Apache-2.0
// run_provenance.h: the provenance of a run's networks (runs/lineage.h).
#pragma once

#include <string>

#include "runs/train_config.h"

namespace stapes {

inline constexpr const char* kAveragedWeights = "averaged weights after the last epoch";  // the longest `selection`

// Provenance of the network after `epoch`, selected by `selection`. A JSON object.
std::string run_provenance(const TrainConfig& config, int epoch, const std::string& selection);

}  // namespace stapes
