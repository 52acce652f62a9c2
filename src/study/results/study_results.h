// SPDX-License-Identifier: Apache-2.0
// study_results.h: a results folder as read by report and advice.
//
//   RESULTS/study.json               the plan's text, its cells, the data (written by `stapes study`)
//   RESULTS/cells/NAME/result.json   result of a finished cell (cell_result.h)
//   RESULTS/cells/NAME/failed.json   why the cell failed
//   RESULTS/cells/NAME/model.stapes  the packed model
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "evaluate/mean_interval.h"
#include "study/results/cell_result.h"

namespace stapes {

struct FailedCell {
  CellId id;
  std::string folder;  // name under cells/
  std::string reason;  // one line
  int attempts = 0;
};

// Series that the plan compares because they take about equal flash.
struct EqualFlashPair {
  std::string name;                            // "130 KB"
  std::string first, second;                   // names of series
  std::vector<std::string> alternatives = {};  // to `second`: the report uses the most accurate
};

struct FinishedCell {
  std::string folder;  // name under cells/
  CellResult result;
};

struct StudyResults {
  std::filesystem::path path;
  std::string name, plan_text;
  std::string data_name, data_hash, version;
  InputKind kind = InputKind::kSound;  // for images, ten crops and a single window are the same
  std::vector<FinishedCell> finished;  // in the plan's order
  std::vector<FailedCell> failed;
  std::vector<CellId> missing;  // not run yet, or running
  std::vector<EqualFlashPair> pairs;

  std::size_t cell_count() const { return finished.size() + failed.size() + missing.size(); }
};

// A damaged result counts as a failed cell. Throws Error unless the folder is a study of this format version.
StudyResults read_study(const std::filesystem::path& path);

// A series at one choice of classes: its cells over folds and seeds.
struct SeriesPoint {
  std::string classes;
  int class_count = 0;
  std::vector<const FinishedCell*> cells;
  MeanInterval ten_crops, single_window;  // percent; over folds (a fold's seeds averaged first), Student's t
  std::optional<MeanInterval> auroc, window_auroc, accepted_share;  // only if all cells have the figure
};

struct Series {
  std::string name;  // series_name()
  std::string network, route, form;
  std::vector<SeriesPoint> points;  // class_count ascending; only with finished cells
};

// In plan order. Borrows from `results`.
std::vector<Series> series_of(const StudyResults& results);

}  // namespace stapes
