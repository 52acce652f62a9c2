// SPDX-License-Identifier: Apache-2.0
#include "runs/held_out.h"

#include <nlohmann/json.hpp>

#include "data/validation_split.h"

namespace stapes {
DividedClips divide(const TrainConfig& config, const ClipSet& training, const ClipSet& test) {
  if (!holds_out(config.select)) return {training, test};
  TrainingSplit split = split_for_validation(training, config.validation_share);
  return {std::move(split.training), std::move(split.validation)};
}

bool trained_on_validation_clips(const std::string& provenance, const TrainConfig& config) {
  if (!holds_out(config.select)) return false;
  const auto parent = nlohmann::json::parse(provenance, nullptr, /*allow_exceptions=*/false);
  if (!parent.is_object() || !parent.contains("data_hash") || parent["data_hash"] != config.data_hash) return false;
  return !parent.contains("validation_share") || parent["validation_share"] != config.validation_share;
}

}  // namespace stapes
