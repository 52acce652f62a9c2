// SPDX-License-Identifier: Apache-2.0
// prune_plan.h: what `stapes prune` removes, how and how fast. arXiv:2103.03483, arXiv:2108.06128.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "base/names.h"
#include "compress/budget.h"
#include "compress/prune.h"

namespace stapes {

enum class FilterRank { kMagnitude, kTaylor };

template <>
inline constexpr auto kNames<FilterRank> = std::to_array<Named<FilterRank>>({{FilterRank::kMagnitude, "magnitude"},
                                                                             {FilterRank::kTaylor, "taylor"}});

// Filters removed per step. 2 epochs of training follow each step, except with one-shot.
struct Pace {
  int filters = 0;  // 0 = all at once, without training

  static Pace exact() { return {1}; }  // as published
  bool one_shot() const { return filters == 0; }
};

Pace parse_pace(const std::string& name);  // "exact", "step:K", "one-shot"; throws UsageError listing them
std::string to_string(const Pace& pace);
std::string describe(const Pace& pace);  // compared with the published schedule

// weight     L0: keeps the share `ratio` of the weights at 0 during training; layers keep their sizes
// magnitude  filters, by the sum of their |w|
// taylor     filters, by their first-order effect on the loss
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
  double ratio = 0.5;                           // share of weights (weight) or filters to remove; unused with a budget
  Budget budget = {};                           // of the packed int8 model; filters only
  Pace pace = {};                               // filters only
  FilterRank rank = FilterRank::kMagnitude;     // set by the methods magnitude and taylor
  double weight_ratio = kPublishedWeightRatio;  // hybrid: share of weights removed before the filters
  int weight_epochs = kPublishedWeightEpochs;
  bool from_scratch = false;  // train the pruned widths from random weights

  bool prunes_filters() const { return method != PruneMethod::kWeight; }
};

// Options given to `stapes prune`; others follow from the method.
struct PruneSettings {
  PruneMethod method = PruneMethod::kMagnitude;
  std::string scope = "network";
  std::optional<double> ratio, weight_ratio;
  std::optional<int> weight_epochs;
  std::optional<std::string> flash, ram, macs, pace;
  std::optional<FilterRank> rank;
  bool from_scratch = false;
};

// Sets all but the scope, which needs the network. Throws UsageError for options that do not suit the method.
PrunePlan plan_of(const PruneSettings& settings);

nlohmann::json to_json(const PrunePlan& plan);
std::string describe(const PrunePlan& plan);  // "method taylor (one-shot: faster than published, ...)"

}  // namespace stapes
