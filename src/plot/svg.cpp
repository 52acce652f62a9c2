// SPDX-License-Identifier: Apache-2.0
#include "plot/svg.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <numbers>

namespace stapes {
namespace {

constexpr std::array kLight = {"#1f6fb4", "#c8500a", "#2c8a3d", "#8a4fb0", "#8f6a00", "#c0306c", "#007d86", "#5a5e66"};
constexpr std::array kDark = {"#62a8e8", "#f0934e", "#6cc57c", "#c091e0", "#d8b04a", "#f07ab0", "#4cc3cc", "#aab0b8"};
constexpr std::size_t kMarkers = 8;

std::string color_rules(const std::array<const char*, 8>& colors) {
  std::string rules;
  for (std::size_t i = 0; i < colors.size(); ++i) {
    rules += fmt::format("svg .c{0} {{ stroke: {1}; fill: {1} }}\n", i, colors[i]);
  }
  return rules;
}

// A closed polygon around (x, y). The radii of its vertices alternate between `radii`. The first vertex points up,
// rotated clockwise by `turn`, 1 = 360 degrees.
std::string polygon(double x, double y, int corners, double turn, std::array<double, 2> radii) {
  std::string path;
  for (int i = 0; i < corners; ++i) {
    const double angle = 2 * std::numbers::pi * (static_cast<double>(i) / corners + turn);
    const double radius = radii[static_cast<std::size_t>(i) % 2];
    path +=
        fmt::format("{}{:.1f} {:.1f}", i == 0 ? "M" : "L", x + radius * std::sin(angle), y - radius * std::cos(angle));
  }
  return path + "Z";
}

std::string plus(double x, double y, double radius) {  // each arm is a third of the width
  const double arm = radius / 3, rest = radius - arm;
  return fmt::format("M{:.1f} {:.1f}h{:.1f}v{:.1f}h{:.1f}v{:.1f}h{:.1f}v{:.1f}h{:.1f}v{:.1f}h{:.1f}v{:.1f}h{:.1f}Z",
                     x - arm, y - radius, 2 * arm, rest, rest, 2 * arm, -rest, rest, -2 * arm, -rest, -rest, -2 * arm,
                     rest);
}

std::string tick_text(double tick) { return fmt::format("{}{:g}", tick < 0 ? "−" : "", std::abs(tick)); }

std::string circle(double x, double y, double radius) {
  return fmt::format("M{0:.1f} {1:.1f}a{2:.1f} {2:.1f} 0 1 0 {3:.1f} 0a{2:.1f} {2:.1f} 0 1 0 {4:.1f} 0Z", x - radius, y,
                     radius, 2 * radius, -2 * radius);
}

}  // namespace

std::string svg_style() {
  // Viewers without style sheets get the light colors.
  return "svg text { font: 12px system-ui, sans-serif; fill: #333; stroke: none }\n"
         "svg .page { fill: #fff } svg .frame { stroke: #888; fill: none } svg .grid { stroke: #ddd }\n"
         "svg .line { stroke-width: 1.6; stroke-linejoin: round } svg .thin { stroke-width: 1; opacity: .45 }\n" +
         color_rules(kLight) +
         "svg path.line { fill: none } svg .open { fill: #fff; stroke-width: 1.5 }\n"
         "svg .front { fill: none; stroke: #888; stroke-dasharray: 5 3 } svg .mark { stroke: #333 }\n"
         "svg .band { fill: #333; stroke: none; opacity: .09 } svg .faint { stroke: none; opacity: .5 }\n"
         "svg .name { font-size: 13px; font-weight: 600 } svg .small { font-size: 10px; fill: #666 }\n"
         "svg .small { paint-order: stroke; stroke: #fff; stroke-width: 3px; stroke-linejoin: round }\n"
         "svg path.cells { fill: none; shape-rendering: crispEdges } svg .labels text { font-size: inherit }\n"
         "svg .count { font-size: 11px } svg .strong { fill: #fff }\n"
         "svg .right { stroke: #1f6fb4; fill: #1f6fb4 } svg .wrong { stroke: #c8500a; fill: #c8500a }\n"
         "@media (prefers-color-scheme: dark) {\n"
         "svg text { fill: #ccc } svg .page { fill: #16181c } svg .frame { stroke: #777 } svg .grid { stroke: #33363c "
         "}\n" +
         color_rules(kDark) +
         "svg path.line { fill: none } svg .open { fill: #16181c } svg .mark { stroke: #ccc }\n"
         "svg .band { fill: #ccc } svg .small { fill: #999; stroke: #16181c }\n"
         "svg .right { stroke: #62a8e8; fill: #62a8e8 } svg .wrong { stroke: #f0934e; fill: #f0934e }\n"
         "svg .strong { fill: #111 }\n"
         "}\n";
}

std::string svg_escaped(std::string_view text) {
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

std::string svg_begin(SvgUse use, const std::string& title, double width, double height) {
  if (use == SvgUse::kInline) {
    return fmt::format("<svg role=\"img\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" height=\"{1}\">\n<title>{2}</title>\n",
                       width, height, svg_escaped(title));
  }
  return fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" height=\"{1}\">\n"
      "<title>{2}</title>\n<style>\n{3}</style>\n"
      "<rect class=\"page\" fill=\"#fff\" width=\"{0}\" height=\"{1}\"/>\n",
      width, height, svg_escaped(title), svg_style());
}

std::string text_at(double x, double y, const char* anchor, std::string_view text, const char* css_class) {
  const std::string attribute = *css_class == '\0' ? "" : fmt::format(" class=\"{}\"", css_class);
  return fmt::format("<text{} x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>\n", attribute, x, y, anchor,
                     svg_escaped(text));
}

double text_width(std::string_view text) {
  std::size_t characters = 0;
  for (const char c : text) characters += (static_cast<unsigned char>(c) & 0xc0u) != 0x80u;
  return 7 * static_cast<double>(characters);
}

std::string shortened(const std::string& text, std::size_t length) {
  std::size_t characters = 0, kept_bytes = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xc0u) == 0x80u) continue;
    if (++characters == length) kept_bytes = i;
  }
  return characters <= length ? text : text.substr(0, kept_bytes) + "…";
}

std::string series_color(std::size_t series) {
  const std::size_t color = series % kLight.size();
  return fmt::format("class=\"c{0}\" stroke=\"{1}\" fill=\"{1}\"", color, kLight[color]);
}

std::string series_marker(std::size_t series, double x, double y, double radius) {
  // Shift the markers by one after each round of colors.
  switch ((series + series / kLight.size()) % kMarkers) {
    case 0:
      return circle(x, y, radius);
    case 1:
      return polygon(x, y, 4, 0.125, {radius * 1.2, radius * 1.2});  // square
    case 2:
      return polygon(x, y, 3, 0, {radius * 1.25, radius * 1.25});
    case 3:
      return polygon(x, y, 4, 0, {radius * 1.25, radius * 1.25});  // diamond
    case 4:
      return polygon(x, y, 3, 0.5, {radius * 1.25, radius * 1.25});
    case 5:
      return plus(x, y, radius * 1.1);
    case 6:
      return polygon(x, y, 10, 0, {radius * 1.4, radius * 0.6});  // star
    default:
      return polygon(x, y, 6, 0, {radius * 1.15, radius * 1.15});
  }
}

std::string plot_frame(const PlotArea& area) {
  return fmt::format(
      "<rect class=\"frame\" fill=\"none\" stroke=\"#888\" x=\"{}\" y=\"{:.1f}\" width=\"{}\" height=\"{}\"/>\n",
      area.left, area.top, area.right - area.left, area.bottom - area.top);
}

std::string y_axis(const PlotArea& area, const Scale& scale, const std::vector<double>& ticks, std::string_view label,
                   double label_x) {
  std::string text;
  for (const double tick : ticks) {
    if (!scale.shows(tick)) continue;
    text += fmt::format("<line class=\"grid\" stroke=\"#ddd\" x1=\"{}\" x2=\"{}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/>\n",
                        area.left, area.right, scale(tick), scale(tick));
    text += text_at(area.left - 6, scale(tick) + 4, "end", tick_text(tick));
  }
  return text + fmt::format("<text transform=\"translate({} {:.1f}) rotate(-90)\" text-anchor=\"middle\">{}</text>\n",
                            label_x, (area.top + area.bottom) / 2, svg_escaped(label));
}

std::string x_axis(const PlotArea& area, const Scale& scale, const std::vector<double>& ticks, std::string_view label) {
  std::string text;
  for (const double tick : ticks) {
    if (!scale.shows(tick)) continue;
    text += fmt::format(
        "<line class=\"frame\" stroke=\"#888\" x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1:.1f}\" y2=\"{2:.1f}\"/>\n",
        scale(tick), area.bottom, area.bottom + 4);
    text += text_at(scale(tick), area.bottom + 17, "middle", tick_text(tick));
  }
  return text + text_at((area.left + area.right) / 2, area.bottom + 38, "middle", label);
}

}  // namespace stapes
