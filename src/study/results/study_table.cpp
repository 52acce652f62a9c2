// SPDX-License-Identifier: Apache-2.0
#include "study/results/study_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace stapes {
namespace {

constexpr int kFigure = 24;

std::string figure(const SeriesPoint& point) {
  std::string text = fmt::format("{:.2f}", point.ten_crops.mean);
  if (point.ten_crops.interval_95) {
    text += fmt::format(" ({:.1f} to {:.1f})", point.ten_crops.interval_95->low, point.ten_crops.interval_95->high);
  }
  const bool short_of = std::any_of(point.cells.begin(), point.cells.end(),
                                    [](const FinishedCell* cell) { return cell->result.under_trained(); });
  return text + (short_of ? " *" : "");
}

std::vector<std::string> columns_of(const std::vector<Series>& series) {
  std::vector<std::pair<int, std::string>> columns;
  for (const Series& s : series) {
    for (const SeriesPoint& point : s.points) columns.emplace_back(point.class_count, point.classes);
  }
  std::sort(columns.begin(), columns.end());
  columns.erase(std::unique(columns.begin(), columns.end()), columns.end());
  std::vector<std::string> names;
  for (auto& [count, name] : columns) names.push_back(std::move(name));
  return names;
}

std::string row_of(const Series& series, const std::vector<std::string>& columns, int name_width) {
  std::string row = fmt::format("{:<{}}", series.name, name_width);
  for (const std::string& column : columns) {
    const auto point = std::find_if(series.points.begin(), series.points.end(),
                                    [&](const SeriesPoint& p) { return p.classes == column; });
    row += fmt::format(" {:>{}}", point == series.points.end() ? "-" : figure(*point), kFigure);
  }
  const CellResult& last = series.points.back().cells.front()->result;
  return row + fmt::format(" {:>9} {:>8.2f} {:>8.2f}\n", last.file_bytes, static_cast<double>(last.macs) * 1e-6,
                           static_cast<double>(last.binary_macs) * 1e-6);
}

// "60 to 80 epochs instead of the published 2000"
std::string note_on_training(const StudyResults& results) {
  int least = 0, most = 0, published = 0;
  for (const FinishedCell& cell : results.finished) {
    if (!cell.result.under_trained()) continue;
    least = least == 0 ? cell.result.epochs : std::min(least, cell.result.epochs);
    most = std::max(most, cell.result.epochs);
    published = std::max(published, cell.result.published_epochs);
  }
  if (published == 0) return "";
  const std::string epochs = least == most ? std::to_string(least) : fmt::format("{} to {}", least, most);
  return fmt::format("* under-trained: {} epochs instead of the published {}.\n", epochs, published);
}

}  // namespace

std::string study_table(const StudyResults& results) {
  const std::vector<Series> series = series_of(results);
  if (series.empty()) return "No cell is finished.\n";
  const std::vector<std::string> columns = columns_of(series);
  std::size_t name_width = 8;
  for (const Series& s : series) name_width = std::max(name_width, s.name.size());
  std::string text = fmt::format("{:<{}}", "accuracy", name_width);
  for (const std::string& column : columns) text += fmt::format(" {:>{}}", column, kFigure);
  text += fmt::format(" {:>9} {:>8} {:>8}\n", "bytes", "M MACs", "binary");
  for (const Series& s : series) text += row_of(s, columns, static_cast<int>(name_width));
  text += fmt::format(
      "Measured on the packed model: accuracy in %, {}, last epoch, mean over folds with a 95 % Student's t "
      "interval\n(optimistic: the folds' training sets overlap), and file bytes. Counted: MACs.\n"
      "Bytes and MACs are for the largest number of classes.\n",
      crops_name(results.kind));
  return text + note_on_training(results);
}

}  // namespace stapes
