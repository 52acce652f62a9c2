// SPDX-License-Identifier: Apache-2.0
#include "study/results/study_results.h"

#include <algorithm>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "study/results/study_folder.h"

namespace stapes {
namespace fs = std::filesystem;
namespace {

// `results` already has its path and the data's hash.
void add_cell(const nlohmann::json& row, StudyResults& results) {
  const CellId id = cell_id_from_json(row);
  const std::string name = row.at("folder").get<std::string>();
  if (name.empty() || name.front() == '.' || name.find('/') != std::string::npos) {
    throw Error("invalid cell folder '{}'; expected a name without /", name);
  }
  const CellFolder folder(results.path, name);
  if (folder.is_failed()) {
    results.failed.push_back({id, name, folder.failure(), folder.attempts()});
  } else if (!folder.is_finished()) {
    results.missing.push_back(id);
  } else {
    try {
      CellResult result = folder.result();
      if (!(result.id == id)) throw Error("the result belongs to another cell: {}", describe(result.id));
      if (result.data_hash != results.data_hash)
        throw Error("the result comes from different data (hash {})", result.data_hash);
      results.finished.push_back({name, std::move(result)});
    } catch (const Error& error) {
      results.failed.push_back({id, name, error.what(), folder.attempts()});
    }
  }
}

// Averages the seeds of each fold first, because they are not independent. `figure` returns a double or an optional
// double. Empty unless all cells have the figure.
template <class Figure>
std::optional<MeanInterval> mean_over_folds(const std::vector<const FinishedCell*>& cells, const Figure& figure) {
  std::map<int, std::vector<double>> folds;
  for (const FinishedCell* cell : cells) {
    const std::optional<double> value = std::invoke(figure, cell->result);
    if (!value) return std::nullopt;
    folds[cell->result.id.fold].push_back(*value);
  }
  std::vector<double> means;
  for (const auto& [fold, values] : folds) means.push_back(mean_interval(values).mean);
  return mean_interval(means);
}

SeriesPoint& point_for(Series& series, const CellId& id) {
  const auto found = std::find_if(series.points.begin(), series.points.end(),
                                  [&](const SeriesPoint& p) { return p.classes == id.classes; });
  if (found != series.points.end()) return *found;
  SeriesPoint& point = series.points.emplace_back();
  point.classes = id.classes;
  point.class_count = id.class_count;
  return point;
}

}  // namespace

StudyResults read_study(const fs::path& path) {
  const nlohmann::json study = read_study_file(path);
  StudyResults results;
  results.path = path;
  try {
    study.at("name").get_to(results.name);
    study.at("plan").get_to(results.plan_text);
    study.at("data_hash").get_to(results.data_hash);
    results.kind = kind_of_study(study);
    study.at("version").get_to(results.version);
    results.data_name = fs::path(study.at("data").get<std::string>()).filename().string();
    for (const auto& row : study.at("cells")) add_cell(row, results);
    for (const auto& pair : study.at("pairs")) {
      results.pairs.push_back({pair.at("name").get<std::string>(), pair.at("first").get<std::string>(),
                               pair.at("second").get<std::string>(), pair.value("or", std::vector<std::string>())});
    }
  } catch (const nlohmann::json::exception& error) {
    throw Error("{} is damaged: {}; run `stapes study` to rewrite it", (path / kStudyFile).string(), error.what());
  }
  return results;
}

std::vector<Series> series_of(const StudyResults& results) {
  std::vector<Series> all;
  for (const FinishedCell& cell : results.finished) {
    const CellId& id = cell.result.id;
    auto found = std::find_if(all.begin(), all.end(), [&](const Series& s) { return s.name == series_name(id); });
    if (found == all.end()) {
      all.push_back({series_name(id), id.network, id.route, cell.result.form, {}});
      found = std::prev(all.end());
    }
    point_for(*found, id).cells.push_back(&cell);
  }
  for (Series& series : all) {
    std::stable_sort(series.points.begin(), series.points.end(),
                     [](const auto& a, const auto& b) { return a.class_count < b.class_count; });
    for (SeriesPoint& point : series.points) {
      point.ten_crops = mean_over_folds(point.cells, &CellResult::accuracy).value();
      point.single_window = mean_over_folds(point.cells, &CellResult::window_accuracy).value();
      point.auroc = mean_over_folds(point.cells, &CellResult::auroc);
      point.window_auroc = mean_over_folds(point.cells, &CellResult::window_auroc);
      point.accepted_share = mean_over_folds(point.cells, &CellResult::accepted_share);
    }
  }
  return all;
}

}  // namespace stapes
