// SPDX-License-Identifier: Apache-2.0
// prune_request.h: the request to `stapes prune`, its parent and the configs of the training that follows.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "graph/network.h"
#include "runs/chosen_data.h"
#include "runs/given_training.h"
#include "runs/prune/prune_plan.h"

namespace stapes {

struct PruneRequest {
  std::filesystem::path parent, output;
  GivenOptions<PruneSettings> pruning;
  DataOptions data;  // without a path: the data of the parent's run
  GivenTraining training;
  std::uint64_t seed = 1;
};

// The weights to prune, their run's recipe, and the requested data or else the run's.
struct PruneParent {
  TrainedNetwork network;
  TrainConfig config;
  std::unique_ptr<ChosenData> chosen;
};

// Throws Error if the weights do not belong to their folder's run or do not fit the data.
PruneParent read_prune_parent(const PruneRequest& request);

// The config for training after pruning, still with the parent's widths. Does not read the teacher. Presets that the
// options override:
//   filters                  one cycle over half the parent's epochs at a low learning rate
//   filters, --from-scratch  the parent's recipe
//   weights                  the published settings
TrainConfig config_after_pruning(const PruneRequest& request, const PruneParent& parent, const PrunePlan& plan,
                                 Device device);

// Completes `config` for the run folder `output`. Training starts from the pruned network or from random weights of
// the same widths.
TrainConfig config_of_pruned(TrainConfig config, const PrunePlan& plan, const TrainedNetwork& pruned,
                             const std::filesystem::path& output);

}  // namespace stapes
