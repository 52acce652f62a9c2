// SPDX-License-Identifier: Apache-2.0
#include "plot/line_chart.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "plot/count_parts.h"

namespace stapes {
namespace {

using test::count_parts;
using testing::HasSubstr;
using testing::Not;

// One line from (0, 0) to (10, 1), the corners of the frame.
TEST(LineChart, DrawsPointsWhereTheAxesSayTheyAre) {
  const std::string svg = line_chart("title", "epoch", {{.y_label = "loss", .lines = {{"a", {{0, 0}, {10, 1}}}}}});
  EXPECT_THAT(svg, HasSubstr("M74.0 210.0L742.0 40.0"));
  for (const char* label : {">title<", ">epoch<", ">loss<", ">a<", ">10<", ">0.2<", ">1<"}) {
    EXPECT_THAT(svg, HasSubstr(label));
  }
  EXPECT_EQ(count_parts(svg, "<svg"), 1);
  EXPECT_THAT(svg, HasSubstr("prefers-color-scheme: dark"));
}

TEST(LineChart, LeavesOutWhatIsNoNumber) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::string svg =
      line_chart("t", "x", {{.y_label = "y", .lines = {{"", {{0, 0}, {5, nan}, {10, 1}}}, {"", {}}}}});
  EXPECT_THAT(svg, HasSubstr("M74.0 210.0L742.0 40.0"));
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
  EXPECT_EQ(count_parts(svg, "class=\"line"), 1);
}

TEST(LineChart, ShowsASinglePointAndNothingAtAll) {
  const std::string one = line_chart("t", "x", {{.y_label = "y", .lines = {{"", {{3, 2}}}}}});
  EXPECT_EQ(count_parts(one, "<circle"), 1);
  EXPECT_THAT(one, Not(HasSubstr("inf")));
  const std::string none = line_chart("t", "x", {{.y_label = "y", .lines = {}}});
  EXPECT_THAT(none, HasSubstr("</svg>"));
  EXPECT_THAT(none, Not(HasSubstr("inf")));
}

TEST(LineChart, TellsLinesOfOneColorApartByTheirDashes) {
  const std::string svg = line_chart(
      "t", "x", {{.y_label = "y", .lines = {{"fold 1", {{0, 0}, {1, 1}}, 2}, {"", {{0, 1}, {1, 0}}, 2, 1}}}});
  EXPECT_EQ(count_parts(svg, "class=\"c2\""), 3) << "two lines, one legend";
  EXPECT_EQ(count_parts(svg, "dasharray=\"2 2\" d="), 1);
}

TEST(LineChart, EscapesWhatItIsGiven) {
  const std::string svg = line_chart("a<b>&\n\"", "x", {{.y_label = "<script>", .lines = {}}});
  EXPECT_THAT(svg, HasSubstr("a&lt;b&gt;&amp; \""));
  EXPECT_THAT(svg, Not(HasSubstr("<script>")));
}

}  // namespace
}  // namespace stapes
