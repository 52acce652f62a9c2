// SPDX-License-Identifier: Apache-2.0
// train_request.h: the request to `stapes train`, and the run config derived from it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "graph/network.h"
#include "runs/chosen_data.h"
#include "runs/given_training.h"
#include "runs/train_config.h"

namespace stapes {

struct TrainRequest {
  DataOptions data;
  GivenTraining given;
  std::string init;                  // starting run; empty: random weights
  std::optional<std::string> model;  // empty: the default for the data
  int window_samples = 0;            // 0: as in `init`, otherwise as in the recipe
  bool binary = false;
  std::uint64_t seed = 1;
};

// The initial network for test fold `fold`, if any.
std::optional<TrainedNetwork> read_start(const TrainRequest& request, int fold);

// Combines recipe, network, data, initial network and options. Does not read the teacher. Throws UsageError if recipe,
// network, data and options disagree on the kind of input or on whether the network is binary.
//   chosen                  the requested data with this run's test fold
//   training_clips, device  see apply() in runs/given_training.h
TrainConfig config_of(const TrainRequest& request, const ChosenData& chosen, std::size_t training_clips,
                      const std::optional<TrainedNetwork>& start, Device device);

}  // namespace stapes
