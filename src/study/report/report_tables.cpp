// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <initializer_list>
#include <set>

#include "base/names.h"
#include "plot/svg.h"
#include "study/report/html.h"
#include "study/report/report_parts.h"

namespace stapes {
namespace {

using Row = std::vector<HtmlCell>;

constexpr const char* kOpenSet = "Unknown and background";
constexpr const char* kAccuracy = "Accuracy (%) ± half of its 95 % interval";

template <class T>
void append(std::vector<T>& cells, std::initializer_list<T> more) {
  cells.insert(cells.end(), more);
}

std::vector<HtmlColumn> summary_columns(const ReportData& data) {
  std::vector<HtmlColumn> columns = {
      {"Series", "Network", "", "", false},
      {"Series", "Route", "", "", false},
      {"Series", "Form", "", "", false},
      {"Series", "Classes", "", "", true},
      {kAccuracy, crops_name(data), "", "measured", true},
  };
  if (data.results.kind != InputKind::kImage) columns.push_back({kAccuracy, "Single window", "", "measured", true});
  if (data.has_open_set) {
    columns.push_back({kOpenSet, "AUROC", "", "measured", true});
    columns.push_back({kOpenSet, "Accepted", "%", "measured", true});
  }
  append<HtmlColumn>(columns, {
                                  {"Packed model", "File", "KB", "measured", true},
                                  {"Packed model", "MACs", "M", "counted", true},
                                  {"Packed model", "Binary MACs", "M", "counted", true},
                                  {"Packed model", "Arena", "KB", "counted", true},
                                  {"Packed model", "This machine", "ms", "measured", true},
                              });
  for (const std::string& target : data.targets) {
    const bool host = target == "host";
    columns.push_back({target, "Instructions", "M", "counted", true});
    columns.push_back({target, "Flash", "KB", "measured", true});
    columns.push_back({target, "RAM", "KB", "measured", true});
    columns.push_back({target, "Window", "ms", host ? "measured" : "estimated", true});
    if (data.with_hops.contains(target))
      columns.push_back({target, "Duty", "%", host ? "measured" : "estimated", true});
  }
  columns.push_back({"Basis", "Folds", "", "", true});
  columns.push_back({"Basis", "Seeds", "", "", true});
  columns.push_back({"Basis", "Epochs", "", "", true});
  return columns;
}

HtmlCell figure_cell(double value) { return number_cell(value, figure(value)); }

HtmlCell accuracy_cell(const MeanInterval& mean, const Training& training) {
  HtmlCell cell = number_cell(mean.mean, percent(mean) + dagger(training));
  cell.tip = fmt::format("mean of {} fold{}", mean.count, mean.count == 1 ? ": no interval" : "s");
  if (training.under_trained > 0) cell.tip += "; " + training.explanation();
  return cell;
}

void add_open_set_cells(const SeriesPoint& point, Row& row) {
  const auto cell = [&](const std::optional<MeanInterval>& mean, int decimals, const char* why_not) {
    if (!mean) return missing_cell(why_not);
    HtmlCell figure = number_cell(mean->mean, fmt::format("{:.{}f}", mean->mean, decimals));
    figure.tip = fmt::format("mean of {} fold{}", mean->count, mean->count == 1 ? "" : "s");
    return figure;
  };
  row.push_back(
      cell(point.auroc, 4,
           "some cells have no AUROC: an earlier version ran them, or they have no unknown or background clips"));
  row.push_back(cell(point.accepted_share, 1, "some cells have no clips of a class 'unknown' or 'background'"));
}

void add_target_cells(const SeriesPoint& point, const std::string& target, bool with_duty, Row& row) {
  std::string why_not;
  const auto cost = mean_target_cost(point, target, &why_not);
  if (!cost) {
    row.insert(row.end(), with_duty ? 5 : 4, missing_cell(why_not));
    return;
  }
  const bool counted = cost->instructions > 0;
  row.push_back(counted ? figure_cell(millions(cost->instructions)) : missing_cell("not counted on the host"));
  row.push_back(figure_cell(kilobytes(cost->flash_bytes)));
  row.push_back(figure_cell(kilobytes(cost->ram_bytes)));
  row.push_back(figure_cell(cost->window_ms));
  if (with_duty)
    row.push_back(cost->duty_percent > 0 ? figure_cell(cost->duty_percent)
                                         : missing_cell("some cells have no figures per hop: an earlier version "
                                                        "ran them, or the model cannot be streamed"));
}

void add_basis_cells(const SeriesPoint& point, const Training& training, Row& row) {
  std::set<int> folds;
  std::set<std::uint64_t> seeds;
  for (const FinishedCell* cell : point.cells) {
    folds.insert(cell->result.id.fold);
    seeds.insert(cell->result.id.seed);
  }
  row.push_back(number_cell(static_cast<double>(folds.size()), std::to_string(folds.size())));
  row.push_back(number_cell(static_cast<double>(seeds.size()), std::to_string(seeds.size())));
  std::string epochs = training.epochs();
  if (training.published_epochs > 0) epochs += fmt::format(" / {}", training.published_epochs);
  row.push_back(number_cell(training.max_epochs, epochs + dagger(training)));
}

Row summary_row(const ReportData& data, const Series& series, const SeriesPoint& point) {
  const Training training = training_of(point);
  const MeanCost cost = mean_cost(point);
  Row row = {head_cell(series_swatch(data.look_of(series)) + html_escaped(series.network)),
             head_cell(html_escaped(series.route)), text_cell(series.form),
             number_cell(point.class_count, std::to_string(point.class_count)),
             accuracy_cell(point.ten_crops, training)};
  row[3].tip = point.classes;
  if (data.results.kind != InputKind::kImage) row.push_back(accuracy_cell(point.single_window, training));
  if (data.has_open_set) add_open_set_cells(point, row);
  append<HtmlCell>(row, {figure_cell(kilobytes(cost.file_bytes)), figure_cell(millions(cost.macs)),
                         figure_cell(millions(cost.binary_macs)), figure_cell(kilobytes(cost.arena_bytes)),
                         figure_cell(cost.host_ms)});
  for (const std::string& target : data.targets) add_target_cells(point, target, data.with_hops.contains(target), row);
  add_basis_cells(point, training, row);
  return row;
}

// ---- equal flash

std::string difference_text(const PairedDifference& paired) {
  std::string text = signed_figure(paired.difference);
  if (paired.interval_95) {
    text += fmt::format(" ({} to {})", signed_figure(paired.interval_95->low), signed_figure(paired.interval_95->high));
  }
  return paired.is_clear() ? "<b>" + text + "</b>" : text;
}

HtmlCell difference_cell(const std::optional<PairedDifference>& paired) {
  if (!paired) return missing_cell("no finished fold in common");
  HtmlCell cell = number_cell(paired->difference, difference_text(*paired));
  cell.tip = fmt::format("{} paired predictions on clips from {} sources; McNemar p = {:.2g}{}", paired->judgements,
                         paired->sources, paired->mcnemar_p,
                         paired->mcnemar_apt ? "" : " (not valid: predictions from one source are not independent)");
  return cell;
}

// "130.1 : 147.4", sorted by the ratio.
HtmlCell against(double first, double second) {
  HtmlCell cell = number_cell(second > 0 ? first / second : 0, figure(first) + " : " + figure(second));
  if (second > 0) cell.tip = fmt::format("ratio {:.2f}", first / second);
  return cell;
}

void add_target_pair(const PairPoint& point, const std::string& target, Row& row) {
  std::string why_not;
  const auto first = mean_target_cost(*point.first, target, &why_not);
  const auto second = mean_target_cost(*point.second, target, &why_not);
  if (!first || !second) {
    row.insert(row.end(), 3, missing_cell(why_not));
    return;
  }
  row.push_back(against(kilobytes(first->flash_bytes), kilobytes(second->flash_bytes)));
  if (first->instructions > 0 && second->instructions > 0) {
    row.push_back(against(millions(first->instructions), millions(second->instructions)));
  } else {
    row.push_back(missing_cell("not counted on the host"));
  }
  row.push_back(against(first->window_ms, second->window_ms));
}

std::vector<HtmlColumn> pair_columns(const ReportData& data) {
  const std::string accuracy = fmt::format("Accuracy, {}, %", crops_name(data));
  std::vector<HtmlColumn> columns = {
      {"", "Classes", "", "", true},
      {accuracy, "First", "", "measured", true},
      {accuracy, "Second", "", "measured", true},
      {"First − second, points (95 % CI)", crops_name(data), "", "measured", true},
  };
  if (data.results.kind != InputKind::kImage)
    columns.push_back({"First − second, points (95 % CI)", "Single window", "", "measured", true});
  append<HtmlColumn>(columns, {{"First : second", "File", "KB", "measured", true},
                               {"First : second", "MACs", "M", "counted", true},
                               {"First : second", "Binary MACs", "M", "counted", true}});
  for (const std::string& target : data.targets) {
    columns.push_back({target, "Flash", "KB", "measured", true});
    columns.push_back({target, "Instructions", "M", "counted", true});
    columns.push_back({target, "Window", "ms", target == "host" ? "measured" : "estimated", true});
  }
  return columns;
}

Row pair_row(const ReportData& data, const PairPoint& point) {
  const MeanCost first = mean_cost(*point.first), second = mean_cost(*point.second);
  Row row = {number_cell(point.first->class_count, std::to_string(point.first->class_count)),
             accuracy_cell(point.first->ten_crops, training_of(*point.first)),
             accuracy_cell(point.second->ten_crops, training_of(*point.second)), difference_cell(point.ten_crops)};
  if (data.results.kind != InputKind::kImage) row.push_back(difference_cell(point.single_window));
  append<HtmlCell>(row, {against(kilobytes(first.file_bytes), kilobytes(second.file_bytes)),
                         against(millions(first.macs), millions(second.macs)),
                         against(millions(first.binary_macs), millions(second.binary_macs))});
  for (const std::string& target : data.targets) add_target_pair(point, target, row);
  return row;
}

std::string named_series(const ReportData& data, const Series& series) {
  return series_swatch(data.look_of(series)) + html_escaped(series.name);
}

std::string pair_text(const ReportData& data, const PairReport& report, std::size_t number) {
  std::string html = fmt::format("<h3>{}</h3>\n", html_escaped(report.pair.name));
  if (!report.failure.empty()) {
    return html + fmt::format("<p>{} and {} cannot be compared: {}.</p>\n", html_escaped(report.pair.first),
                              html_escaped(report.pair.second), html_escaped(report.failure));
  }
  html +=
      fmt::format("<p>First: {}. Second: {}.", named_series(data, *report.first), named_series(data, *report.second));
  if (report.chosen_from.size() > 1) {
    html += fmt::format(" It was chosen from {} by mean accuracy on the test folds, which favors it.",
                        html_escaped(conjunction(report.chosen_from)));
  }
  if (report.crossover) {
    html += fmt::format(" Crossover: {}.",
                        html_escaped(describe(*report.crossover, report.first->name, report.second->name)));
  }
  std::vector<Row> rows;
  for (const PairPoint& point : report.points) rows.push_back(pair_row(data, point));
  return html + "</p>\n" +
         html_table(fmt::format("pair-{}", number),
                    fmt::format("{} against {}", report.first->name, report.second->name), pair_columns(data), rows);
}

}  // namespace

std::string series_swatch(std::size_t look) {
  return fmt::format(
      "<svg class=\"swatch\" viewBox=\"-7 -7 14 14\" aria-hidden=\"true\"><g {}><path d=\"{}\"/></g></svg>",
      series_color(look), series_marker(look, 0, 0, 5));
}

std::string section(const std::string& id, const std::string& heading, const std::string& html) {
  return fmt::format("<section id=\"{}\">\n<h2>{}</h2>\n{}</section>\n", id, html_escaped(heading), html);
}

std::string summary_section(const ReportData& data) {
  if (data.series.empty()) return "";
  std::vector<Row> rows;
  bool any_under_trained = false;
  for (const Series& series : data.series) {
    for (const SeriesPoint& point : series.points) {
      rows.push_back(summary_row(data, series, point));
      any_under_trained |= training_of(point).under_trained > 0;
    }
  }
  std::string html = html_table("summary", "Every series at every number of classes", summary_columns(data), rows);
  html += "<p class=\"note\">Accuracy: mean over folds ± half of its 95 % interval. ";
  if (any_under_trained) html += "† under-trained: fewer epochs than the published recipe. ";
  if (data.has_open_set) {
    html +=
        "AUROC: known classes against unknown and background. Accepted: share of unknown and background clips that are "
        "classified as a known class. Both on " +
        std::string(crops_name(data)) + ". ";
  }
  return section("table", "All figures",
                 html + "KB: 1000 bytes. Point at a dash to see why a figure is missing.</p>\n");
}

std::string pairs_section(const ReportData& data) {
  if (data.pairs.empty()) return "";
  std::string html;
  for (std::size_t i = 0; i < data.pairs.size(); ++i) html += pair_text(data, data.pairs[i], i + 1);
  html +=
      "<p class=\"note\">Differences are on the clips that both models were tested on; their intervals come from a "
      "bootstrap over whole sources. Bold: the interval excludes 0.</p>\n";
  return section("pairs", "At equal flash", html);
}

}  // namespace stapes
