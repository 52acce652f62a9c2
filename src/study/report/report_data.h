// SPDX-License-Identifier: Apache-2.0
// report_data.h: a study's results, combined and compared for all parts of a report.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "study/report/recommend.h"
#include "study/results/crossover.h"
#include "study/results/paired.h"
#include "study/results/study_results.h"

namespace stapes {

// Means over the cells of a point, because pruned models differ between folds.
struct MeanCost {
  double file_bytes = 0, arena_bytes = 0, macs = 0, binary_macs = 0, host_ms = 0;
};

struct MeanTargetCost {
  double instructions = 0, flash_bytes = 0, ram_bytes = 0, window_ms = 0;
  double duty_percent = 0;  // 0 if any cell lacks figures per hop
  bool estimated = true;
};

MeanCost mean_cost(const SeriesPoint& point);
// Empty if no cell has figures; `why_not` then receives the reason.
std::optional<MeanTargetCost> mean_target_cost(const SeriesPoint& point, const std::string& target,
                                               std::string* why_not = nullptr);

// Epochs of the cells and of the published recipe.
struct Training {
  int min_epochs = 0, max_epochs = 0, published_epochs = 0;
  int cells = 0, under_trained = 0;

  void add(const CellResult& result);
  std::string epochs() const;       // "60", "40–60"
  std::string explanation() const;  // "60 of 2000 published epochs"
};

Training training_of(const SeriesPoint& point);
Training training_of(const Series& series);

// " †" if any cell is under-trained.
std::string dagger(const Training& training);

// Compares means over folds; false without intervals.
bool intervals_overlap(const SeriesPoint& first, const SeriesPoint& second);

// Two series with the same classes.
struct PairPoint {
  const SeriesPoint* first = nullptr;
  const SeriesPoint* second = nullptr;
  std::optional<PairedDifference> ten_crops, single_window;  // empty: no fold that both finished
};

struct PairReport {
  EqualFlashPair pair;
  const Series* first = nullptr;  // null: no finished cell
  const Series* second = nullptr;
  std::vector<PairPoint> points;  // at class counts for which both have cells
  std::optional<Crossover> crossover;
  std::vector<std::string> chosen_from;  // set if `second` is the most accurate of several
  std::string failure;                   // why there is no comparison; empty = valid
};

// Borrows from `results`, which must outlive it.
struct ReportData {
  explicit ReportData(const StudyResults& results);
  ReportData(const StudyResults& results, Recommendation asked_for);  // for a chosen target and classes
  ReportData(const ReportData&) = delete;
  ReportData& operator=(const ReportData&) = delete;

  const StudyResults& results;
  std::vector<Series> series;
  std::vector<PairReport> pairs;
  std::vector<std::string> targets;
  std::vector<int> class_counts;    // ascending
  std::string date;                 // latest start of a finished cell
  bool has_open_set = false;        // a series has figures for unknown and background
  std::set<std::string> with_hops;  // targets with figures per hop; results before 2026-11-29 have none
  // The recommendation for the chosen target and classes, otherwise recommendation_for().
  std::optional<Recommendation> recommendation;
  std::string demo;  // link to the demo of the recommended model, relative to the report; empty: none

  // The series' index in `series` selects its color and marker everywhere.
  std::size_t look_of(const Series& one) const { return static_cast<std::size_t>(&one - series.data()); }

 private:
  void read_cells();
};

inline const char* crops_name(const ReportData& data) { return crops_name(data.results.kind); }

// Non-negative; two decimals below 10, one below 1000, then none.
std::string figure(double value);
std::string signed_figure(double value);        // one decimal, with + or a true minus
std::string percent(const MeanInterval& mean);  // "81.3 ± 2.1"; with one fold "81.3"

inline double kilobytes(double bytes) { return bytes / 1e3; }
std::string kilobytes_text(std::int64_t bytes);  // "18.9 KB"
inline double millions(double count) { return count / 1e6; }

}  // namespace stapes
