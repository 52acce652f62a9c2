// SPDX-License-Identifier: Apache-2.0
// paired.h: the difference between two series on the same clips, with its uncertainty
// (docs/explanation/study-statistics.md).
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>

#include "study/results/bootstrap.h"
#include "study/results/study_results.h"

namespace stapes {

// A judgement is one clip in one cell: with two seeds each series judges a clip twice.
struct PairedDifference {
  double first = 0, second = 0;  // percent correct over all judgements, so larger folds count more
  double difference = 0;         // percentage points, first - second
  // Bootstrap over sources. A drawn source brings all its clips in all cells. Empty if there is only one source.
  std::optional<Interval> interval_95;
  int draws = 0;
  int cells = 0;  // pairs of cells, one per fold and seed
  int judgements = 0, sources = 0;

  // McNemar's test of equal accuracy. Valid only if every source has one judgement. Otherwise the p value is too small.
  int only_first_right = 0, only_second_right = 0;
  double mcnemar_p = 1;
  bool mcnemar_apt = false;

  bool is_clear() const { return interval_95 && (interval_95->low > 0 || interval_95->high < 0); }
};

// Compares folds and seeds that both finished; empty if there are none. Throws Error if clips or labels differ.
std::optional<PairedDifference> paired_difference(const SeriesPoint& first, const SeriesPoint& second,
                                                  Protocol protocol, const BootstrapOptions& options = {});

// Two-sided exact form of McNemar's test (1947, doi:10.1007/BF02295996): twice the binomial probability (n = sum of
// both counts, p = 1/2) of at most the smaller count, limited to 1.
double mcnemar_exact(int only_first_right, int only_second_right);

nlohmann::json to_json(const PairedDifference& paired);

}  // namespace stapes
