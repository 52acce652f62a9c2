// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <map>
#include <optional>
#include <utility>

#include "emulate/board.h"
#include "plot/line_chart.h"
#include "plot/scatter_chart.h"
#include "study/report/html.h"
#include "study/report/report.h"
#include "study/report/report_parts.h"

namespace stapes {
namespace {

constexpr std::size_t kMaxPointsOfCurve = 120;
constexpr std::size_t kMaxLabeledDots = 60;

std::string figure_html(const std::string& svg, const std::string& caption) {
  return fmt::format("<figure>{}<figcaption>{}</figcaption></figure>\n", svg, html_escaped(caption));
}

struct CaptionedChart {
  ScatterChart chart;
  std::string caption;
};

std::string figure_html(const std::optional<CaptionedChart>& drawn) {
  return drawn ? figure_html(scatter_chart(drawn->chart, SvgUse::kInline), drawn->caption) : "";
}

std::string figures(const std::string& html) { return "<div class=\"figures\">\n" + html + "</div>\n"; }

std::string legend_name(const Series& series) { return series.name + dagger(training_of(series)); }

bool any_under_trained(const ReportData& data) {
  return std::ranges::any_of(data.series, [](const Series& s) { return training_of(s).under_trained > 0; });
}

const char* open_markers_note(const ReportData& data) {
  return any_under_trained(data) ? " Hollow markers and †: under-trained." : "";
}

// ---- accuracy over class counts

using Accuracy = double (CellResult::*)() const;

Dot accuracy_dot(const Series& series, const SeriesPoint& point, const MeanInterval& mean, Accuracy accuracy) {
  const Training training = training_of(point);
  Dot dot;
  dot.x = point.class_count;
  dot.y = mean.mean;
  if (mean.interval_95) dot.interval = {{mean.interval_95->low, mean.interval_95->high}};
  if (point.cells.size() > 1) {
    for (const FinishedCell* cell : point.cells) dot.parts.push_back((cell->result.*accuracy)());
  }
  dot.open = training.under_trained > 0;
  dot.tip =
      fmt::format("{}, {} classes: {} %; {}", series.name, point.class_count, percent(mean), training.explanation());
  return dot;
}

std::vector<Mark> crossover_marks(const ReportData& data) {
  std::vector<Mark> marks;
  for (const PairReport& report : data.pairs) {
    if (!report.crossover || !report.crossover->change.x) continue;
    Mark mark{*report.crossover->change.x,
              fmt::format("{}: crossover at {:.0f}", report.pair.name, *report.crossover->change.x),
              {}};
    if (const auto& band = report.crossover->interval_95) mark.band = {{band->low, band->high}};
    marks.push_back(std::move(mark));
  }
  return marks;
}

CaptionedChart accuracy_chart(const ReportData& data, Protocol protocol) {
  const bool crops = protocol == Protocol::kTenCrops;
  ScatterChart chart;
  chart.title = fmt::format("Accuracy by number of classes, {}", crops ? crops_name(data) : "single window");
  chart.x_label = "classes";
  chart.y_label = "accuracy (%), measured";
  chart.y_limits = {{0, 100}};
  chart.set_apart = true;
  chart.x_ticks.assign(data.class_counts.begin(), data.class_counts.end());
  for (const Series& series : data.series) {
    DotSeries dots{legend_name(series), data.look_of(series), {}, true};
    for (const SeriesPoint& point : series.points) {
      dots.dots.push_back(accuracy_dot(series, point, crops ? point.ten_crops : point.single_window,
                                       crops ? &CellResult::accuracy : &CellResult::window_accuracy));
    }
    chart.series.push_back(std::move(dots));
  }
  if (crops) chart.marks = crossover_marks(data);
  std::string caption = data.results.kind == InputKind::kImage ? "On whole images."
                        : crops                                ? "On 10 crops of a clip, as in published figures."
                                : "On one window in the middle of a clip, as on a device.";
  caption +=
      " Bars: 95 % interval of the mean over folds; small points: single cells. Series are drawn slightly apart.";
  if (!chart.marks.empty()) caption += " Vertical line: crossover of a pair at equal flash; shaded: its 95 % interval.";
  return CaptionedChart{std::move(chart), caption + open_markers_note(data)};
}

std::optional<CaptionedChart> difference_chart(const ReportData& data) {
  ScatterChart chart;
  chart.title = fmt::format("Difference at equal flash, {}", crops_name(data));
  chart.x_label = "classes";
  chart.y_label = "first − second (points), measured";
  chart.y_mark = 0;
  chart.set_apart = true;
  chart.x_ticks.assign(data.class_counts.begin(), data.class_counts.end());
  for (std::size_t i = 0; i < data.pairs.size(); ++i) {
    const PairReport& report = data.pairs[i];
    if (report.points.empty()) continue;
    // A color and marker that no series uses, if any are left.
    DotSeries dots{legend_name(*report.first) + " − " + legend_name(*report.second), data.series.size() + i, {}, true};
    for (const PairPoint& point : report.points) {
      Dot dot;
      dot.x = point.first->class_count;
      dot.y = point.ten_crops->difference;
      if (const auto& interval = point.ten_crops->interval_95) dot.interval = {{interval->low, interval->high}};
      dot.open = training_of(*point.first).under_trained + training_of(*point.second).under_trained > 0;
      dot.tip =
          fmt::format("{}, {} classes: {} points", report.pair.name, point.first->class_count, signed_figure(dot.y));
      dots.dots.push_back(std::move(dot));
    }
    chart.series.push_back(std::move(dots));
  }
  if (chart.series.empty()) return std::nullopt;
  chart.marks = crossover_marks(data);
  std::string caption = "Above 0, the first is more accurate. Bars: 95 % interval, bootstrap over sources.";
  if (!chart.marks.empty()) caption += " Vertical line: crossover; shaded: its 95 % interval.";
  return CaptionedChart{std::move(chart), caption + open_markers_note(data)};
}

// ---- accuracy against cost

struct Quantity {
  const char *name, *x_label;
  double (*of)(const MeanTargetCost& cost);
  double (*limit)(const Board& board);  // of the board, in the same unit; 0 = none
};

const Quantity kFlash = {"flash", "flash (KB), measured", [](const MeanTargetCost& c) { return c.flash_bytes / 1e3; },
                         [](const Board& board) { return static_cast<double>(board.flash_bytes) / 1e3; }};
const Quantity kRam = {"RAM", "RAM (KB), measured", [](const MeanTargetCost& c) { return c.ram_bytes / 1e3; },
                       [](const Board& board) { return static_cast<double>(board.ram_bytes) / 1e3; }};
const Quantity kInstructions = {"instructions", "instructions per window (M), counted",
                                [](const MeanTargetCost& c) { return c.instructions / 1e6; },
                                [](const Board&) { return 0.0; }};
const Quantity kTime = {"time", "one window (ms), measured", [](const MeanTargetCost& c) { return c.window_ms; },
                        [](const Board&) { return 0.0; }};

// The board's memory limit. A chart omits a limit that lies outside the range of the points.
std::vector<Mark> limit_marks(const std::string& target, const Quantity& quantity) {
  for (const Board& board : boards()) {
    if (board.name != target || quantity.limit(board) <= 0) continue;
    return {{quantity.limit(board), "limit of the " + board.product, {}}};
  }
  return {};
}

std::optional<CaptionedChart> cost_chart(const ReportData& data, const std::string& target, const Quantity& quantity) {
  ScatterChart chart;
  chart.title = fmt::format("Accuracy against {}, {}", quantity.name, target);
  chart.x_label = quantity.x_label;
  chart.y_label = fmt::format("accuracy (%), {}, measured", crops_name(data));
  chart.y_limits = {{0, 100}};
  std::map<int, std::vector<Point>> by_classes;
  std::size_t dot_count = 0;
  for (const Series& series : data.series) {
    DotSeries dots{legend_name(series), data.look_of(series), {}, false};
    for (const SeriesPoint& point : series.points) {
      const auto cost = mean_target_cost(point, target);
      if (!cost || quantity.of(*cost) <= 0) continue;
      Dot dot;
      dot.x = quantity.of(*cost);
      dot.y = point.ten_crops.mean;
      dot.open = training_of(point).under_trained > 0;
      dot.label = std::to_string(point.class_count);
      dot.tip = fmt::format("{}, {} classes: {:.1f} %; {}: {}", series.name, point.class_count, dot.y, quantity.x_label,
                            figure(dot.x));
      by_classes[point.class_count].emplace_back(dot.x, dot.y);
      dots.dots.push_back(std::move(dot));
      ++dot_count;
    }
    if (!dots.dots.empty()) chart.series.push_back(std::move(dots));
  }
  if (dot_count == 0) return std::nullopt;
  std::string caption = "Dashed: Pareto front (best accuracy within each limit) for each number of classes.";
  if (dot_count <= kMaxLabeledDots && by_classes.size() > 1) {
    caption += " Numbers next to points: classes.";
  } else {
    for (DotSeries& series : chart.series) {
      for (Dot& dot : series.dots) dot.label.clear();
    }
  }
  for (auto& [count, points] : by_classes) {
    chart.fronts.push_back({fmt::format("{} classes", count), pareto_front(std::move(points))});
  }
  chart.marks = limit_marks(target, quantity);
  return CaptionedChart{std::move(chart), caption + open_markers_note(data)};
}

// ---- training curves

// Averages neighboring points of a long curve: finer detail would not be visible.
std::vector<Point> thinned(const std::vector<Point>& points) {
  const std::size_t each = (points.size() + kMaxPointsOfCurve - 1) / kMaxPointsOfCurve;
  if (each <= 1) return points;
  std::vector<Point> means;
  for (std::size_t first = 0; first < points.size(); first += each) {
    const std::size_t end = std::min(first + each, points.size());
    Point sum{0, 0};
    for (std::size_t i = first; i < end; ++i) sum = {sum.first + points[i].first, sum.second + points[i].second};
    const double count = static_cast<double>(end - first);
    means.emplace_back(sum.first / count, sum.second / count);
  }
  return means;
}

struct Curves {
  std::vector<Line> losses, accuracies, alphas;  // alpha: binary networks, if recorded
  bool thinned = false;
};

void add_curve(const CellResult& result, const Line& like, Curves& curves) {
  Line loss = like, accuracy = like;
  accuracy.name.clear();
  Line alpha = accuracy;
  for (const CurvePoint& point : result.curve) {
    if (std::isfinite(point.loss)) loss.points.emplace_back(point.epoch, point.loss);
    if (point.accuracy) accuracy.points.emplace_back(point.epoch, *point.accuracy);
    if (point.alpha) alpha.points.emplace_back(point.epoch, *point.alpha);
  }
  curves.thinned |= loss.points.size() > kMaxPointsOfCurve;
  loss.points = thinned(loss.points);
  accuracy.points = thinned(accuracy.points);
  alpha.points = thinned(alpha.points);
  if (!alpha.points.empty()) curves.alphas.push_back(std::move(alpha));
  curves.losses.push_back(std::move(loss));
  curves.accuracies.push_back(std::move(accuracy));
}

std::string curve_figure(const Series& series) {
  Curves curves;
  for (std::size_t color = 0; color < series.points.size(); ++color) {
    const SeriesPoint& point = series.points[color];
    int dash = 0;
    for (const FinishedCell* cell : point.cells) {
      if (cell->result.curve.empty()) continue;
      const std::string name = dash == 0 ? fmt::format("{} classes", point.class_count) : "";
      add_curve(cell->result, {name, {}, color, dash++}, curves);
    }
  }
  if (curves.losses.empty()) return "";
  const Training training = training_of(series);
  std::vector<Panel> panels = {{.y_label = "loss (KL, nats)", .lines = curves.losses, .y_range = {}},
                               {.y_label = "accuracy (%)", .lines = curves.accuracies, .y_range = {{0, 100}}}};
  std::string caption =
      fmt::format("{}{}. Color: classes; dashes: fold and seed.", training.explanation(), dagger(training));
  if (!curves.alphas.empty()) {
    panels.push_back({.y_label = "smallest alpha of a layer", .lines = curves.alphas, .y_range = {}});
    caption += " Alpha: the smallest mean |W| of any binary layer.";
  }
  if (curves.thinned) caption += " Neighboring epochs are averaged.";
  return figure_html(line_chart(series.name, "epoch", panels, SvgUse::kInline), caption);
}

// Results may come from elsewhere; target names must not escape the folder.
std::string as_file_name(std::string target) {
  const auto other = [](char c) { return !std::isalnum(static_cast<unsigned char>(c)) && c != '-'; };
  std::ranges::replace_if(target, other, '_');
  return target;
}

void add_figure(const std::string& name, const std::optional<CaptionedChart>& drawn, std::vector<Figure>& figures) {
  if (drawn) figures.push_back({name, scatter_chart(drawn->chart, SvgUse::kFile)});
}

}  // namespace

std::vector<Figure> study_figures(const StudyResults& results) { return study_figures(ReportData(results)); }

std::vector<Figure> study_figures(const ReportData& data) {
  std::vector<Figure> all;
  if (data.series.empty()) return all;
  add_figure("accuracy", accuracy_chart(data, Protocol::kTenCrops), all);
  if (data.results.kind != InputKind::kImage)
    add_figure("accuracy-window", accuracy_chart(data, Protocol::kSingleWindow), all);
  add_figure("difference", difference_chart(data), all);
  for (const std::string& target : data.targets) {
    for (const auto& [name, quantity] : {std::pair("flash", kFlash), {"ram", kRam}, {"instructions", kInstructions}}) {
      add_figure(as_file_name(target) + "-" + name, cost_chart(data, target, quantity), all);
    }
  }
  return all;
}

std::string accuracy_section(const ReportData& data) {
  const bool one_cell_each = std::ranges::all_of(data.series, [](const Series& series) {
    return series.points.size() == 1 && series.points.front().cells.size() == 1;
  });
  if (data.series.empty() || (data.class_counts.size() == 1 && one_cell_each)) return "";
  return section(
      "classes", "Accuracy by number of classes",
      figures(
          figure_html(accuracy_chart(data, Protocol::kTenCrops)) +
          (data.results.kind == InputKind::kImage ? "" : figure_html(accuracy_chart(data, Protocol::kSingleWindow))) +
          figure_html(difference_chart(data))));
}

std::string cost_section(const ReportData& data) {
  if (data.series.empty()) return "";
  std::string html;
  for (const std::string& target : data.targets) {
    std::string drawn;
    const bool is_first = data.recommendation && data.recommendation->target() == target;  // see front_figure()
    for (const Quantity* quantity : {&kFlash, &kRam, &kInstructions}) {
      if (!is_first || quantity != &kInstructions) drawn += figure_html(cost_chart(data, target, *quantity));
    }
    if (target == "host" && !is_first) drawn += figure_html(cost_chart(data, target, kTime));
    if (!drawn.empty()) html += fmt::format("<h3>{}</h3>\n", html_escaped(target)) + figures(drawn);
  }
  return html.empty() ? "" : section("cost", "Accuracy against cost", html);
}

std::string front_figure(const ReportData& data) {
  const Recommendation& recommendation = *data.recommendation;
  auto drawn = cost_chart(data, recommendation.target(), recommendation.emulated() ? kInstructions : kTime);
  if (!drawn) return "";
  for (DotSeries& series : drawn->chart.series) {
    const bool ships = recommendation.ship() && recommendation.ship()->series == data.series[series.look].name;
    for (Dot& dot : series.dots) dot.label = ships ? "ship" : "";
  }
  return figure_html(drawn);
}

std::string training_section(const ReportData& data) {
  std::string drawn;
  for (const Series& series : data.series) drawn += curve_figure(series);
  if (drawn.empty()) return "";
  return section(
      "training", "Training curves",
      fmt::format("<p>Loss on training samples; accuracy on the test fold, before packing ({}), at the epochs "
                  "that were evaluated. Series that are only quantized have no curves.</p>\n",
                  crops_name(data)) +
          html_details("Show the curves of every series", figures(drawn)));
}

}  // namespace stapes
