// SPDX-License-Identifier: Apache-2.0
// scatter_chart.h: points of several series, each with its colour and shape, as one SVG text.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "plot/svg.h"

namespace stapes {

using Point = std::pair<double, double>;  // (x, y)

struct Dot {
  double x = 0, y = 0;                                // one that is not finite is left out
  std::optional<std::pair<double, double>> interval;  // of y: an error bar
  std::vector<double> parts;                          // what y is the mean of: small points beside it
  bool open = false;                                  // drawn hollow
  std::string label;                                  // printed beside it
  std::string tip;                                    // shown when pointed at
};

struct DotSeries {
  std::string name;      // for the legend
  std::size_t look = 0;  // its colour and marker (svg.h)
  std::vector<Dot> dots;
  bool joined = false;  // by straight lines, in their order
};

// The best that can be had: a stair through points that pareto_front() gave.
struct Front {
  std::string name;
  std::vector<Point> points;
};

// A vertical line, and how sure its place is. One beyond the points' range of x is left out.
struct Mark {
  double x = 0;
  std::string label;
  std::optional<std::pair<double, double>> band;
};

struct ScatterChart {
  std::string title, x_label, y_label;  // labels with their units
  std::vector<DotSeries> series;
  std::vector<Front> fronts;
  std::vector<Mark> marks;
  std::vector<double> x_ticks;                             // default: round numbers
  std::optional<std::pair<double, double>> y_limits = {};  // the axis ends there at the latest
  std::optional<double> y_mark = {};                       // a level line
  bool set_apart = false;  // series are drawn a few pixels beside each other, so that bars at equal x do not overlap
};

// Where the largest x is more than 10 times the smallest, and all are above 0, the x axis is logarithmic and says so.
std::string scatter_chart(const ScatterChart& chart, SvgUse use);

// The points to which none is better: less or equal x and more or equal y, one of them strictly. x ascending; of equal
// points one.
std::vector<Point> pareto_front(std::vector<Point> points);

}  // namespace stapes
