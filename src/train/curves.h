// SPDX-License-Identifier: Apache-2.0
// curves.h: charts of a run's metrics over the epochs.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "runs/train_config.h"

namespace stapes {

// Returns an SVG. `metrics`: the lines of metrics.jsonl (RunFolder::metrics).
std::string training_curves(const std::vector<nlohmann::json>& metrics, const TrainConfig& config);

}  // namespace stapes
