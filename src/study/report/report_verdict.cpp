// SPDX-License-Identifier: Apache-2.0
#include "study/report/report_verdict.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "base/names.h"

namespace stapes {
namespace {

constexpr std::size_t kMaxPairsInFull = 3;  // beyond this, describe only the first and summarize all

// A difference as seen from the leading series.
struct Lead {
  const Series* ahead;
  const Series* behind;
  double points;
  std::optional<Interval> interval_95;
  bool is_clear;
};

Lead lead_of(const PairReport& report, const PairPoint& point) {
  const PairedDifference& paired = *point.ten_crops;
  const bool first = paired.difference >= 0;
  Lead lead{first ? report.first : report.second, first ? report.second : report.first, std::abs(paired.difference),
            paired.interval_95, paired.is_clear()};
  if (!first && lead.interval_95) lead.interval_95 = Interval{-paired.interval_95->high, -paired.interval_95->low};
  return lead;
}

std::string interval_text(const std::optional<Interval>& interval) {
  if (!interval) return "";
  const char* minus = interval->low < 0 ? "−" : "";
  return fmt::format(" (95 % interval {}{:.1f} to {:.1f})", minus, std::abs(interval->low), interval->high);
}

// "A overtakes B (150 KB) at about 23 classes (95 % interval 12 to 41)"; empty unless `lead.ahead` leads after the
// crossover.
std::string overtaking(const PairReport& report, const Lead& lead) {
  if (!report.crossover || !report.crossover->change.x) return "";
  const Crossover& crossover = *report.crossover;
  const Series* after = crossover.change.ahead == Ahead::kFirst ? report.first : report.second;
  if (after != lead.ahead) return "";
  std::string text = fmt::format("{} overtakes {} ({}) at about {:.0f} classes", lead.ahead->name, lead.behind->name,
                                 report.pair.name, *crossover.change.x);
  if (crossover.interval_95) {
    text += fmt::format(" (95 % interval {:.0f} to {:.0f})", crossover.interval_95->low, crossover.interval_95->high);
  }
  return text;
}

// From this class count on, the final leader is clearly ahead.
int clear_from(const PairReport& report) {
  const Series* ahead = lead_of(report, report.points.back()).ahead;
  int from = report.points.back().first->class_count;
  for (auto point = report.points.rbegin(); point != report.points.rend(); ++point) {
    const Lead lead = lead_of(report, *point);
    if (lead.ahead != ahead || !lead.is_clear) break;
    from = point->first->class_count;
  }
  return from;
}

// ", though xnor is clearly ahead at 10 and 20 classes": clear leads that do not last to the largest class count.
std::string clear_before(const PairReport& report) {
  std::map<std::string, std::vector<std::string>> by_series;
  for (const PairPoint& point : report.points) {
    const Lead lead = lead_of(report, point);
    if (lead.is_clear) by_series[lead.ahead->name].push_back(std::to_string(point.first->class_count));
  }
  std::string text;
  for (const auto& [name, counts] : by_series) {
    text += fmt::format(", though {} is clearly ahead at {} classes", name, conjunction(counts));
  }
  return text;
}

std::string finding_on(const PairReport& report) {
  const std::string& flash = report.pair.name;
  if (report.points.empty()) {
    return fmt::format("{} and {} ({}) cannot be compared: {}", report.pair.first, report.pair.second, flash,
                       report.failure);
  }
  const PairPoint& last = report.points.back();
  const Lead lead = lead_of(report, last);
  const int classes = last.first->class_count;
  const std::string by =
      fmt::format("{:.1f} points at {} classes{}", lead.points, classes, interval_text(lead.interval_95));
  if (!lead.is_clear) {
    return fmt::format("{} and {} ({}) cannot be told apart: {} is ahead by {}{}", lead.ahead->name, lead.behind->name,
                       flash, lead.ahead->name, by, clear_before(report));
  }
  const std::string overtakes = overtaking(report, lead);
  if (!overtakes.empty()) return fmt::format("{} and then leads by {}", overtakes, by);
  const int from = clear_from(report);
  return fmt::format("{} beats {} ({}){} by {}", lead.ahead->name, lead.behind->name, flash,
                     from < classes ? fmt::format(" from {} classes upward,", from) : "", by);
}

// "of 6 pairs at their largest number of classes, int8 clearly leads in 4, with 2 undecided"
std::string finding_on_many(const std::vector<PairReport>& pairs) {
  std::map<std::string, int> wins;
  int open = 0;
  for (const PairReport& report : pairs) {
    const bool clear = !report.points.empty() && lead_of(report, report.points.back()).is_clear;
    if (clear)
      ++wins[lead_of(report, report.points.back()).ahead->form];
    else
      ++open;
  }
  if (wins.empty())
    return fmt::format("of {} pairs, none has a clear leader at its largest number of classes", pairs.size());
  std::string text = fmt::format("of {} pairs at their largest number of classes, ", pairs.size());
  for (const auto& [form, count] : wins) text += fmt::format("{} clearly leads in {}, ", form, count);
  return text + fmt::format("with {} undecided", open);
}

using Best = std::pair<const SeriesPoint*, const Series*>;

// The series at the largest class count, most accurate first.
std::vector<Best> best_of(const ReportData& data) {
  std::vector<Best> best;
  for (const Series& series : data.series) {
    for (const SeriesPoint& point : series.points) {
      if (point.class_count == data.class_counts.back()) best.emplace_back(&point, &series);
    }
  }
  std::ranges::stable_sort(
      best, [](const Best& a, const Best& b) { return a.first->ten_crops.mean > b.first->ten_crops.mean; });
  return best;
}

// Names the most accurate series, regardless of cost.
std::string finding_without_pairs(const ReportData& data) {
  const std::vector<Best> best = best_of(data);
  std::string text =
      fmt::format("The plan compares no series at equal flash; at {} classes, {} is the most accurate, with {} %",
                  data.class_counts.back(), best[0].second->name, percent(best[0].first->ten_crops));
  if (best.size() > 1) {
    text += fmt::format(", ahead of {} with {} %", best[1].second->name, percent(best[1].first->ten_crops));
  }
  return text;
}

// "1 cell", "2 cells"
template <class Count>
std::string counted(Count count, const char* what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

std::string list(const std::vector<std::string>& parts) {
  std::string text;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    text += i == 0 ? "" : i + 1 == parts.size() ? ", and " : ", ";
    text += parts[i];
  }
  return text;
}

// Training of the cells behind the finding: the candidates, the pairs or all.
Training training_behind(const ReportData& data) {
  if (data.recommendation) {
    Training training;
    for (const AdviceCandidate& candidate : data.recommendation->advice.candidates) {
      for (const FinishedCell* cell : candidate.point.cells) training.add(cell->result);
    }
    return training;
  }
  std::set<const FinishedCell*> cells;
  for (const PairReport& report : data.pairs) {
    for (const PairPoint& point : report.points) {
      cells.insert(point.first->cells.begin(), point.first->cells.end());
      cells.insert(point.second->cells.begin(), point.second->cells.end());
    }
  }
  Training training;
  for (const FinishedCell& cell : data.results.finished) {
    if (data.pairs.empty() || cells.contains(&cell)) training.add(cell.result);
  }
  return training;
}

// Below this, bootstrap intervals over sources are too narrow (docs/explanation/study-statistics.md).
constexpr int kFewSources = 20;
constexpr double kUnequalFlash = 0.1;  // relative to the smaller file

struct Overlaps {
  int overlapping = 0, without_interval = 0, all = 0;
  int few_sources = 0, unequal = 0;  // pairs only
  bool alone_on_a_fold = false;      // a model without a counterpart to compare with

  bool rest_on_a_fold() const { return alone_on_a_fold || (all > 0 && without_interval == all); }

  void add(const SeriesPoint& first, const SeriesPoint& second) {
    ++all;
    without_interval += !first.ten_crops.interval_95 || !second.ten_crops.interval_95;
    overlapping += intervals_overlap(first, second);
  }

  void add(const PairPoint& point) {
    add(*point.first, *point.second);
    few_sources += point.ten_crops && point.ten_crops->sources < kFewSources;
    const double first = mean_cost(*point.first).file_bytes, second = mean_cost(*point.second).file_bytes;
    unequal += std::max(first, second) > (1 + kUnequalFlash) * std::min(first, second);
  }
};

// Overlaps in the comparisons behind the finding: the recommended model against full precision, the pairs, or the two
// best series.
Overlaps overlaps_of(const ReportData& data) {
  Overlaps overlaps;
  if (data.recommendation) {
    const AdviceCandidate *ship = data.recommendation->ship(), *reference = data.recommendation->reference();
    if (ship != nullptr && reference != nullptr) overlaps.add(ship->point, reference->point);
    overlaps.alone_on_a_fold = ship != nullptr && reference == nullptr && !ship->point.ten_crops.interval_95;
    return overlaps;
  }
  for (const PairReport& report : data.pairs) {
    for (const PairPoint& point : report.points) overlaps.add(point);
  }
  if (data.pairs.empty()) {
    const std::vector<Best> best = best_of(data);
    if (best.size() > 1) overlaps.add(*best[0].first, *best[1].first);
  }
  return overlaps;
}

std::string caution_of(const ReportData& data) {
  const Training training = training_behind(data);
  const Overlaps overlaps = overlaps_of(data);
  std::vector<std::string> doubts;
  if (training.under_trained > 0) {
    const std::string which = training.under_trained == training.cells
                                  ? training.cells == 1 ? "the only cell" : fmt::format("all {} cells", training.cells)
                                  : fmt::format("{} of the {} cells", training.under_trained, training.cells);
    doubts.push_back(fmt::format("{} behind it {} under-trained ({})", which,
                                 training.under_trained == 1 ? "is" : "are", training.explanation()));
  }
  if (data.recommendation && data.recommendation->difference) {
    const PairedDifference& difference = *data.recommendation->difference;
    if (difference.interval_95 && difference.sources < kFewSources) {
      doubts.push_back(
          fmt::format("its interval rests on {} (too few to be reliable)", counted(difference.sources, "source")));
    }
  }
  const std::string comparisons = counted(overlaps.all, "comparison");
  if (overlaps.overlapping > 0) {
    doubts.push_back(fmt::format("the intervals of the two means over folds overlap in {} of {}", overlaps.overlapping,
                                 comparisons));
  }
  if (overlaps.rest_on_a_fold()) {
    doubts.push_back("it rests on a single fold");
  } else if (overlaps.without_interval > 0) {
    doubts.push_back(fmt::format("a mean rests on a single fold in {} of {}", overlaps.without_interval, comparisons));
  }
  if (overlaps.few_sources > 0) {
    doubts.push_back(fmt::format("clips come from fewer than {} sources in {} of {} (too few for reliable intervals)",
                                 kFewSources, overlaps.few_sources, comparisons));
  }
  if (overlaps.unequal > 0) {
    doubts.push_back(fmt::format("file sizes differ by more than {:.0f} % in {} of {}", 100 * kUnequalFlash,
                                 overlaps.unequal, comparisons));
  }
  for (const PairReport& report : data.pairs) {
    if (data.recommendation || report.chosen_from.size() < 2 || report.points.empty()) continue;
    doubts.push_back(fmt::format("{} was chosen from {} series ({}) by accuracy on the test folds, which favors it",
                                 report.second->name, report.chosen_from.size(), report.pair.name));
  }
  if (!data.results.failed.empty()) doubts.push_back(counted(data.results.failed.size(), "cell") + " failed");
  if (!data.results.missing.empty()) {
    doubts.push_back(counted(data.results.missing.size(), "cell") + " must still run");
  }
  if (!doubts.empty()) return "This is provisional: " + list(doubts) + ".";
  const bool one = training.cells == 1;
  const std::string which = one ? "The only cell" : fmt::format("All {} cells", training.cells);
  const std::string trained = training.published_epochs > 0
                                  ? std::string(one ? "was" : "were") + " trained for the published number of epochs"
                                  : std::string(one ? "is" : "are") + " finished";
  return fmt::format("{} behind this finding {}{}.", which, trained,
                     overlaps.all > 0 ? ", and the intervals over folds do not overlap in any comparison" : "");
}

}  // namespace

ReportVerdict report_verdict(const ReportData& data) {
  if (data.series.empty()) {
    return {"No cell is finished, so there is nothing to compare yet.",
            fmt::format("{} failed, {} still to run.", counted(data.results.failed.size(), "cell"),
                        data.results.missing.size())};
  }
  if (data.recommendation) {
    return {ship_sentence(*data.recommendation), caution_of(data), why_sentence(*data.recommendation)};
  }
  if (data.pairs.empty()) return {finding_without_pairs(data) + ".", caution_of(data)};
  std::string finding;
  if (data.pairs.size() > kMaxPairsInFull) {
    finding = finding_on(data.pairs.front()) + "; " + finding_on_many(data.pairs);
  } else {
    for (const PairReport& report : data.pairs) finding += (finding.empty() ? "" : "; ") + finding_on(report);
  }
  return {"At equal flash, " + finding + ".", caution_of(data)};
}

}  // namespace stapes
