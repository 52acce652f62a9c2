// SPDX-License-Identifier: Apache-2.0
// prune_run.h: what `stapes prune` does before the run it leaves is trained: prunes a parent, by one of four methods,
// and can be killed and go on. arXiv:2103.03483, arXiv:2108.06128.
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

// Throws Error when `parent` is binary.
void check_prunable(const TrainedNetwork& parent);

// Throws like check_prunable(), and UsageError naming what is reachable when the plan asks too much of `parent`.
// `config` is that of the training to follow: a packed file holds its provenance.
void check_plan(const PrunePlan& plan, const TrainConfig& config, const TrainedNetwork& parent);

// Trains a run from `start`, or from its checkpoint if it has one.
using RunTrainer = std::function<void(const RunFolder& run, const TrainedNetwork& start)>;

struct PruneObservers {
  RunTrainer train;  // for the first half of hybrid
  PruneObserver step;
};

// The pruning itself, in a work folder that is there as long as it takes. One process at a time.
//   plan.json      what is being done; another plan does not go on from it
//   state.network  after the last whole step
//   sparse         hybrid: the run of its first half
class PruneWork {
 public:
  // Next to the run folder that pruning leaves.
  static std::filesystem::path folder_for(const std::filesystem::path& output);

  // Begins, or goes on with the same plan. `config` is that of the training to follow. Throws Error when the folder
  // holds another plan and must not be replaced, Busy when another process works there.
  PruneWork(std::filesystem::path folder, const PrunePlan& plan, const TrainConfig& config,
            const TrainedNetwork& parent, Existing existing);

  // The pruned network. Its provenance is that of the parent, and how it was pruned. `training`: the clips that the run
  // to follow trains on, none of those it holds out; `backgrounds`: its own.
  TrainedNetwork finish(const ClipSet& training, const PruneObservers& observers,
                        const BackgroundMix& backgrounds = {}) const;

  void remove() const;  // when the result is safe

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
