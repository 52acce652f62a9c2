#include "plot/line_chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace stapes {
namespace {

// Lengths in SVG user units (pixels at 100 %).
constexpr double kWidth = 760, kLeft = 74, kRight = 18, kTop = 40, kPanelHeight = 170, kPanelGap = 26, kBottom = 50;
constexpr int kColours = 4;

// Attributes of an element outrank nothing: the style sheet changes them where the page is dark. A viewer without style
// sheets gets the light ones.
constexpr const char* kStyle = R"(<style>
  text { font: 12px system-ui, sans-serif; fill: #333 }
  .page { fill: #fff } .frame { stroke: #888; fill: none } .grid { stroke: #ddd }
  .line { fill: none; stroke-width: 1.6; stroke-linejoin: round }
  .c0 { stroke: #1f6fb4; fill: #1f6fb4 } .c1 { stroke: #c8500a; fill: #c8500a }
  .c2 { stroke: #2c8a3d; fill: #2c8a3d } .c3 { stroke: #8a4fb0; fill: #8a4fb0 }
  path.line { fill: none }
  @media (prefers-color-scheme: dark) {
    text { fill: #ccc } .page { fill: #16181c } .frame { stroke: #777 } .grid { stroke: #33363c }
    .c0 { stroke: #62a8e8; fill: #62a8e8 } .c1 { stroke: #f0934e; fill: #f0934e }
    .c2 { stroke: #6cc57c; fill: #6cc57c } .c3 { stroke: #c091e0; fill: #c091e0 }
    path.line { fill: none }
  }
</style>
)";

std::string escaped(const std::string& text) {
  std::string safe;
  for (const char c : text) {
    switch (c) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      default:
        safe += (c >= 0 && c < ' ') || c == 0x7f ? ' ' : c;
    }
  }
  return safe;
}

struct Range {
  double low = std::numeric_limits<double>::infinity(), high = -std::numeric_limits<double>::infinity();

  void include(double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
  // Never empty: a single value, or none, gets room around it.
  Range widened() const {
    if (!(low <= high)) return {0, 1};
    if (low < high) return *this;
    return {std::min(low, 0.0), high > 0 ? high : low + 1};
  }
};

bool is_finite(const std::pair<double, double>& point) {
  return std::isfinite(point.first) && std::isfinite(point.second);
}

Range range_of(const Panel& panel) {
  if (panel.y_range) return {panel.y_range->first, panel.y_range->second};
  Range range;
  range.include(0);
  for (const Line& line : panel.lines) {
    for (const auto& point : line.points) {
      if (is_finite(point)) range.include(point.second);
    }
  }
  return range.widened();
}

Range x_range_of(const std::vector<Panel>& panels) {
  Range range;
  for (const Panel& panel : panels) {
    for (const Line& line : panel.lines) {
      for (const auto& point : line.points) {
        if (is_finite(point)) range.include(point.first);
      }
    }
  }
  return range.widened();
}

// From a data range to positions on the page.
struct Scale {
  Range data;
  double from, to;
  double operator()(double value) const { return from + (value - data.low) / (data.high - data.low) * (to - from); }
};

std::string text_at(double x, double y, const char* anchor, const std::string& text) {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>\n", x, y, anchor, escaped(text));
}

std::string line_text(const Line& line, std::size_t colour, const Scale& x, const Scale& y) {
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
  if (drawn == 1) {
    return fmt::format("<circle class=\"c{}\" fill=\"#1f6fb4\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"2.5\"/>\n", colour,
                       last_x, last_y);
  }
  return fmt::format("<path class=\"line c{}\" fill=\"none\" stroke=\"#1f6fb4\" d=\"{}\"/>\n", colour, path);
}

std::string legend(const Panel& panel, double top) {
  std::string text;
  double x = kLeft + 10;
  for (std::size_t i = 0; i < panel.lines.size(); ++i) {
    const std::string& name = panel.lines[i].name;
    if (name.empty()) continue;
    text += fmt::format("<rect class=\"c{}\" fill=\"#1f6fb4\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"14\" height=\"3\"/>\n",
                        i % kColours, x, top - 9);
    text += text_at(x + 19, top - 4, "start", name);
    x += 34 + 7 * static_cast<double>(name.size());
  }
  return text;
}

std::string panel_text(const Panel& panel, double top, const Scale& x) {
  const Range wanted = range_of(panel);
  const std::vector<double> ticks = axis_ticks(wanted.low, wanted.high, 5);
  const Scale y{panel.y_range ? wanted : Range{ticks.front(), ticks.back()}, top + kPanelHeight, top};
  std::string text;
  for (const double tick : ticks) {
    if (tick < y.data.low || tick > y.data.high) continue;
    text += fmt::format("<line class=\"grid\" stroke=\"#ddd\" x1=\"{}\" x2=\"{}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/>\n",
                        kLeft, kWidth - kRight, y(tick), y(tick));
    text += text_at(kLeft - 6, y(tick) + 4, "end", fmt::format("{:g}", tick));
  }
  text += fmt::format(
      "<rect class=\"frame\" fill=\"none\" stroke=\"#888\" x=\"{}\" y=\"{:.1f}\" width=\"{}\" height=\"{}\"/>\n", kLeft,
      top, kWidth - kLeft - kRight, kPanelHeight);
  for (std::size_t i = 0; i < panel.lines.size(); ++i) text += line_text(panel.lines[i], i % kColours, x, y);
  text += fmt::format("<text transform=\"translate(18 {:.1f}) rotate(-90)\" text-anchor=\"middle\">{}</text>\n",
                      top + kPanelHeight / 2, escaped(panel.y_label));
  return text + legend(panel, top);
}

}  // namespace

std::vector<double> axis_ticks(double low, double high, int count) {
  const double rough = (high - low) / std::max(1, count);
  const double power = std::pow(10, std::floor(std::log10(rough)));
  const double part = rough / power * (1 - 1e-9);  // forgives rounding, like the small shares below
  const double step = power * (part <= 1 ? 1 : part <= 2 ? 2 : part <= 5 ? 5 : 10);
  std::vector<double> ticks;
  // Multiplied, not added up: 3 * 0.1 prints as 0.3.
  const double first = std::floor(low / step + 1e-9), last = std::ceil(high / step - 1e-9);
  for (double i = first; i <= last; ++i) ticks.push_back(i * step);
  return ticks;
}

std::string line_chart(const std::string& title, const std::string& x_label, const std::vector<Panel>& panels) {
  const double panel_count = static_cast<double>(panels.size());
  const double bottom = kTop + panel_count * kPanelHeight + (panel_count - 1) * kPanelGap;
  const Scale x{x_range_of(panels), kLeft, kWidth - kRight};
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" height=\"{1}\">\n"
      "<title>{2}</title>\n{3}<rect class=\"page\" fill=\"#fff\" width=\"{0}\" height=\"{1}\"/>\n",
      kWidth, bottom + kBottom, escaped(title), kStyle);
  svg += text_at(kWidth - kRight, 18, "end", title);
  for (std::size_t i = 0; i < panels.size(); ++i) {
    svg += panel_text(panels[i], kTop + static_cast<double>(i) * (kPanelHeight + kPanelGap), x);
  }
  for (const double tick : axis_ticks(x.data.low, x.data.high, 8)) {
    if (tick < x.data.low || tick > x.data.high) continue;
    svg += fmt::format(
        "<line class=\"frame\" stroke=\"#888\" x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1:.1f}\" y2=\"{2:.1f}\"/>\n",
        x(tick), bottom, bottom + 4);
    svg += text_at(x(tick), bottom + 17, "middle", fmt::format("{:g}", tick));
  }
  svg += text_at((kLeft + kWidth - kRight) / 2, bottom + 38, "middle", x_label);
  return svg + "</svg>\n";
}

}  // namespace stapes
