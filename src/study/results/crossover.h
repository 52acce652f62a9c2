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

// The last sign change of a piecewise linear curve of differences (first - second, at ascending x); after it, one
// series stays ahead. If the curve is 0 between the two signs, the change is at the last zero. Touching 0 without a
// change of sign, or starting or ending at 0, does not count.
struct SignChange {
  std::optional<double> x;        // none: the sign never changes
  Ahead ahead = Ahead::kNeither;  // after the change, or throughout if none; kNeither: all differences are 0
  int count = 0;                  // sign changes in all
};
SignChange last_sign_change(std::span<const double> x, std::span<const double> differences);

struct Crossover {
  // Class counts and folds that both series finished. A fold is used only if present at every class count, so that all
  // points of the curve use the same folds.
  std::vector<double> class_counts;  // ascending
  std::vector<int> folds;
  std::vector<double> differences;  // percentage points, first - second, at each class count: mean over folds
  SignChange change;                // its x is a class count

  int draws = 0;
  // The share of draws in which the last sign change puts the same series ahead as in `change`. If `change` has no x:
  // the share of draws with any sign change.
  double share = 0;
  std::optional<Interval> interval_95;  // of x in the draws counted in `share`; empty if they are fewer than 40
};

// Bootstrap (docs/explanation/study-statistics.md): each draw resamples the folds, and the sources within each drawn
// fold, with replacement. All class counts and both series share a draw, because class subsets are nested and share
// their clips. With one fold, only sources are drawn. Throws Error if clips or labels differ.
Crossover find_crossover(const Series& first, const Series& second, Protocol protocol,
                         const BootstrapOptions& options = {});

// One sentence: "micro int8 overtakes micro xnor at 23.4 classes (...)", "none up to 50 classes: ..."
std::string describe(const Crossover& crossover, const std::string& first, const std::string& second);

nlohmann::json to_json(const Crossover& crossover);

}  // namespace stapes
