// SPDX-License-Identifier: Apache-2.0
#include "spotting/operating_curve.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace stapes {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

// 10 events in `hours`. `counts`: false accepts and misses at each threshold.
OperatingCurve curve_of(double hours, const std::vector<std::pair<int, int>>& counts) {
  OperatingCurve curve;
  for (const auto& [accepts, misses] : counts) {
    curve.points.push_back({static_cast<double>(curve.points.size()) / 10,
                            {.events = 10, .hits = 10 - misses, .false_accepts = accepts, .hours = hours}});
  }
  return curve;
}

// Rates 4, 1, 0.5, 0 and miss rates 0, 0.1, 0.2, 0.6.
TEST(AreaTo2PerHour, IsLinearBetweenThePoints) {
  const OperatingCurve curve = curve_of(10, {{40, 0}, {10, 1}, {5, 2}, {0, 6}});
  const double at_2 = 0.1 * 2 / 3;  // two thirds of the way from 4 to 1
  EXPECT_NEAR(*area_to_2_per_hour(curve), 1 * (at_2 + 0.1) / 2 + 0.5 * (0.1 + 0.2) / 2 + 0.5 * (0.2 + 0.6) / 2, 1e-12);
}

TEST(AreaTo2PerHour, IsConstantBeyondTheLastPoint) {
  EXPECT_NEAR(*area_to_2_per_hour(curve_of(10, {{10, 1}, {0, 3}})), 1 * 0.1 + 1 * 0.2, 1e-12);
}

TEST(AreaTo2PerHour, EndsIn1WhereNoThresholdIsFreeOfFalseAccepts) {
  EXPECT_NEAR(*area_to_2_per_hour(curve_of(10, {{20, 1}, {10, 2}})), 1 * 0.15 + 1 * 0.6, 1e-12);
}

// Of several points with the same rate, the one with the fewest misses counts.
TEST(AreaTo2PerHour, TakesTheFirstOfEqualRates) {
  EXPECT_NEAR(*area_to_2_per_hour(curve_of(10, {{10, 1}, {0, 2}, {0, 9}})), 1 * 0.1 + 1 * 0.15, 1e-12);
  EXPECT_NEAR(*area_to_2_per_hour(curve_of(10, {{0, 0}, {0, 10}})), 0, 1e-12);
}

TEST(AreaTo2PerHour, NeedsEvents) {
  OperatingCurve curve = curve_of(10, {{10, 1}, {0, 3}});
  for (OperatingPoint& point : curve.points) point.tally.events = point.tally.hits = 0;
  EXPECT_EQ(area_to_2_per_hour(curve), std::nullopt);
}

TEST(PointForRate, IsTheLowestThresholdFromWhichOnNoneGivesMore) {
  const OperatingCurve curve = curve_of(10, {{40, 0}, {5, 1}, {6, 2}, {5, 3}, {0, 6}});
  EXPECT_EQ(point_for_rate(curve, 0.5), &curve.points[3]) << "not 0.1, as 0.2 gives 6 in 10 hours";
  EXPECT_EQ(point_for_rate(curve, 0.6), &curve.points[1]);
  EXPECT_EQ(point_for_rate(curve, 0.1), &curve.points[4]);
  EXPECT_EQ(point_for_rate(curve, 4), &curve.points[0]);
}

TEST(PointForRate, IsNotMeasurableInTooShortASound) {
  EXPECT_EQ(point_for_rate(curve_of(1.9, {{0, 0}}), 0.5), nullptr);
  EXPECT_NE(point_for_rate(curve_of(2, {{0, 0}}), 0.5), nullptr);
  EXPECT_FALSE(is_measurable(curve_of(1.9, {{0, 0}}), 0.5));
}

TEST(PointForRate, IsNoneIfTheHighestThresholdExceedsTheRate) {
  const OperatingCurve curve = curve_of(2, {{0, 0}, {2, 0}});
  EXPECT_EQ(point_for_rate(curve, 0.5), nullptr);
  EXPECT_TRUE(is_measurable(curve, 0.5));
}

CurveOptions options_for(std::vector<bool> is_wanted) {
  CurveOptions options{.is_wanted = std::move(is_wanted)};
  options.detector.average_windows = options.detector.minimum_windows = 1;
  options.detector.gate_class = -1;
  return options;
}

// 10 windows per second, no averaging. Scores cycle through 0, 64, 128, 192. One event, in the last second.
TEST(OperatingCurveTest, CountsWithEveryThreshold) {
  ScoreTrack track{.classes = 2, .sample_rate_hz = 100, .window_samples = 10, .hop_samples = 10, .samples = 4000};
  for (int w = 0; w < 400; ++w) {
    const auto p = static_cast<std::uint8_t>(w >= 390 ? 230 : w % 4 * 64);
    track.probabilities.insert(track.probabilities.end(), {p, std::uint8_t{255}});
    track.loud.push_back(1);
  }
  const std::vector<ScoredRecording> recordings = {{track, {{39.05, 40, 0}}}};
  CurveOptions options = options_for({true, false});
  const OperatingCurve curve = operating_curve(recordings, options);
  ASSERT_EQ(curve.points.size(), 101u);
  EXPECT_EQ(curve.points[0].tally.false_accepts, 390);
  EXPECT_EQ(curve.points[25].tally.false_accepts, 292) << "64, 128 and 192 of 390";
  EXPECT_EQ(curve.points[26].tally.false_accepts, 194);
  EXPECT_EQ(curve.points[76].tally.false_accepts, 0);
  EXPECT_EQ(curve.points[76].miss_rate(), 0);
  EXPECT_EQ(curve.points[90].miss_rate(), 1) << "230 is below 0.9";
  EXPECT_EQ(curve.points[100].miss_rate(), 1);
  options.rule = CountingRule::kMlperf;
  EXPECT_LT(tally_at(recordings, 0, options).false_accepts, 50) << "at most one a second";
  options.rule = CountingRule::kMicroWakeWord;
  EXPECT_LT(tally_at(recordings, 0, options).false_accepts, 30) << "one in 1.5 seconds";
}

TEST(OperatingCurveTest, NeedsSoundWithoutEvents) {
  ScoreTrack track{.classes = 1, .sample_rate_hz = 100, .window_samples = 10, .hop_samples = 10, .samples = 100};
  track.probabilities.assign(10, 0);
  track.loud.assign(10, 1);
  const CurveOptions options = options_for({true});
  EXPECT_THAT(
      [&] {
        operating_curve({{track, {{0, 1, 0}}}}, options);
      },
      ThrowsMessage<Error>(HasSubstr("cannot count false accepts")));
}

}  // namespace
}  // namespace stapes
