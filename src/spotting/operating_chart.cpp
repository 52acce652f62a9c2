// SPDX-License-Identifier: Apache-2.0
#include "spotting/operating_chart.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/error.h"
#include "plot/line_chart.h"

namespace stapes {

std::string operating_chart(const OperatingCurve& curve, const std::string& title) {
  if (curve.events() == 0) throw Error("cannot draw a curve: without events, misses cannot be measured");
  std::vector<std::pair<double, double>> points;  // false accepts per hour, misses in percent
  for (const OperatingPoint& point : curve.points) {
    points.emplace_back(point.false_accepts_per_hour(), 100 * point.miss_rate());
  }
  std::ranges::sort(points);
  const double end = std::max(kChartedRate, 1 / curve.hours());
  std::vector<std::pair<double, double>> steps;
  double least = 100;
  for (const auto& [rate, misses] : points) {
    if (rate > end) break;
    if (!steps.empty()) steps.emplace_back(rate, least);
    least = std::min(least, misses);
    steps.emplace_back(rate, least);
  }
  if (!steps.empty()) steps.emplace_back(end, least);
  return line_chart(title, "false accepts per hour",
                    {{.y_label = "misses (%)", .lines = {{.name = "", .points = steps}}, .y_range = {{0, 100}}}});
}

}  // namespace stapes
