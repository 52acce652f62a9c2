// SPDX-License-Identifier: Apache-2.0
// new_pruning.h: reads and checks a request for `stapes prune`, and writes the run folder for training.
#pragma once

#include <filesystem>

#include "base/files.h"
#include "runs/prune/prune_request.h"
#include "train/training_inputs.h"

namespace stapes {

struct NewPruning {
  PrunePlan plan;
  PruneParent parent;
  TrainConfig config;  // for training after pruning, with the parent's widths
  TrainingInputs inputs;
};

// Reads parent and teacher once and checks the request. Writes nothing.
NewPruning new_pruning(const PruneRequest& request);

// Writes a run folder with the pruned network, for training with `stapes train --resume`.
RunFolder create_pruned_run(const NewPruning& pruning, const TrainedNetwork& pruned,
                            const std::filesystem::path& output, Existing existing);

}  // namespace stapes
