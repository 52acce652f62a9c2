// SPDX-License-Identifier: Apache-2.0
// report_data.h: what all parts of a report show: a study's results, put together and compared.
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

// What a model costs: means over the cells of a point, since pruned models differ from fold to fold.
struct MeanCost {
  double file_bytes = 0, arena_bytes = 0, macs = 0, binary_macs = 0, host_ms = 0;
};

struct MeanTargetCost {
  double instructions = 0, flash_bytes = 0, ram_bytes = 0, window_ms = 0;
  double duty_percent = 0;  // 0: some cell has no figures of a hop
  bool estimated = true;
};

MeanCost mean_cost(const SeriesPoint& point);
// None when no cell has figures; `why_not` then says why.
std::optional<MeanTargetCost> mean_target_cost(const SeriesPoint& point, const std::string& target,
                                               std::string* why_not = nullptr);

// Epochs of a point's training, and those of the recipe it stands for.
struct Training {
  int least_epochs = 0, most_epochs = 0, published_epochs = 0;
  int cells = 0, under_trained = 0;

  void add(const CellResult& result);
  std::string epochs() const;       // "60", "40 to 60"
  std::string explanation() const;  // "60 of 2000 published epochs"
};

Training training_of(const SeriesPoint& point);
Training training_of(const Series& series);

// " †" when anything in it is under-trained.
std::string dagger(const Training& training);

// Whether the intervals of the means, over folds, leave room for either to be the better; false without intervals.
bool intervals_overlap(const SeriesPoint& first, const SeriesPoint& second);

// Two series at one choice of classes.
struct PairPoint {
  const SeriesPoint* first = nullptr;
  const SeriesPoint* second = nullptr;
  std::optional<PairedDifference> ten_crops, single_window;  // none: no fold that both finished
};

struct PairReport {
  EqualFlashPair pair;
  const Series* first = nullptr;  // none: no cell of it is finished
  const Series* second = nullptr;
  std::vector<PairPoint> points;  // at class counts with cells of both
  std::optional<Crossover> crossover;
  std::vector<std::string> chosen_from;  // set if the second is the most accurate of several
  std::string failure;                   // why there is no comparison; empty = there is
};

// Borrows from `results`, which must outlive it.
struct ReportData {
  explicit ReportData(const StudyResults& results);
  ReportData(const StudyResults& results, Recommendation asked_for);  // for a target and classes of one's own
  ReportData(const ReportData&) = delete;
  ReportData& operator=(const ReportData&) = delete;

  const StudyResults& results;
  std::vector<Series> series;
  std::vector<PairReport> pairs;
  std::vector<std::string> targets;
  std::vector<int> class_counts;    // ascending
  std::string date;                 // when the last finished cell was started: the same results give the same page
  bool has_open_set = false;        // some series has figures of the classes unknown and background
  std::set<std::string> with_hops;  // targets on which some cell has figures of a hop; none before 2026-11-29
  // Where one choice of classes was measured on a target and the plan sets no pairs side by side: the page begins
  // with it.
  std::optional<Recommendation> recommendation;
  std::string demo;  // study_report()

  // Where a series stands in `series`: its colour and marker everywhere.
  std::size_t look_of(const Series& one) const { return static_cast<std::size_t>(&one - series.data()); }

 private:
  void read_cells();
};

inline const char* crops_name(const ReportData& data) { return crops_name(data.results.kind); }

// Figures as the report prints them, not negative: two decimals below 10, one below 1000, then none.
std::string figure(double value);
std::string signed_figure(double value);        // one decimal, with + or a true minus
std::string percent(const MeanInterval& mean);  // "81.3 ± 2.1"; of one fold "81.3"

inline double kilobytes(double bytes) { return bytes / 1e3; }
inline double millions(double count) { return count / 1e6; }

}  // namespace stapes
