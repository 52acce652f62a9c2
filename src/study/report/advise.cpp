// SPDX-License-Identifier: Apache-2.0
#include "study/report/advise.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <tuple>

#include "base/error.h"
#include "base/text.h"
#include "export/names.h"
#include "export/target.h"
#include "study/results/study_folder.h"

namespace stapes {
namespace {

constexpr double kSameAccuracy = 1e-6;  // percentage points: rounding error of equal means

std::string bytes_text(std::int64_t bytes) {
  if (bytes < 1024) return fmt::format("{} bytes", bytes);
  return fmt::format("{:.1f} KiB", std::ceil(static_cast<double>(bytes) / 102.4) / 10);  // rounded up
}

// Choices of classes with their class counts, in plan order.
std::vector<std::pair<std::string, int>> choices_of(const std::vector<Series>& all) {
  std::vector<std::pair<std::string, int>> choices;
  for (const Series& series : all) {
    for (const SeriesPoint& point : series.points) {
      const std::pair choice{point.classes, point.class_count};
      if (std::ranges::find(choices, choice) == choices.end()) choices.push_back(choice);
    }
  }
  return choices;
}

std::pair<std::string, int> chosen_classes(const std::vector<Series>& all, const std::string& classes) {
  const auto choices = choices_of(all);
  if (classes.empty() && choices.size() == 1) return choices.front();
  std::vector<std::string> names;
  for (const auto& [name, count] : choices) {
    if (!classes.empty() && name == classes) return {name, count};
    names.push_back(name);
  }
  if (classes.empty()) {
    throw UsageError("the study has several sets of classes; choose one with --classes: {}", fmt::join(names, ", "));
  }
  throw UsageError("--classes {}: no finished cells; choose from {}", classes, fmt::join(names, ", "));
}

const TargetCost* cost_on(const CellResult& result, std::string_view target) {
  const auto found = std::ranges::find_if(result.targets, [&](const TargetCost& cost) {
    return target_of_family(cost.target) == target_of_family(target);
  });
  return found == result.targets.end() ? nullptr : &*found;
}

void refuse_unmeasured(const StudyResults& results, const std::string& target) {
  std::set<std::string_view> measured;
  std::string failure;
  for (const FinishedCell& cell : results.finished) {
    for (const TargetCost& cost : cell.result.targets) {
      if (cost.failure.empty()) measured.insert(target_of_family(cost.target));
      if (target_of_family(cost.target) == target_of_family(target)) failure = cost.failure;
    }
  }
  if (measured.contains(target_of_family(target))) return;
  throw UsageError("--target {}: {} has no figures for this target{}; {}", target, results.path.string(),
                   failure.empty() ? "" : fmt::format(" ({})", failure),
                   measured.empty()
                       ? "no target has figures; add an available target to the plan and run the study again"
                       : fmt::format("choose from {}", fmt::join(measured, ", ")));
}

void put_costs(const std::string& target, AdviceCandidate& candidate) {
  for (const FinishedCell* cell : candidate.point.cells) {
    const TargetCost* cost = cost_on(cell->result, target);
    if (!cost) {
      candidate.failure = fmt::format("{} was not measured on {}", cell->folder, target);
    } else if (!cost->failure.empty()) {
      candidate.failure = fmt::format("the measurement failed: {}", cost->failure);
    } else if (!cost->same_result) {
      candidate.failure = fmt::format("{} computes different scores on {} than on the host", cell->folder, target);
    } else {
      candidate.flash_bytes = std::max(candidate.flash_bytes, cost->flash_bytes);
      candidate.ram_bytes = std::max(candidate.ram_bytes, cost->ram_bytes);
      candidate.instructions = std::max(candidate.instructions, cost->instructions);
      candidate.window_ms = std::max(candidate.window_ms, cost->window_ms);
      candidate.hop_ms = std::max(candidate.hop_ms, cost->hop_ms);
      candidate.hop_sound_ms = std::max(candidate.hop_sound_ms, cost->hop_sound_ms);
      candidate.estimated = candidate.estimated || cost->estimated;
    }
  }
}

void put_shortfalls(const Limits& limits, AdviceCandidate& candidate) {
  const auto bytes = [&](std::int64_t need, const std::optional<std::int64_t>& limit, const char* memory) {
    if (!limit || need <= *limit) return;
    candidate.shortfalls.push_back({fmt::format("needs {} more {}", bytes_text(need - *limit), memory),
                                    static_cast<double>(need - *limit) / static_cast<double>(*limit)});
  };
  bytes(candidate.flash_bytes, limits.flash_bytes, "flash");
  bytes(candidate.ram_bytes, limits.ram_bytes, "RAM");
  if (const auto& limit = limits.latency_ms; limit && candidate.window_ms > *limit) {
    const double over = candidate.window_ms - *limit;
    candidate.shortfalls.push_back({fmt::format("{:.1f} ms too slow", std::max(0.1, over)), over / *limit});
  }
  if (const auto& limit = limits.accuracy; limit && candidate.accuracy.mean < *limit - kSameAccuracy) {
    const double missing = *limit - candidate.accuracy.mean;
    candidate.shortfalls.push_back(
        {fmt::format("{:.2f} points less accurate than required", std::max(0.01, missing)), missing / *limit});
  }
}

AdviceCandidate candidate_of(const Series& series, const SeriesPoint& point, const AdviceRequest& request) {
  AdviceCandidate candidate;
  candidate.series = series.name;
  candidate.point = point;
  candidate.accuracy = request.protocol == Protocol::kTenCrops ? point.ten_crops : point.single_window;
  candidate.auroc = request.protocol == Protocol::kTenCrops ? point.auroc : point.window_auroc;
  put_costs(request.target, candidate);
  if (request.rank == AdviceRank::kAuroc && !candidate.auroc) {
    candidate.failure =
        "no AUROC: the model has no class 'unknown' or 'background', or an earlier version of Stapes ran one of its "
        "cells";
  }
  if (candidate.failure.empty()) put_shortfalls(request.limits, candidate);
  return candidate;
}

// The figure that ranks candidates, in percent.
double ranked_figure(const AdviceCandidate& candidate, AdviceRank rank) {
  if (rank == AdviceRank::kAccuracy) return candidate.accuracy.mean;
  return candidate.auroc ? 100 * candidate.auroc->mean : 0;
}

bool goes_before(const AdviceCandidate& a, const AdviceCandidate& b, AdviceRank rank) {
  const auto key = [&](const AdviceCandidate& c) {
    const int group = c.fits() ? 0 : c.failure.empty() ? 1 : 2;
    return std::tuple(group, c.excess(), -std::llround(ranked_figure(c, rank) / kSameAccuracy), c.flash_bytes);
  };
  return key(a) < key(b);
}

std::string behind(const AdviceCandidate& best, const AdviceCandidate& other, AdviceRank rank) {
  if (rank == AdviceRank::kAuroc) {
    const double less = best.auroc->mean - other.auroc->mean;
    if (less > kSameAccuracy / 100) return fmt::format("AUROC lower by {:.4f}", std::max(0.0001, less));
    if (other.flash_bytes == best.flash_bytes) return "equal AUROC and size; later in the plan";
    return fmt::format("equal AUROC, but needs {} more flash", bytes_text(other.flash_bytes - best.flash_bytes));
  }
  const double points = best.accuracy.mean - other.accuracy.mean;
  if (points > kSameAccuracy) return fmt::format("{:.2f} points less accurate", std::max(0.01, points));
  if (other.flash_bytes == best.flash_bytes) return "equal accuracy and size; later in the plan";
  return fmt::format("equal accuracy, but needs {} more flash", bytes_text(other.flash_bytes - best.flash_bytes));
}

}  // namespace

double AdviceCandidate::excess() const {
  double largest = 0;
  for (const Shortfall& shortfall : shortfalls) largest = std::max(largest, shortfall.excess);
  return largest;
}

bool AdviceCandidate::under_trained() const {
  return std::ranges::any_of(point.cells, [](const FinishedCell* cell) { return cell->result.under_trained(); });
}

const FinishedCell& AdviceCandidate::first_cell() const {
  return **std::ranges::min_element(
      point.cells, {}, [](const FinishedCell* cell) { return std::pair(cell->result.id.fold, cell->result.id.seed); });
}

std::size_t Advice::fitting() const {
  return static_cast<std::size_t>(std::ranges::count_if(candidates, &AdviceCandidate::fits));
}

const AdviceCandidate* Advice::best() const { return fitting() > 0 ? &candidates[0] : nullptr; }
const AdviceCandidate* Advice::runner_up() const { return fitting() > 1 ? &candidates[1] : nullptr; }
const AdviceCandidate* Advice::nearest() const {
  return fitting() == 0 && candidates.front().failure.empty() ? &candidates.front() : nullptr;
}

Advice advise(const StudyResults& results, const AdviceRequest& request) {
  const std::vector<Series> all = series_of(results);
  if (all.empty()) throw Error("{}: no cell is finished yet; run `stapes study` to continue", results.path.string());
  Advice advice;
  advice.request = request;
  advice.request.target = target_of_family(request.target);
  std::tie(advice.request.classes, advice.class_count) = chosen_classes(all, request.classes);
  refuse_unmeasured(results, request.target);
  for (const Series& series : all) {
    for (const SeriesPoint& point : series.points) {
      if (point.classes == advice.request.classes) {
        advice.candidates.push_back(candidate_of(series, point, advice.request));
      }
    }
  }
  std::ranges::stable_sort(advice.candidates, [&](const AdviceCandidate& a, const AdviceCandidate& b) {
    return goes_before(a, b, request.rank);
  });
  for (std::size_t i = 1; i < advice.fitting(); ++i) {
    advice.candidates[i].behind = behind(advice.candidates[0], advice.candidates[i], request.rank);
  }
  if (const AdviceCandidate* second = advice.runner_up()) {
    advice.lead = paired_difference(advice.best()->point, second->point, request.protocol);
  }
  return advice;
}

std::filesystem::path model_file(const AdviceCandidate& candidate, const StudyResults& results) {
  return CellFolder(results.path, candidate.first_cell().folder).model();
}

std::string export_command(const AdviceCandidate& candidate, const std::string& target, const StudyResults& results) {
  const std::string name = valid_export_name_from(candidate.series);  // empty: named after the file
  return fmt::format("stapes export {} --target {} -o {}_{}{}", shell_word(model_file(candidate, results).string()),
                     target, export_name_from(candidate.series), target, name.empty() ? "" : " --name " + name);
}

std::string export_command(const Advice& advice, const StudyResults& results) {
  return export_command(*advice.best(), advice.request.target, results);
}

std::string why_none(const Advice& advice) {
  if (advice.best()) return "";
  const std::string what =
      fmt::format("no model for classes {} fits {}", advice.request.classes, advice.request.target);
  const AdviceCandidate* nearest = advice.nearest();
  if (!nearest) return fmt::format("{}: {}", what, advice.candidates.front().failure);
  std::vector<std::string> texts;
  for (const Shortfall& shortfall : nearest->shortfalls) texts.push_back(shortfall.text);
  return fmt::format("{} within these limits; the nearest is {}: {}", what, nearest->series, fmt::join(texts, ", "));
}

}  // namespace stapes
