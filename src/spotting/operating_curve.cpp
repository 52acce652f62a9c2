// SPDX-License-Identifier: Apache-2.0
#include "spotting/operating_curve.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace stapes {
namespace {

constexpr int kThresholds = 100;
constexpr double kLargestRate = 2;  // per hour

std::uint16_t level_of_percent(int percent) {
  return static_cast<std::uint16_t>(std::min<long>(std::lround(percent * 655.36), kNeverDetected - 1));
}

std::vector<DetectionTime> times_of(const ScoreTrack& track, const std::vector<ReplayedDetection>& detections) {
  std::vector<DetectionTime> times;
  for (const ReplayedDetection& d : detections) times.push_back({track.end_s(d.window), d.class_index});
  return times;
}

struct RatePoint {
  double rate, missed;
};

double between(const RatePoint& a, const RatePoint& b, double rate) {
  return a.missed + (b.missed - a.missed) * (rate - a.rate) / (b.rate - a.rate);
}

}  // namespace

Tally tally_at(const std::vector<ScoredRecording>& recordings, std::uint16_t threshold, const CurveOptions& options) {
  std::vector<std::uint16_t> thresholds(options.is_wanted.size(), kNeverDetected);
  for (std::size_t c = 0; c < thresholds.size(); ++c) {
    if (options.is_wanted[c]) thresholds[c] = threshold;
  }
  Tally all;
  for (const ScoredRecording& recording : recordings) {
    if (options.rule == CountingRule::kMicroWakeWord) {
      all.add(count_micro_wake_word(recording, threshold, options.is_wanted, options.tolerance_s));
      continue;
    }
    const auto count = options.rule == CountingRule::kMlperf ? count_mlperf : count_hits;
    all.add(count(times_of(recording.track, replay(recording.track, options.detector, thresholds)), recording.events,
                  recording.track.seconds(), options.tolerance_s));
  }
  return all;
}

OperatingCurve operating_curve(const std::vector<ScoredRecording>& recordings, const CurveOptions& options) {
  OperatingCurve curve;
  for (int percent = 0; percent <= kThresholds; ++percent) {
    curve.points.push_back({percent / 100.0, tally_at(recordings, level_of_percent(percent), options)});
  }
  if (curve.hours() <= 0) {
    throw Error(
        "cannot count false accepts: events cover all of the sound; add recordings of other sounds with "
        "--background");
  }
  return curve;
}

std::optional<double> area_to_2_per_hour(const OperatingCurve& curve) {
  if (curve.events() == 0) return std::nullopt;
  std::vector<RatePoint> points;  // sorted by rate, highest first
  for (const OperatingPoint& point : curve.points) {
    const RatePoint here{point.false_accepts_per_hour(), point.miss_rate()};
    if (here.rate > kLargestRate) {
      points = {here};  // the last point above the limit
      continue;
    }
    if (points.empty()) points.push_back({kLargestRate, here.missed});
    if (points.back().rate > kLargestRate) points.back() = {kLargestRate, between(here, points.back(), kLargestRate)};
    if (here.rate < points.back().rate) points.push_back(here);
  }
  if (points.back().rate > kLargestRate) return kLargestRate;  // all thresholds exceed the limit: all events missed
  if (points.back().rate > 0) points.push_back({0, 1});
  double area = 0;
  for (std::size_t i = 1; i < points.size(); ++i) {
    area += (points[i - 1].rate - points[i].rate) * (points[i - 1].missed + points[i].missed) / 2;
  }
  return area;
}

bool is_measurable(const OperatingCurve& curve, double false_accepts_per_hour) {
  return curve.hours() * false_accepts_per_hour >= 1;
}

const OperatingPoint* point_for_rate(const OperatingCurve& curve, double false_accepts_per_hour) {
  if (!is_measurable(curve, false_accepts_per_hour)) return nullptr;
  const OperatingPoint* lowest = nullptr;
  for (auto point = curve.points.rbegin(); point != curve.points.rend(); ++point) {
    if (point->false_accepts_per_hour() > false_accepts_per_hour) break;
    lowest = &*point;
  }
  return lowest;
}

}  // namespace stapes
