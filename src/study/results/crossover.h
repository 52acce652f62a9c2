// SPDX-License-Identifier: Apache-2.0
// crossover.h: the class count at which one series overtakes another, with its uncertainty.
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

// The last sign change of a piecewise linear curve of differences (first - second) at ascending x. If the curve is 0
// between the two signs, the change is at the last zero. Touching, starting or ending at 0 does not count.
struct SignChange {
  std::optional<double> x;        // none: the sign never changes
  Ahead ahead = Ahead::kNeither;  // after the change, or throughout if none; kNeither: all differences are 0
  int count = 0;                  // sign changes in all
};
SignChange last_sign_change(std::span<const double> x, std::span<const double> differences);

struct Crossover {
  // Class counts and folds that both series finished. A fold counts only if it is present at every class count.
  std::vector<double> class_counts;  // ascending
  std::vector<int> folds;
  std::vector<double> differences;  // percentage points, first - second, mean over folds; per class count
  SignChange change;                // its x is a class count

  int draws = 0;
  // Share of draws in which the last sign change puts the same series ahead as `change`. Without change.x: share of
  // draws with any sign change.
  double share = 0;
  std::optional<Interval> interval_95;  // of x in the draws counted in `share`; empty below 40 draws
};

// Bootstrap (docs/explanation/study-statistics.md): each draw resamples folds, and sources within each drawn fold, with
// replacement. With one fold, it draws only sources. All class counts and both series share a draw, because nested
// class subsets share clips. Throws Error if clips or labels differ.
Crossover find_crossover(const Series& first, const Series& second, Protocol protocol,
                         const BootstrapOptions& options = {});

// One sentence: "micro int8 overtakes micro xnor at 23.4 classes (...)", "none up to 50 classes: ..."
std::string describe(const Crossover& crossover, const std::string& first, const std::string& second);

nlohmann::json to_json(const Crossover& crossover);

}  // namespace stapes
