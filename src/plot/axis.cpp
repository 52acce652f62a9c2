// SPDX-License-Identifier: Apache-2.0
#include "plot/axis.h"

#include <algorithm>
#include <cmath>

namespace stapes {

void AxisRange::include(double value) {
  low = std::min(low, value);
  high = std::max(high, value);
}

AxisRange AxisRange::widened() const {
  if (!(low <= high)) return {0, 1};
  if (low < high) return *this;
  return {std::min(low, 0.0), high > 0 ? high : low + 1};
}

double Scale::operator()(double value) const {
  if (!logarithmic) return from + (value - data.low) / (data.high - data.low) * (to - from);
  return from + std::log(value / data.low) / std::log(data.high / data.low) * (to - from);
}

std::vector<double> axis_ticks(double low, double high, int count) {
  const double rough = (high - low) / std::max(1, count);
  const double power = std::pow(10, std::floor(std::log10(rough)));
  const double part = rough / power * (1 - 1e-9);  // tolerance for rounding errors, like 1e-9 below
  const double step = power * (part <= 1 ? 1 : part <= 2 ? 2 : part <= 5 ? 5 : 10);
  std::vector<double> ticks;
  // Multiply: repeated addition would accumulate rounding errors.
  const double first = std::floor(low / step + 1e-9), last = std::ceil(high / step - 1e-9);
  for (double i = first; i <= last; ++i) ticks.push_back(i * step);
  return ticks;
}

std::vector<double> log_axis_ticks(double low, double high) {
  const double decades = std::log10(high / low);
  const std::vector<double> parts = decades < 1.6   ? std::vector<double>{1, 2, 5}
                                    : decades < 3.2 ? std::vector<double>{1, 3}
                                                    : std::vector<double>{1};
  std::vector<double> ticks;
  for (double power = std::floor(std::log10(low)); power <= std::ceil(std::log10(high)); ++power) {
    for (const double part : parts) {
      const double tick = part * std::pow(10, power);
      if (tick >= low && tick <= high) ticks.push_back(tick);
    }
  }
  return ticks;
}

}  // namespace stapes
