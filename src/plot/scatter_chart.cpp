// SPDX-License-Identifier: Apache-2.0
#include "plot/scatter_chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace stapes {
namespace {

// Lengths in SVG user units (pixels at 100 %).
constexpr double kWidth = 380, kLeft = 48, kRight = 14, kPlotHeight = 230, kBottom = 46, kLabelX = 11;
constexpr double kLegendTop = 38, kLegendRow = 18, kRadius = 4.5;

bool is_finite(const Dot& dot) { return std::isfinite(dot.x) && std::isfinite(dot.y); }

struct Scales {
  Scale x, y;
  std::vector<double> x_ticks, y_ticks;
};

AxisRange x_range(const ScatterChart& chart) {
  AxisRange range;
  for (const DotSeries& series : chart.series) {
    for (const Dot& dot : series.dots) {
      if (is_finite(dot)) range.include(dot.x);
    }
  }
  return range;
}

AxisRange y_range(const ScatterChart& chart) {
  AxisRange range;
  const auto include = [&](double y) {
    range.include(chart.y_limits ? std::clamp(y, chart.y_limits->first, chart.y_limits->second) : y);
  };
  for (const DotSeries& series : chart.series) {
    for (const Dot& dot : series.dots) {
      if (!is_finite(dot)) continue;
      include(dot.y);
      for (const double part : dot.parts) include(part);
      if (dot.interval) include(dot.interval->first), include(dot.interval->second);
    }
  }
  if (chart.y_mark) include(*chart.y_mark);
  range = range.widened();
  const double room = 0.03 * (range.high - range.low);
  include(range.low - room);
  include(range.high + room);
  return range;
}

Scales scales_of(const ScatterChart& chart, const PlotArea& area) {
  Scales scales;
  const AxisRange x = x_range(chart);
  const double right_room = chart.fronts.empty() ? 0.08 : 0.24;  // for the names of fronts
  scales.x = {x, area.left, area.right, x.low > 0 && x.high > 10 * x.low};
  if (scales.x.logarithmic) {
    const double ratio = x.high / x.low;
    scales.x.data = {x.low / std::pow(ratio, 0.08), x.high * std::pow(ratio, right_room)};
    scales.x_ticks = log_axis_ticks(scales.x.data.low, scales.x.data.high);
  } else {
    const AxisRange wide = x.low < x.high ? x : x.low <= x.high ? AxisRange{x.low - 1, x.low + 1} : AxisRange{0, 1};
    const double room = (wide.high - wide.low) * (chart.set_apart ? 0.14 : 0.08);
    scales.x.data = {wide.low - room, wide.high + std::max(room, right_room * (wide.high - wide.low))};
    scales.x_ticks = chart.x_ticks.empty() ? axis_ticks(scales.x.data.low, scales.x.data.high, 6) : chart.x_ticks;
  }
  const AxisRange y = y_range(chart);
  scales.y_ticks = axis_ticks(y.low, y.high, 6);
  scales.y = {{scales.y_ticks.front(), scales.y_ticks.back()}, area.bottom, area.top};
  return scales;
}

struct LegendRows {
  std::string text;
  int rows = 0;
};

LegendRows legend(const std::vector<DotSeries>& all) {
  LegendRows legend;
  double x = 0, y = kLegendTop;
  for (const DotSeries& series : all) {
    const double width = 22 + text_width(series.name);
    if (x > 0 && x + width > kWidth) {
      x = 0;
      y += kLegendRow;
    }
    legend.rows = static_cast<int>((y - kLegendTop) / kLegendRow) + 1;
    legend.text += fmt::format("<g {}><path d=\"{}\"/></g>\n", series_color(series.look),
                               series_marker(series.look, x + 6, y - 4, kRadius));
    legend.text += text_at(x + 16, y, "start", series.name);
    x += width + 8;
  }
  return legend;
}

std::string error_bar(double x, std::pair<double, double> interval, const Scale& y) {
  const double low = std::clamp(interval.first, y.data.low, y.data.high);
  const double high = std::clamp(interval.second, y.data.low, y.data.high);
  return fmt::format("<path class=\"line thin\" fill=\"none\" d=\"M{0:.1f} {1:.1f}h6m-3 0V{2:.1f}m-3 0h6\"/>", x - 3,
                     y(low), y(high));
}

std::string dot_text(const Dot& dot, const DotSeries& series, double x, const Scale& y) {
  std::string text = "<g>";
  if (!dot.tip.empty()) text += fmt::format("<title>{}</title>", svg_escaped(dot.tip));
  if (dot.interval) text += error_bar(x, *dot.interval, y);
  for (const double part : dot.parts) {
    if (y.shows(part)) text += fmt::format("<circle class=\"faint\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"2\"/>", x, y(part));
  }
  text += fmt::format("<path{} d=\"{}\"/>", dot.open ? " class=\"open\"" : "",
                      series_marker(series.look, x, y(dot.y), kRadius));
  if (!dot.label.empty()) text += text_at(x + 6, y(dot.y) - 5, "start", dot.label, "small");
  return text + "</g>\n";
}

std::string series_text(const DotSeries& series, double shift, const Scales& scales) {
  std::string dots, line;
  for (const Dot& dot : series.dots) {
    if (!is_finite(dot)) continue;
    const double x = scales.x(dot.x) + shift;
    line += fmt::format("{}{:.1f} {:.1f}", line.empty() ? "M" : "L", x, scales.y(dot.y));
    dots += dot_text(dot, series, x, scales.y);
  }
  if (dots.empty()) return "";
  if (series.joined && series.dots.size() > 1)
    line = "<path class=\"line\" fill=\"none\" d=\"" + line + "\"/>";
  else
    line.clear();
  return fmt::format("<g {}>{}\n{}</g>\n", series_color(series.look), line, dots);
}

std::string front_text(const Front& front, const PlotArea& area, const Scales& scales) {
  if (front.points.empty()) return "";
  std::string path;
  for (const auto& [x, y] : front.points) {
    path += path.empty() ? fmt::format("M{:.1f} {:.1f}", scales.x(x), scales.y(y))
                         : fmt::format("H{:.1f}V{:.1f}", scales.x(x), scales.y(y));
  }
  return fmt::format("<path class=\"front\" fill=\"none\" stroke=\"#888\" d=\"{}H{:.1f}\"/>\n", path, area.right) +
         text_at(area.right - 4, scales.y(front.points.back().second) + 11, "end", front.name, "small");
}

std::string mark_text(const Mark& mark, double label_y, const PlotArea& area, const Scale& x) {
  if (!std::isfinite(mark.x) || !x.shows(mark.x)) return "";
  std::string text;
  if (mark.band) {
    const double low = x(std::max(mark.band->first, x.data.low)), high = x(std::min(mark.band->second, x.data.high));
    text += fmt::format(
        "<rect class=\"band\" fill=\"#333\" opacity=\".09\" x=\"{:.1f}\" y=\"{}\" width=\"{:.1f}\" "
        "height=\"{}\"/>\n",
        low, area.top, std::max(0.0, high - low), area.bottom - area.top);
  }
  text += fmt::format("<line class=\"mark\" stroke=\"#333\" x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1}\" y2=\"{2}\"/>\n",
                      x(mark.x), area.top, area.bottom);
  const bool left = x(mark.x) + text_width(mark.label) * 0.85 > area.right;  // small text
  return text + text_at(x(mark.x) + (left ? -4 : 4), label_y, left ? "end" : "start", mark.label, "small");
}

}  // namespace

std::string scatter_chart(const ScatterChart& chart, SvgUse use) {
  const LegendRows names = legend(chart.series);
  const double top = kLegendTop + kLegendRow * names.rows - 4;
  const PlotArea area{kLeft, top, kWidth - kRight, top + kPlotHeight};
  const Scales scales = scales_of(chart, area);
  std::string svg = svg_begin(use, chart.title, kWidth, area.bottom + kBottom);
  svg += text_at(0, 17, "start", chart.title, "name") + names.text;
  svg += y_axis(area, scales.y, scales.y_ticks, chart.y_label, kLabelX);
  svg += x_axis(area, scales.x, scales.x_ticks, chart.x_label + (scales.x.logarithmic ? ", logarithmic" : ""));
  double label_y = area.top + 12;
  for (const Mark& mark : chart.marks) {
    svg += mark_text(mark, label_y, area, scales.x);
    label_y += 13;  // keep labels of close marks from overlapping
  }
  if (chart.y_mark && scales.y.shows(*chart.y_mark)) {
    svg += fmt::format("<line class=\"mark\" stroke=\"#333\" x1=\"{0}\" x2=\"{1}\" y1=\"{2:.1f}\" y2=\"{2:.1f}\"/>\n",
                       area.left, area.right, scales.y(*chart.y_mark));
  }
  for (const Front& front : chart.fronts) svg += front_text(front, area, scales);
  const double count = static_cast<double>(chart.series.size());
  const double step = chart.set_apart ? std::min(7.0, 36 / std::max(1.0, count)) : 0;
  for (std::size_t i = 0; i < chart.series.size(); ++i) {
    svg += series_text(chart.series[i], (static_cast<double>(i) - (count - 1) / 2) * step, scales);
  }
  return svg + plot_frame(area) + "</svg>\n";
}

std::vector<Point> pareto_front(std::vector<Point> points) {
  std::sort(points.begin(), points.end(), [](const Point& a, const Point& b) {
    return a.first != b.first ? a.first < b.first : a.second > b.second;
  });
  std::vector<Point> front;
  for (const Point& point : points) {
    if (front.empty() || point.second > front.back().second) front.push_back(point);
  }
  return front;
}

}  // namespace stapes
