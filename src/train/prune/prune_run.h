// SPDX-License-Identifier: Apache-2.0
// prune_run.h: prunes a parent by one of four methods; can resume after a kill. arXiv:2103.03483, arXiv:2108.06128.
#pragma once

#include <filesystem>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "data/data_set.h"
#include "runs/prune/prune_plan.h"
#include "runs/run_folder.h"
#include "train/prune/prune_steps.h"

namespace stapes {

// Throws Error if `parent` is binary.
void check_prunable(const TrainedNetwork& parent);

// Throws like check_prunable(), and UsageError naming the limit if the plan prunes too much. `config` is for the
// training that follows; its provenance is part of the packed size.
void check_plan(const PrunePlan& plan, const TrainConfig& config, const TrainedNetwork& parent);

// Trains `run` from its checkpoint if there is one, otherwise from `start`.
using RunTrainer = std::function<void(const RunFolder& run, const TrainedNetwork& start)>;

struct PruneObservers {
  RunTrainer train;  // for the first half of the hybrid method
  PruneObserver step;
};

// The pruning itself, in a temporary work folder. One process at a time.
//   plan.json      the plan; only the same plan can resume
//   state.network  the network after the last complete step
//   sparse         hybrid method: the run of the first half
class PruneWork {
 public:
  // Next to the run folder that pruning creates.
  static std::filesystem::path folder_for(const std::filesystem::path& output);

  // Starts `plan`, or resumes it if the folder holds the same plan. `config` is for the training that follows. Throws
  // Error if the folder holds another plan and must not be replaced, Busy if another process uses the folder.
  PruneWork(std::filesystem::path folder, const PrunePlan& plan, const TrainConfig& config,
            const TrainedNetwork& parent, Existing existing);

  // The result's provenance adds the pruning to the parent's provenance. `training` (without held-out clips) and
  // `backgrounds` belong to the run that follows.
  TrainedNetwork finish(const ClipSet& training, const PruneObservers& observers,
                        const BackgroundMix& backgrounds = {}) const;

  void remove() const;  // call after saving the result

 private:
  TrainedNetwork sparse_network(const RunTrainer& train) const;
  FilterPruning filter_pruning(const TrainedNetwork& start) const;

  std::filesystem::path folder_;
  const PrunePlan& plan_;
  const TrainConfig& config_;
  const TrainedNetwork& parent_;
  std::unique_ptr<FileLock> lock_;
};

}  // namespace stapes
