// SPDX-License-Identifier: Apache-2.0
#include "plot/heat_map.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>

namespace stapes {
namespace {

constexpr std::size_t kMaxCounted = 12;   // with at most this many classes, cells show counts
constexpr std::size_t kLabelLength = 20;  // characters
constexpr double kTop = 44, kLegendHeight = 44, kMargin = 8, kMinWidth = 330;

struct Step {
  double share;  // upper bound
  const char* name;
  double opacity;
};
constexpr std::array kSteps = {Step{0.05, "≤ 5 %", 0.18}, Step{0.1, "≤ 10 %", 0.34}, Step{0.2, "≤ 20 %", 0.52},
                               Step{0.5, "≤ 50 %", 0.74}, Step{1.0, "≤ 100 %", 1.0}};

double cell_size(std::size_t classes) {
  if (classes <= kMaxCounted) return 24;
  return std::max(3.0, classes <= 20 ? 17 : classes <= 30 ? 14 : std::min(11.0, 900 / static_cast<double>(classes)));
}

int row_total(const std::vector<int>& row) { return std::accumulate(row.begin(), row.end(), 0); }

std::size_t step_of(int count, int row_total) {
  const double share = static_cast<double>(count) / row_total;
  std::size_t step = 0;
  while (step + 1 < kSteps.size() && share > kSteps[step].share) ++step;
  return step;
}

// Draws cells as strokes one unit long and wide: a few bytes per cell.
std::string cells_text(const HeatMap& map) {
  std::array<std::array<std::string, kSteps.size()>, 2> paths;  // [wrong, right][step]
  for (std::size_t row = 0; row < map.counts.size(); ++row) {
    const int total = row_total(map.counts[row]);
    for (std::size_t column = 0; column < map.counts[row].size(); ++column) {
      const int count = map.counts[row][column];
      if (count > 0) paths[row == column][step_of(count, total)] += fmt::format("M{} {}.5h1", column, row);
    }
  }
  std::string text;
  for (const bool right : {false, true}) {
    for (std::size_t step = 0; step < kSteps.size(); ++step) {
      if (paths[right][step].empty()) continue;
      text += fmt::format("<path class=\"{} cells\" fill=\"none\" stroke-opacity=\"{}\" d=\"{}\"/>\n",
                          right ? "right" : "wrong", kSteps[step].opacity, paths[right][step]);
    }
  }
  return text;
}

std::string counts_text(const HeatMap& map, double left, double top, double size) {
  constexpr std::size_t kStrong = 3;  // from this step on, cells are too dark for text in the page's color
  std::string text;
  for (std::size_t row = 0; row < map.counts.size(); ++row) {
    const int total = row_total(map.counts[row]);
    for (std::size_t column = 0; column < map.counts[row].size(); ++column) {
      const int count = map.counts[row][column];
      if (count == 0) continue;
      text +=
          text_at(left + (static_cast<double>(column) + 0.5) * size, top + (static_cast<double>(row) + 0.5) * size + 4,
                  "middle", std::to_string(count), step_of(count, total) >= kStrong ? "count strong" : "count");
    }
  }
  return text;
}

std::string labels_text(const HeatMap& map, double left, double top, double size) {
  const double font = std::min(12.0, size - 1);
  std::string rows, columns;
  for (std::size_t i = 0; i < map.labels.size(); ++i) {
    const std::string label = svg_escaped(shortened(map.labels[i], kLabelLength));
    const double middle = (static_cast<double>(i) + 0.5) * size + font * 0.35;
    rows += fmt::format("<text x=\"{:.0f}\" y=\"{:.1f}\">{}</text>\n", left - 5, top + middle, label);
    // The group of column labels is rotated: x points up, y to the right.
    columns += fmt::format("<text x=\"5\" y=\"{:.1f}\">{}</text>\n", middle, label);
  }
  return fmt::format(
      "<g class=\"labels\" style=\"font-size:{0:.0f}px\" text-anchor=\"end\">\n{1}</g>\n"
      "<g class=\"labels\" style=\"font-size:{0:.0f}px\" transform=\"translate({2} {3}) rotate(-90)\">\n"
      "{4}</g>\n",
      font, rows, left, top, columns);
}

std::string legend(double left, double y) {
  std::string text = text_at(left, y, "start", "share of row: correct", "small");
  double x = left + 108;
  for (const char* kind : {"right", "wrong"}) {
    for (const Step& step : kSteps) {
      text += fmt::format(
          "<rect class=\"{}\" stroke-opacity=\"0\" fill-opacity=\"{}\" x=\"{}\" y=\"{}\" width=\"12\" "
          "height=\"10\"/>\n",
          kind, step.opacity, x, y - 9);
      x += 12;
    }
    if (*kind == 'r') text += text_at(x + 8, y, "start", "wrong", "small");
    x += 44;
  }
  std::string names = "in steps: ";
  for (const Step& step : kSteps) names += fmt::format("{}{}", &step == kSteps.data() ? "" : ", ", step.name);
  return text + text_at(left, y + 15, "start", names, "small");
}

}  // namespace

std::string heat_map(const HeatMap& map, SvgUse use) {
  const double size = cell_size(map.labels.size()), side = size * static_cast<double>(map.labels.size());
  const bool labeled = size >= 8;
  double label_width = 0;
  for (const std::string& label : map.labels) {
    label_width = std::max(label_width, text_width(shortened(label, kLabelLength)) * std::min(12.0, size - 1) / 12);
  }
  if (!labeled) label_width = 0;
  const double left = kMargin + 18 + label_width, top = kTop + label_width + 6;
  const double width = std::max(kMinWidth, left + side + kMargin);
  std::string svg = svg_begin(use, map.title, width, top + side + kLegendHeight);
  svg += text_at(kMargin, 17, "start", map.title, "name");
  svg += text_at(left + side / 2, 36, "middle", map.column_label);
  svg += fmt::format("<text transform=\"translate(14 {:.1f}) rotate(-90)\" text-anchor=\"middle\">{}</text>\n",
                     top + side / 2, svg_escaped(map.row_label));
  svg += fmt::format("<g transform=\"translate({} {}) scale({})\">\n{}</g>\n", left, top, size, cells_text(map));
  svg += plot_frame({left, top, left + side, top + side});
  if (labeled) svg += labels_text(map, left, top, size);
  if (map.labels.size() <= kMaxCounted) svg += counts_text(map, left, top, size);
  return svg + legend(kMargin, top + side + 20) + "</svg>\n";
}

}  // namespace stapes
