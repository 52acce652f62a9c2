// SPDX-License-Identifier: Apache-2.0
// prune_steps.h: iterative filter pruning: rank, remove the lowest, train a little, rank again. arXiv:2103.03483.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "compress/budget.h"
#include "compress/prune.h"
#include "data/sample_source.h"
#include "runs/prune/prune_plan.h"

namespace stapes {

// The published training after a removal: SGD with momentum 0.9 (no Nesterov, no decay) and rate 1e-3, divided by 10 at
// 50 % and 80 % of the iterations.
inline constexpr int kEpochsAfterRemoval = 2;
double rate_after_removal(std::size_t iteration, std::size_t iterations);

struct FilterPruning {
  FilterRank rank = FilterRank::kMagnitude;
  Pace pace = {};
  PruneScope scope = {};
  int filters_left = 0;               // without a budget: target number of filters in scope
  std::optional<Budget> budget = {};  // stop when the packed int8 model fits
  std::string final_provenance = {};  // with a budget: part of the packed file
  int batch_size = 64;
  double dropout = 0.2;
  std::uint64_t seed = 1;
  int threads = 0;  // of libtorch; 0 = all
};

struct PruneProgress {
  int step = 0;          // completed
  int filters_left = 0;  // in scope, like the next two
  int filters_at_start = 0;
  int filters_at_end = 0;  // with a budget: the fewest possible
};
using PruneObserver = std::function<void(const PruneProgress&)>;

// Prunes `network` to the target. Writes the network to `state` after each step and resumes from an existing file, with
// bit-identical results. Use one state file per (network, pruning, samples). Throws Error if training diverges.
TrainedNetwork prune_filters(const TrainedNetwork& network, const FilterPruning& pruning, const SampleSource& samples,
                             const std::filesystem::path& state, const PruneObserver& observer);

}  // namespace stapes
