// SPDX-License-Identifier: Apache-2.0
// prune_run.h: what `stapes prune` does before the run it leaves is trained: prunes a parent, by one of four methods,
// and can be killed and go on. arXiv:2103.03483, arXiv:2108.06128.
#pragma once

#include <filesystem>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "compress/budget.h"
#include "data/data_set.h"
#include "train/prune_steps.h"
#include "train/run_folder.h"

namespace stapes {

// weight     L0: the share `ratio` of the weights is kept at 0 while the network is trained; no layer gets smaller
// magnitude  filters, by the sum of their |w|
// taylor     filters, by what the loss would lose to first order
// hybrid     weight pruning first, then filters of that network by `rank`
enum class PruneMethod { kWeight, kMagnitude, kTaylor, kHybrid };

template <>
inline constexpr auto kNames<PruneMethod> = std::to_array<Named<PruneMethod>>({{PruneMethod::kWeight, "weight"},
                                                                               {PruneMethod::kMagnitude, "magnitude"},
                                                                               {PruneMethod::kTaylor, "taylor"},
                                                                               {PruneMethod::kHybrid, "hybrid"}});

inline constexpr double kPublishedWeightRatio = 0.95;
inline constexpr int kPublishedWeightEpochs = 500;

struct PrunePlan {
  PruneMethod method = PruneMethod::kMagnitude;
  PruneScope scope = {};
  double ratio = 0.5;  // of the weights in scope (weight), or of the filters in scope; not used with a budget
  Budget budget = {};  // of the packed int8 model; filters only
  Pace pace = {};      // filters only
  FilterRank rank = FilterRank::kMagnitude;     // magnitude and taylor: of the same name
  double weight_ratio = kPublishedWeightRatio;  // hybrid: of its first half
  int weight_epochs = kPublishedWeightEpochs;
  bool from_scratch = false;  // the pruned widths are trained from random weights

  bool prunes_filters() const { return method != PruneMethod::kWeight; }
};

nlohmann::json to_json(const PrunePlan& plan);
std::string describe(const PrunePlan& plan);  // "method taylor (one-shot: faster than published, ...)"

// Throws Error when `parent` is binary.
void check_prunable(const TrainedNetwork& parent);

// Throws like check_prunable(), and UsageError naming what is reachable when the plan asks too much of `parent`.
// `config` is that of the training to follow: a packed file holds its provenance.
void check_plan(const PrunePlan& plan, const TrainConfig& config, const TrainedNetwork& parent);

// The published numbers of weight pruning: 500 epochs of SGD at 0.01, divided by 10 at 15, 30, 45, 60 and 75 %.
void apply_weight_pruning_recipe(TrainConfig& config);

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
  // Begins, or goes on with the same plan. `config` is that of the training to follow. Throws Error when the folder
  // holds another plan and must not be replaced, Busy when another process works there.
  PruneWork(std::filesystem::path folder, const PrunePlan& plan, const TrainConfig& config,
            const TrainedNetwork& parent, Existing existing);

  // The pruned network. Its provenance is that of the parent, and how it was pruned. Clips as for train().
  TrainedNetwork finish(const ClipSet& training, const ClipSet& test, const PruneObservers& observers) const;

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
