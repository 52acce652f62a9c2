// SPDX-License-Identifier: Apache-2.0
// operating_curve.h: false accepts per hour against misses, for all thresholds.
#pragma once

#include <optional>
#include <vector>

#include "spotting/counting.h"

namespace stapes {

struct CurveOptions {
  CountingRule rule = CountingRule::kDetector;
  DetectorRules detector{};
  std::vector<bool> is_wanted = {};  // [classes]; false: never detected
  double tolerance_s = 1;
};

// `threshold` is in 65536ths.
Tally tally_at(const std::vector<ScoredRecording>& recordings, std::uint16_t threshold, const CurveOptions& options);

struct OperatingPoint {
  double threshold;  // 0 to 1
  Tally tally;
  double false_accepts_per_hour() const { return tally.false_accepts / tally.hours; }
  double miss_rate() const { return tally.events == 0 ? 0 : 1 - static_cast<double>(tally.hits) / tally.events; }
};

struct OperatingCurve {
  std::vector<OperatingPoint> points;  // thresholds 0, 0.01, ... 1
  double hours() const { return points.front().tally.hours; }
  int events() const { return points.front().tally.events; }
};

// Throws Error if events cover all of the sound, so that false accepts cannot be counted.
OperatingCurve operating_curve(const std::vector<ScoredRecording>& recordings, const CurveOptions& options);

// Integral of the miss rate from 0 to 2 false accepts per hour, as in microWakeWord's test. The miss rate is linear
// between points and constant beyond the highest false accept rate. At 0 false accepts, it is 1 if no threshold gets
// there. Empty without events.
std::optional<double> area_to_2_per_hour(const OperatingCurve& curve);

// Whether the hours suffice for the rate: a single false accept does not exceed it.
bool is_measurable(const OperatingCurve& curve, double false_accepts_per_hour);

// The last point before the rate is exceeded, from the highest threshold down. Null if the rate is not measurable or
// the highest threshold exceeds it.
const OperatingPoint* point_for_rate(const OperatingCurve& curve, double false_accepts_per_hour);

}  // namespace stapes
