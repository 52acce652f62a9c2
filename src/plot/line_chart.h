// SPDX-License-Identifier: Apache-2.0
// line_chart.h: line charts as one SVG text.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "plot/svg.h"

namespace stapes {

struct Line {
  std::string name;                               // for the legend; "" = none
  std::vector<std::pair<double, double>> points;  // (x, y), x ascending; points that are not finite are left out
  std::optional<std::size_t> colour = {};         // default: its place in the panel; 8, then again from the first
  int dash = 0;                                   // 0 = solid; lines of one colour, told apart
};

struct Panel {
  std::string y_label;  // with its unit: "accuracy (%)"
  std::vector<Line> lines;
  std::optional<std::pair<double, double>> y_range = {};  // default: what the points need, 0 included
};

// Panels one above the other over one x axis, which `x_label` names (with its unit).
std::string line_chart(const std::string& title, const std::string& x_label, const std::vector<Panel>& panels,
                       SvgUse use = SvgUse::kFile);

}  // namespace stapes
