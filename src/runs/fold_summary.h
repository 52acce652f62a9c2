// SPDX-License-Identifier: Apache-2.0
// fold_summary.h: the results of k-fold cross-validation.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "evaluate/mean_interval.h"
#include "graph/network_input.h"
#include "runs/train_result.h"

namespace stapes {

struct FoldResult {
  int fold = 0;
  std::string run;                    // run folder
  std::optional<TrainResult> result;  // none: not finished
};

// Means over finished folds. `ema` only if all of them kept averaged weights.
struct FoldSummary {
  std::vector<FoldResult> folds;
  std::optional<MeanInterval> last, ema, best;  // percent; empty: no finished fold
};

FoldSummary summarize(std::vector<FoldResult> folds);

nlohmann::json to_json(const FoldSummary& summary);

// One line per fold, then mean and interval with a note on their reliability.
std::string fold_table(const FoldSummary& summary, InputKind kind);

}  // namespace stapes
