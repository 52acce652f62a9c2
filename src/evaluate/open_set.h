// SPDX-License-Identifier: Apache-2.0
// open_set.h: how well a model separates known classes from `unknown` and `background` (docs/guides/listening.md).
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "evaluate/evaluation.h"

namespace stapes {

// The share of pairs in which the positive scores higher; a tie counts half. Empty if either list is empty. Scores must
// not be NaN.
std::optional<double> auroc(std::span<const double> positives, std::span<const double> negatives);

// Clips of a class to reject. A clip of `unknown` classified as `background` is rejected, and vice versa.
struct RejectionCounts {
  int accepted = 0, rejected = 0;
  int clips() const { return accepted + rejected; }
};

struct OpenSet {
  // AUROC of known_score(): known classes against the others. Empty if either kind is missing.
  std::optional<double> auroc;
  int correct = 0, wrong_class = 0, rejected = 0;      // of known classes; wrong_class: another known class
  std::optional<RejectionCounts> unknown, background;  // if the model has these classes

  int known() const { return correct + wrong_class + rejected; }
  int negatives() const;  // clips of unknown and background
  int accepted() const;   // negatives classified as a known class
};

// Indexed by label: whether the class is `unknown` or `background`.
std::vector<bool> rejection_classes(const std::vector<std::string>& labels);

// P(clip is of a known class) = 1 - P(unknown) - P(background).
double known_score(std::span<const double> probabilities, const std::vector<bool>& is_rejection);

// Empty unless the model has known classes and at least one of `unknown` and `background`. `evaluation` must hold the
// probabilities of the classes in `labels`.
std::optional<OpenSet> open_set_of(const Evaluation& evaluation, const std::vector<std::string>& labels);

nlohmann::json to_json(const OpenSet& open_set);

}  // namespace stapes
