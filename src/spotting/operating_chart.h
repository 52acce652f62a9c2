// SPDX-License-Identifier: Apache-2.0
// operating_chart.h: chart of false accepts per hour against misses.
#pragma once

#include <string>

#include "spotting/operating_curve.h"

namespace stapes {

inline constexpr double kChartedRate = 10;  // false accepts per hour

// SVG of the lowest miss rate of any threshold within a number of false accepts per hour: up to kChartedRate, or one
// false accept in all the sound if that is more. Throws Error without events, since then there are no misses.
std::string operating_chart(const OperatingCurve& curve, const std::string& title);

}  // namespace stapes
