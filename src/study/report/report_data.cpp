// SPDX-License-Identifier: Apache-2.0
#include "study/report/report_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/error.h"
#include "base/text.h"

namespace stapes {
namespace {

// Fewer draws than the default: a report may compare a hundred pairs.
constexpr BootstrapOptions kBootstrap = {.draws = 2000, .seed = 1};

const Series* find_series(const std::vector<Series>& all, const std::string& name) {
  const auto found = std::ranges::find(all, name, &Series::name);
  return found == all.end() ? nullptr : &*found;
}

std::vector<PairPoint> pair_points(const Series& first, const Series& second) {
  std::vector<PairPoint> points;
  for (const SeriesPoint& mine : first.points) {
    const auto other = std::ranges::find(second.points, mine.classes, &SeriesPoint::classes);
    if (other != second.points.end()) points.push_back({&mine, &*other, {}, {}});
  }
  return points;
}

// A pair's second series: the candidate with the highest mean test accuracy (ten crops) over the class counts that all
// candidates have. Ties go to the candidate named first.
const Series* most_accurate(const std::vector<const Series*>& candidates) {
  const auto mean_of = [&](const Series& series) {
    double sum = 0;
    for (const SeriesPoint& point : series.points) {
      const bool in_all = std::ranges::all_of(candidates, [&](const Series* other) {
        return std::ranges::find(other->points, point.classes, &SeriesPoint::classes) != other->points.end();
      });
      if (in_all) sum += point.ten_crops.mean;  // so all sums have the same number of terms
    }
    return sum;
  };
  const Series* best = nullptr;
  for (const Series* candidate : candidates) {
    if (best == nullptr || mean_of(*candidate) > mean_of(*best)) best = candidate;
  }
  return best;
}

// A candidate without finished cells is left out.
void choose_second(PairReport& report, const std::vector<Series>& series) {
  std::vector<std::string> names = {report.pair.second};
  names.insert(names.end(), report.pair.alternatives.begin(), report.pair.alternatives.end());
  std::vector<const Series*> candidates;
  for (const std::string& name : names) {
    if (const Series* found = find_series(series, name)) candidates.push_back(found);
  }
  report.second = most_accurate(candidates);
  if (report.second != nullptr) report.pair.second = report.second->name;
  for (const Series* candidate : candidates) {
    if (candidates.size() > 1) report.chosen_from.push_back(candidate->name);
  }
}

PairReport compare(const EqualFlashPair& pair, const std::vector<Series>& series) {
  PairReport report{.pair = pair,
                    .first = find_series(series, pair.first),
                    .second = nullptr,
                    .points = {},
                    .crossover = {},
                    .chosen_from = {},
                    .failure = ""};
  choose_second(report, series);
  for (const auto& [found, name] : {std::pair{report.first, pair.first}, {report.second, report.pair.second}}) {
    if (found == nullptr) report.failure = fmt::format("no cell of {} is finished", name);
  }
  if (!report.failure.empty()) return report;
  report.points = pair_points(*report.first, *report.second);
  try {
    for (PairPoint& point : report.points) {
      point.ten_crops = paired_difference(*point.first, *point.second, Protocol::kTenCrops, kBootstrap);
      point.single_window = paired_difference(*point.first, *point.second, Protocol::kSingleWindow, kBootstrap);
    }
    std::erase_if(report.points, [](const PairPoint& point) { return !point.ten_crops; });
    report.crossover = find_crossover(*report.first, *report.second, Protocol::kTenCrops, kBootstrap);
    if (report.points.empty()) report.failure = "no finished fold in common";
  } catch (const Error& error) {  // clips or labels differ
    report.points.clear();
    report.crossover.reset();
    report.failure = error.what();
  }
  return report;
}

template <class Get>
double mean_over(const SeriesPoint& point, Get get) {
  double sum = 0;
  for (const FinishedCell* cell : point.cells) sum += get(cell->result);
  return sum / static_cast<double>(point.cells.size());
}

}  // namespace

MeanCost mean_cost(const SeriesPoint& point) {
  const auto mean = [&](std::int64_t CellResult::*member) {
    return mean_over(point, [&](const CellResult& result) { return static_cast<double>(result.*member); });
  };
  return {.file_bytes = mean(&CellResult::file_bytes),
          .arena_bytes = mean(&CellResult::arena_bytes),
          .macs = mean(&CellResult::macs),
          .binary_macs = mean(&CellResult::binary_macs),
          .host_ms = mean_over(point, [](const CellResult& result) { return result.host_ms; })};
}

std::optional<MeanTargetCost> mean_target_cost(const SeriesPoint& point, const std::string& target,
                                               std::string* why_not) {
  MeanTargetCost sum{.estimated = false};
  double count = 0;
  bool has_hops = true;
  std::string reason = "not measured on " + target;
  for (const FinishedCell* cell : point.cells) {
    for (const TargetCost& cost : cell->result.targets) {
      if (cost.target != target) continue;
      if (!cost.failure.empty()) {
        reason = cost.failure;
        continue;
      }
      sum.instructions += static_cast<double>(cost.instructions);
      sum.flash_bytes += static_cast<double>(cost.flash_bytes);
      sum.ram_bytes += static_cast<double>(cost.ram_bytes);
      sum.window_ms += cost.window_ms;
      sum.duty_percent += cost.duty_percent();
      has_hops &= cost.hop_sound_ms > 0;
      sum.estimated |= cost.estimated;
      ++count;
    }
  }
  if (count > 0) {
    return MeanTargetCost{sum.instructions / count,
                          sum.flash_bytes / count,
                          sum.ram_bytes / count,
                          sum.window_ms / count,
                          has_hops ? sum.duty_percent / count : 0,
                          sum.estimated};
  }
  if (why_not != nullptr) *why_not = reason;
  return std::nullopt;
}

void Training::add(const CellResult& result) {
  min_epochs = cells == 0 ? result.epochs : std::min(min_epochs, result.epochs);
  max_epochs = std::max(max_epochs, result.epochs);
  published_epochs = std::max(published_epochs, result.published_epochs);
  ++cells;
  under_trained += result.under_trained();
}

std::string Training::epochs() const {
  return min_epochs == max_epochs ? std::to_string(max_epochs) : fmt::format("{}–{}", min_epochs, max_epochs);
}

std::string Training::explanation() const {
  if (published_epochs == 0)
    return fmt::format("{} epoch{}; no published number to compare with", epochs(), max_epochs == 1 ? "" : "s");
  return fmt::format("{} of {} published epochs", epochs(), published_epochs);
}

Training training_of(const SeriesPoint& point) {
  Training training;
  for (const FinishedCell* cell : point.cells) training.add(cell->result);
  return training;
}

Training training_of(const Series& series) {
  Training training;
  for (const SeriesPoint& point : series.points) {
    for (const FinishedCell* cell : point.cells) training.add(cell->result);
  }
  return training;
}

std::string dagger(const Training& training) { return training.under_trained > 0 ? " †" : ""; }

bool intervals_overlap(const SeriesPoint& first, const SeriesPoint& second) {
  const auto &mine = first.ten_crops.interval_95, &other = second.ten_crops.interval_95;
  return mine && other && mine->low <= other->high && other->low <= mine->high;
}

ReportData::ReportData(const StudyResults& study) : results(study), series(series_of(study)) {
  read_cells();
  recommendation = recommendation_for(study);
}

ReportData::ReportData(const StudyResults& study, Recommendation asked_for)
    : results(study), series(series_of(study)), recommendation(std::move(asked_for)) {
  read_cells();
}

void ReportData::read_cells() {
  std::set<int> counts;
  for (const FinishedCell& cell : results.finished) {
    counts.insert(cell.result.id.class_count);
    date = std::max(date, cell.result.started);  // ISO 8601 dates sort as text
    for (const TargetCost& cost : cell.result.targets) {
      if (std::ranges::find(targets, cost.target) == targets.end()) targets.push_back(cost.target);
      if (cost.hop_sound_ms > 0) with_hops.insert(cost.target);
    }
  }
  class_counts.assign(counts.begin(), counts.end());
  for (const EqualFlashPair& pair : results.pairs) pairs.push_back(compare(pair, series));
  for (const Series& one : series) {
    for (const SeriesPoint& point : one.points) has_open_set |= point.accepted_share.has_value();
  }
}

std::string figure(double value) {
  const double size = std::abs(value);
  if (size == 0) return "0";
  return size < 10     ? fmt::format("{:.2f}", value)
         : size < 1000 ? fmt::format("{:.1f}", value)
                       : grouped(std::llrint(value), "\u202f");  // a narrow no-break space
}

std::string kilobytes_text(std::int64_t bytes) { return figure(kilobytes(static_cast<double>(bytes))) + " KB"; }

std::string signed_figure(double value) {
  const std::string digits = fmt::format("{:.1f}", std::abs(value));
  return (digits == "0.0" ? "" : value < 0 ? "−" : "+") + digits;
}

std::string percent(const MeanInterval& mean) {
  std::string text = fmt::format("{:.1f}", mean.mean);
  if (mean.interval_95) text += fmt::format(" ± {:.1f}", mean.interval_95->high - mean.mean);
  return text;
}

}  // namespace stapes
