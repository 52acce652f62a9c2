// SPDX-License-Identifier: Apache-2.0
// operating_chart.h: chart of false accepts per hour against misses.
#pragma once

#include <string>

#include "spotting/operating_curve.h"

namespace stapes {

inline constexpr double kChartedRate = 10;  // false accepts per hour

// SVG of the lowest miss rate against the allowed false accepts per hour. The axis ends at kChartedRate or at the rate
// of one false accept, whichever is higher. Throws Error if there are no events.
std::string operating_chart(const OperatingCurve& curve, const std::string& title);

}  // namespace stapes
