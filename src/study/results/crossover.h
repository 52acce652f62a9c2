// SPDX-License-Identifier: Apache-2.0
// crossover.h: the class count at which one series overtakes another, and how sure that is.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "study/results/bootstrap.h"
#include "study/results/study_results.h"

namespace stapes {

enum class Ahead { kNeither, kFirst, kSecond };

// Where a curve of differences (first - second, at ascending x) changes its sign for the last time: after it, one
// series stays ahead up to the largest x. Between neighbouring x the curve is a straight line. Differences of 0 have no
// sign: where the curve lies on 0 between two signs, the change is at the end of that stretch; a curve that touches 0
// and goes back, or begins or ends with 0, does not change there.
struct SignChange {
  std::optional<double> x;        // none: the sign never changes
  Ahead ahead = Ahead::kNeither;  // after the change; without one, throughout; kNeither: all differences are 0
  int count = 0;                  // sign changes in all
};
SignChange last_sign_change(std::span<const double> x, std::span<const double> differences);

struct Crossover {
  // What is compared: choices of classes, and folds, that both series finished. A fold counts only if it is there at
  // every class count, so that no point of the curve is made of other folds than the next.
  std::vector<double> class_counts;  // ascending
  std::vector<int> folds;
  std::vector<double> differences;  // percent points, first - second, at each class count: mean over folds
  SignChange change;                // its x is a number of classes

  int draws = 0;
  // The share of draws whose last sign change puts the same series ahead; when `change` has no x, of draws with any.
  double share = 0;
  std::optional<Interval> interval_95;  // of x in those draws; none: fewer than 40 of them, too few for 2.5 %
};

// One draw resamples the whole curve: folds with replacement, and in each drawn fold its sources with replacement, both
// the same at all class counts and for both series, since subsets of classes are nested and share their clips.
// Drawing folds as well brings in how models trained on other data would differ; docs/study-statistics.md says what
// that is worth. With one fold only sources are drawn. Throws Error when clips or labels differ.
Crossover find_crossover(const Series& first, const Series& second, Protocol protocol,
                         const BootstrapOptions& options = {});

// One sentence: "micro int8 overtakes micro xnor at 23.4 classes (...)", "none up to 50 classes: ..."
std::string describe(const Crossover& crossover, const std::string& first, const std::string& second);

nlohmann::json to_json(const Crossover& crossover);

}  // namespace stapes
