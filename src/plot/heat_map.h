// SPDX-License-Identifier: Apache-2.0
// heat_map.h: a confusion matrix as SVG.
#pragma once

#include <string>
#include <vector>

#include "plot/svg.h"

namespace stapes {

struct HeatMap {
  std::string title, row_label, column_label;  // "true class", "predicted"
  std::vector<std::string> labels;
  std::vector<std::vector<int>> counts;  // [labels][labels], at least 0
};

// Shades show a cell's share of its row in five steps; the diagonal has its own color. With few classes, cells show
// their counts. Cells of 0 are omitted.
std::string heat_map(const HeatMap& map, SvgUse use);

}  // namespace stapes
