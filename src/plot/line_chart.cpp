// SPDX-License-Identifier: Apache-2.0
#include "plot/line_chart.h"

#include <fmt/format.h>

#include <cmath>

namespace stapes {
namespace {

// Lengths in SVG user units (pixels at 100 %).
struct Layout {
  double width, left, right, panel_height, label_x;
};
constexpr Layout kFileLayout = {760, 74, 18, 170, 18}, kInlineLayout = {380, 48, 14, 120, 11};
constexpr double kTop = 40, kPanelGap = 26, kBottom = 50;

bool is_finite(const std::pair<double, double>& point) {
  return std::isfinite(point.first) && std::isfinite(point.second);
}

AxisRange range_of(const Panel& panel) {
  if (panel.y_range) return {panel.y_range->first, panel.y_range->second};
  AxisRange range;
  range.include(0);
  for (const Line& line : panel.lines) {
    for (const auto& point : line.points) {
      if (is_finite(point)) range.include(point.second);
    }
  }
  return range.widened();
}

AxisRange x_range_of(const std::vector<Panel>& panels) {
  AxisRange range;
  for (const Panel& panel : panels) {
    for (const Line& line : panel.lines) {
      for (const auto& point : line.points) {
        if (is_finite(point)) range.include(point.first);
      }
    }
  }
  return range.widened();
}

std::string dash_attribute(int dash) {
  return dash == 0 ? "" : fmt::format(" stroke-dasharray=\"{} {}\"", 2 * ((dash - 1) % 4 + 1), 2);
}

std::string line_text(const Line& line, std::size_t color, const Scale& x, const Scale& y) {
  std::string path;
  std::size_t drawn = 0;
  double last_x = 0, last_y = 0;
  for (const auto& point : line.points) {
    if (!is_finite(point)) continue;
    last_x = x(point.first);
    last_y = y(point.second);
    path += fmt::format("{}{:.1f} {:.1f}", drawn == 0 ? "M" : "L", last_x, last_y);
    ++drawn;
  }
  if (drawn == 0) return "";
  const std::string shape =
      drawn == 1 ? fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"2.5\"/>", last_x, last_y)
                 : fmt::format("<path class=\"line\" fill=\"none\"{} d=\"{}\"/>", dash_attribute(line.dash), path);
  return fmt::format("<g {}>{}</g>\n", series_color(color), shape);
}

std::size_t color_of(const Panel& panel, std::size_t line) { return panel.lines[line].color.value_or(line); }

std::string legend(const Panel& panel, const PlotArea& area) {
  std::string text;
  double x = area.left + 6;
  for (std::size_t i = 0; i < panel.lines.size(); ++i) {
    const std::string& name = panel.lines[i].name;
    if (name.empty()) continue;
    text += fmt::format("<g {}><rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"14\" height=\"3\"/></g>\n",
                        series_color(color_of(panel, i)), x, area.top - 9);
    text += text_at(x + 19, area.top - 4, "start", name);
    x += 34 + text_width(name);
  }
  return text;
}

std::string panel_text(const Panel& panel, const PlotArea& area, const Scale& x, double label_x) {
  const AxisRange wanted = range_of(panel);
  const std::vector<double> ticks = axis_ticks(wanted.low, wanted.high, 5);
  const Scale y{panel.y_range ? wanted : AxisRange{ticks.front(), ticks.back()}, area.bottom, area.top};
  std::string text = y_axis(area, y, ticks, panel.y_label, label_x) + plot_frame(area);
  for (std::size_t i = 0; i < panel.lines.size(); ++i) text += line_text(panel.lines[i], color_of(panel, i), x, y);
  return text + legend(panel, area);
}

}  // namespace

std::string line_chart(const std::string& title, const std::string& x_label, const std::vector<Panel>& panels,
                       SvgUse use) {
  const Layout& layout = use == SvgUse::kFile ? kFileLayout : kInlineLayout;
  const double panel_count = static_cast<double>(panels.size()), right = layout.width - layout.right;
  const double bottom = kTop + panel_count * layout.panel_height + (panel_count - 1) * kPanelGap;
  const Scale x{x_range_of(panels), layout.left, right};
  std::string svg = svg_begin(use, title, layout.width, bottom + kBottom);
  svg += use == SvgUse::kFile ? text_at(right, 18, "end", title) : text_at(0, 17, "start", title, "name");
  for (std::size_t i = 0; i < panels.size(); ++i) {
    const double top = kTop + static_cast<double>(i) * (layout.panel_height + kPanelGap);
    svg += panel_text(panels[i], {layout.left, top, right, top + layout.panel_height}, x, layout.label_x);
  }
  svg += x_axis({layout.left, kTop, right, bottom}, x, axis_ticks(x.data.low, x.data.high, 8), x_label);
  return svg + "</svg>\n";
}

}  // namespace stapes
