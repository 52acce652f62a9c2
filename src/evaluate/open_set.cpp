// SPDX-License-Identifier: Apache-2.0
#include "evaluate/open_set.h"

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "data/class_names.h"

namespace stapes {
namespace {

nlohmann::json counts_json(const RejectionCounts& counts) {
  return {{"clips", counts.clips()}, {"accepted", counts.accepted}, {"rejected", counts.rejected}};
}

}  // namespace

std::optional<double> auroc(std::span<const double> positives, std::span<const double> negatives) {
  if (positives.empty() || negatives.empty()) return std::nullopt;
  std::vector<double> sorted(negatives.begin(), negatives.end());
  std::ranges::sort(sorted);
  std::int64_t halves = 0;  // an integer, so the result does not depend on clip order
  for (const double score : positives) {
    const auto [equal, above] = std::equal_range(sorted.begin(), sorted.end(), score);
    halves += 2 * (equal - sorted.begin()) + (above - equal);
  }
  return static_cast<double>(halves) / 2 / static_cast<double>(positives.size()) / static_cast<double>(sorted.size());
}

int OpenSet::negatives() const { return (unknown ? unknown->clips() : 0) + (background ? background->clips() : 0); }

int OpenSet::accepted() const { return (unknown ? unknown->accepted : 0) + (background ? background->accepted : 0); }

std::vector<bool> rejection_classes(const std::vector<std::string>& labels) {
  std::vector<bool> is_rejection;
  for (const std::string& label : labels) {
    is_rejection.push_back(is_unknown_class(label) || is_background_class(label));
  }
  return is_rejection;
}

double known_score(std::span<const double> probabilities, const std::vector<bool>& is_rejection) {
  double score = 1;
  for (std::size_t c = 0; c < is_rejection.size(); ++c) {
    if (is_rejection[c]) score -= probabilities[c];
  }
  return score;
}

std::optional<OpenSet> open_set_of(const Evaluation& evaluation, const std::vector<std::string>& labels) {
  const std::vector<bool> is_rejection = rejection_classes(labels);
  const auto count = std::ranges::count(is_rejection, true);
  if (count == 0 || count == std::ssize(is_rejection)) return std::nullopt;
  if (static_cast<int>(evaluation.probabilities().size()) != evaluation.clips()) {
    throw Error("an evaluation of {} clips has probabilities for {}", evaluation.clips(),
                evaluation.probabilities().size());
  }
  OpenSet result;
  std::vector<RejectionCounts*> counts_of(labels.size());
  for (std::size_t c = 0; c < labels.size(); ++c) {
    if (!is_rejection[c]) continue;
    auto& counts = is_unknown_class(labels[c]) ? result.unknown : result.background;
    counts_of[c] = &counts.emplace();
  }
  std::vector<double> positives, negatives;
  for (std::size_t i = 0; i < evaluation.probabilities().size(); ++i) {
    const auto label = static_cast<std::size_t>(evaluation.labels()[i]);
    const auto decision = static_cast<std::size_t>(evaluation.decisions()[i]);
    const double score = known_score(evaluation.probabilities()[i], is_rejection);
    if (is_rejection[label]) {
      negatives.push_back(score);
      ++(is_rejection[decision] ? counts_of[label]->rejected : counts_of[label]->accepted);
    } else {
      positives.push_back(score);
      ++(is_rejection[decision] ? result.rejected : decision == label ? result.correct : result.wrong_class);
    }
  }
  result.auroc = auroc(positives, negatives);
  return result;
}

nlohmann::json to_json(const OpenSet& open_set) {
  nlohmann::json json = {{"auroc", nullptr},
                         {"known",
                          {{"clips", open_set.known()},
                           {"correct", open_set.correct},
                           {"wrong_class", open_set.wrong_class},
                           {"rejected", open_set.rejected}}}};
  if (open_set.auroc) json["auroc"] = *open_set.auroc;
  if (open_set.unknown) json[std::string(kUnknownClass)] = counts_json(*open_set.unknown);
  if (open_set.background) json[std::string(kBackgroundClass)] = counts_json(*open_set.background);
  return json;
}

}  // namespace stapes
