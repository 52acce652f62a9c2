// line_chart.h: line charts as one SVG text, readable on light and on dark pages. No script, no font, no reference to
// anything outside.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace stapes {

struct Line {
  std::string name;                               // for the legend; "" = none
  std::vector<std::pair<double, double>> points;  // (x, y), x ascending; points that are not finite are left out
};

struct Panel {
  std::string y_label;                                    // with its unit: "accuracy (%)"
  std::vector<Line> lines;                                // up to 4 colours, then again from the first
  std::optional<std::pair<double, double>> y_range = {};  // default: what the points need, 0 included
};

// Panels one above the other over one x axis, which `x_label` names (with its unit).
std::string line_chart(const std::string& title, const std::string& x_label, const std::vector<Panel>& panels);

// Round numbers (1, 2 or 5 times a power of ten apart) from at or below `low` to at or above `high`, about `count` of
// them. low < high.
std::vector<double> axis_ticks(double low, double high, int count);

}  // namespace stapes
