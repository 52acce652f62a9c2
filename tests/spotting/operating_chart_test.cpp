// SPDX-License-Identifier: Apache-2.0
#include "spotting/operating_chart.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace stapes {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

OperatingCurve curve_of(const std::vector<std::pair<int, int>>& false_accepts_and_hits, double hours, int events) {
  OperatingCurve curve;
  for (const auto& [false_accepts, hits] : false_accepts_and_hits) {
    curve.points.push_back(
        {.threshold = 0, .tally = {.events = events, .hits = hits, .false_accepts = false_accepts, .hours = hours}});
  }
  return curve;
}

TEST(OperatingChart, NamesBothAxesAndEscapesItsTitle) {
  const std::string svg = operating_chart(curve_of({{8, 10}, {2, 9}, {0, 5}}, 1, 10), "a < b");
  EXPECT_THAT(svg, HasSubstr("<svg"));
  EXPECT_THAT(svg, HasSubstr("a &lt; b"));
  EXPECT_THAT(svg, HasSubstr("false accepts per hour"));
  EXPECT_THAT(svg, HasSubstr("misses (%)"));
}

TEST(OperatingChart, DrawsTheLeastMissesWithAtMostSoManyFalseAccepts) {
  const std::string svg = operating_chart(curve_of({{8, 10}, {2, 9}, {0, 5}}, 1, 10), "t");
  // A threshold worse in both figures, or beyond the end of the axis, changes nothing.
  EXPECT_EQ(operating_chart(curve_of({{11, 10}, {8, 10}, {2, 9}, {3, 6}, {0, 5}}, 1, 10), "t"),
            operating_chart(curve_of({{11, 9}, {8, 10}, {3, 9}, {2, 9}, {0, 5}}, 1, 10), "t"));
  EXPECT_NE(operating_chart(curve_of({{8, 10}, {2, 8}, {0, 5}}, 1, 10), "t"), svg);
}

TEST(OperatingChart, RefusesACurveWithoutEvents) {
  EXPECT_THAT(
      [] {
        operating_chart(curve_of({{1, 0}}, 1, 0), "t");
      },
      ThrowsMessage<Error>(HasSubstr("misses cannot be measured")));
}

}  // namespace
}  // namespace stapes
