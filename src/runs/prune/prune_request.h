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

// The weights to prune, with the data and recipe of their run or, if the request names data, with that data.
struct PruneParent {
  TrainedNetwork network;
  TrainConfig config;
  std::unique_ptr<ChosenData> chosen;
};

// Throws Error if the weights do not belong to the run in their folder, or do not fit the data.
PruneParent read_prune_parent(const PruneRequest& request);

// The config for training after pruning, still with the parent's widths. Filter pruning: one cycle over half the
// parent's epochs at a low learning rate; with --from-scratch, the parent's whole recipe. Weight pruning: the published
// settings. Options override these. Does not read the teacher.
//   device  the device selected by --device
TrainConfig config_after_pruning(const PruneRequest& request, const PruneParent& parent, const PrunePlan& plan,
                                 Device device);

// Completes `config` for the run folder `output`: training starts from its pruned network, or from random weights of
// the same widths.
TrainConfig config_of_pruned(TrainConfig config, const PrunePlan& plan, const TrainedNetwork& pruned,
                             const std::filesystem::path& output);

}  // namespace stapes
