#include "plot/line_chart.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace stapes {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

int count(const std::string& text, const std::string& part) {
  int found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

TEST(AxisTicks, AreRoundAndCoverTheRange) {
  EXPECT_THAT(axis_ticks(0, 100, 5), ElementsAre(0, 20, 40, 60, 80, 100));
  EXPECT_THAT(axis_ticks(0, 7, 5), ElementsAre(0, 2, 4, 6, 8));
  EXPECT_THAT(axis_ticks(1, 3, 2), ElementsAre(1, 2, 3));
  EXPECT_THAT(axis_ticks(-0.05, 0.1, 3), ElementsAre(-0.05, 0, 0.05, 0.1));
}

// Panel of one line from (0, 0) to (10, 1): the corners of the frame.
TEST(LineChart, DrawsPointsWhereTheAxesSayTheyAre) {
  const std::string svg = line_chart("title", "epoch", {{.y_label = "loss", .lines = {{"a", {{0, 0}, {10, 1}}}}}});
  EXPECT_THAT(svg, HasSubstr("M74.0 210.0L742.0 40.0"));
  for (const char* label : {">title<", ">epoch<", ">loss<", ">a<", ">10<", ">0.2<", ">1<"}) {
    EXPECT_THAT(svg, HasSubstr(label));
  }
  EXPECT_EQ(count(svg, "<svg"), 1);
  EXPECT_THAT(svg, HasSubstr("prefers-color-scheme: dark"));
}

TEST(LineChart, LeavesOutWhatIsNoNumber) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::string svg =
      line_chart("t", "x", {{.y_label = "y", .lines = {{"", {{0, 0}, {5, nan}, {10, 1}}}, {"", {}}}}});
  EXPECT_THAT(svg, HasSubstr("M74.0 210.0L742.0 40.0"));
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
  EXPECT_EQ(count(svg, "class=\"line"), 1);
}

TEST(LineChart, ShowsASinglePointAndNothingAtAll) {
  const std::string one = line_chart("t", "x", {{.y_label = "y", .lines = {{"", {{3, 2}}}}}});
  EXPECT_EQ(count(one, "<circle"), 1);
  EXPECT_THAT(one, Not(HasSubstr("inf")));
  const std::string none = line_chart("t", "x", {{.y_label = "y", .lines = {}}});
  EXPECT_THAT(none, HasSubstr("</svg>"));
  EXPECT_THAT(none, Not(HasSubstr("inf")));
}

TEST(LineChart, EscapesWhatItIsGiven) {
  const std::string svg = line_chart("a<b>&\n\"", "x", {{.y_label = "<script>", .lines = {}}});
  EXPECT_THAT(svg, HasSubstr("a&lt;b&gt;&amp; \""));
  EXPECT_THAT(svg, Not(HasSubstr("<script>")));
}

}  // namespace
}  // namespace stapes
