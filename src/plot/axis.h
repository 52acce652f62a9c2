// SPDX-License-Identifier: Apache-2.0
// axis.h: maps values to positions on a chart.
#pragma once

#include <limits>
#include <vector>

namespace stapes {

struct AxisRange {
  double low = std::numeric_limits<double>::infinity(), high = -std::numeric_limits<double>::infinity();

  void include(double value);
  // Widens a range that is empty or a single value.
  AxisRange widened() const;
};

// A logarithmic scale needs data.low > 0.
struct Scale {
  AxisRange data;
  double from = 0, to = 1;
  bool logarithmic = false;

  double operator()(double value) const;
  bool shows(double value) const { return value >= data.low && value <= data.high; }
};

// About `count` round numbers, spaced by 1, 2 or 5 times a power of ten, that cover [low, high]. Requires low < high.
std::vector<double> axis_ticks(double low, double high, int count);

// Round numbers, denser if the axis covers few powers of ten. Requires 0 < low < high.
std::vector<double> log_axis_ticks(double low, double high);

}  // namespace stapes
