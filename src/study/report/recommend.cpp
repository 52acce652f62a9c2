// SPDX-License-Identifier: Apache-2.0
#include "study/report/recommend.h"

#include <algorithm>
#include <set>

namespace stapes {
namespace {

AdviceRequest request_for(const std::string& target, const std::string& classes, const Board* board) {
  AdviceRequest request;
  request.target = target;
  request.classes = classes;
  if (board != nullptr && board->emulated()) {
    request.limits.flash_bytes = board->flash_bytes;
    request.limits.ram_bytes = board->ram_bytes;
  }
  return request;
}

// Of the models that fit and are about as accurate as the best, the fastest; ties go to the smaller model.
std::optional<std::size_t> fastest_of_the_best(const Advice& advice) {
  std::optional<std::size_t> chosen;
  const auto cost = [&](std::size_t i) {
    return std::pair(advice.candidates[i].window_ms, advice.candidates[i].flash_bytes);
  };
  for (std::size_t i = 0; i < advice.fitting(); ++i) {
    if (advice.candidates[i].accuracy.mean < advice.candidates[0].accuracy.mean - kAboutAsAccurate) continue;
    if (!chosen || cost(i) < cost(*chosen)) chosen = i;
  }
  return chosen;
}

// The full-precision model of the same network if possible, otherwise the most accurate one.
std::optional<std::size_t> full_precision_of(const Advice& advice, std::size_t chosen) {
  const auto network = [&](std::size_t i) { return advice.candidates[i].first_cell().result.id.network; };
  std::optional<std::size_t> found;
  for (std::size_t i = 0; i < advice.candidates.size(); ++i) {
    if (advice.candidates[i].first_cell().result.form != "fp32") continue;
    const auto rank = [&](std::size_t k) {
      return std::pair(network(k) == network(chosen), advice.candidates[k].accuracy.mean);
    };
    if (!found || rank(i) > rank(*found)) found = i;
  }
  return found == chosen ? std::nullopt : found;
}

}  // namespace

std::string recommended_target(const StudyResults& results) {
  std::string host;
  for (const FinishedCell& cell : results.finished) {
    for (const TargetCost& cost : cell.result.targets) {
      if (!cost.failure.empty()) continue;
      if (cost.target != "host") return cost.target;
      host = cost.target;
    }
  }
  return host;
}

std::string first_target_failure(const StudyResults& results) {
  for (const FinishedCell& cell : results.finished) {
    for (const TargetCost& cost : cell.result.targets) {
      if (!cost.failure.empty()) return "; first reason: " + cost.failure;
    }
  }
  return "";
}

Recommendation recommend(const StudyResults& results, const std::string& target, const std::string& classes) {
  Recommendation recommendation;
  recommendation.board = board_called(target);
  recommendation.kind = results.kind;
  recommendation.advice = advise(results, request_for(target, classes, recommendation.board));
  const Advice& advice = recommendation.advice;
  recommendation.chosen = fastest_of_the_best(advice);
  if (!recommendation.chosen) return recommendation;
  recommendation.full_precision = full_precision_of(advice, *recommendation.chosen);
  if (const AdviceCandidate* reference = recommendation.reference()) {
    recommendation.difference =
        paired_difference(recommendation.ship()->point, reference->point, advice.request.protocol);
  }
  return recommendation;
}

std::optional<Recommendation> recommendation_for(const StudyResults& results) {
  std::set<std::string> choices;
  for (const FinishedCell& cell : results.finished) choices.insert(cell.result.id.classes);
  const std::string target = recommended_target(results);
  if (!results.pairs.empty() || choices.size() != 1 || target.empty()) return std::nullopt;
  return recommend(results, target);
}

}  // namespace stapes
