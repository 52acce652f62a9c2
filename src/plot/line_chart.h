// SPDX-License-Identifier: Apache-2.0
// line_chart.h: line charts as SVG.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "plot/svg.h"

namespace stapes {

struct Line {
  std::string name;                               // for the legend; "" = none
  std::vector<std::pair<double, double>> points;  // (x, y), x ascending; non-finite points are skipped
  std::optional<std::size_t> color = {};          // default: index in the panel; repeats after 8
  int dash = 0;                                   // 0 = solid; distinguishes lines of one color
};

struct Panel {
  std::string y_label;  // with its unit: "accuracy (%)"
  std::vector<Line> lines;
  std::optional<std::pair<double, double>> y_range = {};  // default: the range of the points and 0
};

// Panels stacked over a shared x axis, labeled `x_label` (with its unit).
std::string line_chart(const std::string& title, const std::string& x_label, const std::vector<Panel>& panels,
                       SvgUse use = SvgUse::kFile);

}  // namespace stapes
