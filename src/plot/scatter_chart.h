// SPDX-License-Identifier: Apache-2.0
// scatter_chart.h: scatter charts as SVG.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "plot/svg.h"

namespace stapes {

using Point = std::pair<double, double>;  // (x, y)

struct Dot {
  double x = 0, y = 0;                                // skipped if not finite
  std::optional<std::pair<double, double>> interval;  // of y; drawn as an error bar
  std::vector<double> parts;                          // the values averaged in y; drawn as small points
  bool open = false;                                  // drawn hollow
  std::string label;                                  // printed next to it
  std::string tip;                                    // tooltip
};

struct DotSeries {
  std::string name;      // for the legend
  std::size_t look = 0;  // its color and marker (svg.h)
  std::vector<Dot> dots;
  bool joined = false;  // draws straight lines between the dots, in order
};

// A staircase through the points from pareto_front().
struct Front {
  std::string name;
  std::vector<Point> points;
};

// A vertical line with an uncertainty. Omitted if outside the x axis.
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
  std::optional<std::pair<double, double>> y_limits = {};  // outer limits of the axis
  std::optional<double> y_mark = {};                       // a horizontal line
  bool set_apart = false;  // shifts series, so that error bars at equal x do not overlap
};

// The x axis is logarithmic if all x are above 0 and the largest is more than 10 times the smallest.
std::string scatter_chart(const ScatterChart& chart, SvgUse use);

// The non-dominated points, x ascending, without duplicates. Point a dominates another point b if a.x <= b.x and
// a.y >= b.y.
std::vector<Point> pareto_front(std::vector<Point> points);

}  // namespace stapes
