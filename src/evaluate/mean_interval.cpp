// SPDX-License-Identifier: Apache-2.0
#include "evaluate/mean_interval.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

namespace stapes {

double student_t_975(int degrees_of_freedom) {
  // From a table of Student's distribution; tests/evaluate checks it by integrating the density.
  constexpr std::array kTable = {12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622, 2.2281,
                                 2.2010,  2.1788, 2.1604, 2.1448, 2.1314, 2.1199, 2.1098, 2.1009, 2.0930, 2.0860};
  if (degrees_of_freedom <= static_cast<int>(kTable.size())) {
    return kTable[static_cast<std::size_t>(std::max(1, degrees_of_freedom) - 1)];
  }
  // Cornish-Fisher expansion around the normal quantile (Abramowitz and Stegun 26.7.5).
  constexpr double z = 1.959963984540054;
  const double n = degrees_of_freedom;
  return z + (z * z * z + z) / (4 * n) + (5 * std::pow(z, 5) + 16 * z * z * z + 3 * z) / (96 * n * n);
}

MeanInterval mean_interval(const std::vector<double>& values) {
  MeanInterval result;
  result.count = static_cast<int>(values.size());
  const double n = result.count;
  result.mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  if (values.size() < 2) return result;
  double squares = 0;
  for (const double value : values) squares += (value - result.mean) * (value - result.mean);
  const double spread = student_t_975(result.count - 1) * std::sqrt(squares / (n - 1) / n);
  result.interval_95 = {result.mean - spread, result.mean + spread};
  return result;
}

nlohmann::json to_json(const MeanInterval& mean) {
  nlohmann::json json = {{"mean", mean.mean}, {"interval_95", nullptr}, {"count", mean.count}};
  if (mean.interval_95) json["interval_95"] = {mean.interval_95->low, mean.interval_95->high};
  return json;
}

}  // namespace stapes
