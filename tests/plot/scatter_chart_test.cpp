// SPDX-License-Identifier: Apache-2.0
#include "plot/scatter_chart.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <set>

#include "plot/count_parts.h"

namespace stapes {
namespace {

using test::count_parts;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

Dot dot(double x, double y, const std::string& label = "") {
  Dot dot;
  dot.x = x;
  dot.y = y;
  dot.label = label;
  return dot;
}

ScatterChart chart_of(std::vector<Dot> dots) {
  ScatterChart chart;
  chart.title = "t";
  chart.x_label = "flash (KB)";
  chart.y_label = "accuracy (%)";
  chart.series = {{.name = "a", .look = 0, .dots = std::move(dots)}};
  return chart;
}

TEST(ParetoFront, KeepsWhatNothingBeats) {
  EXPECT_THAT(pareto_front({{3, 80}, {1, 50}, {2, 50}, {2, 70}, {4, 75}, {3, 80}, {5, 81}}),
              ElementsAre(Point{1, 50}, Point{2, 70}, Point{3, 80}, Point{5, 81}));
  EXPECT_THAT(pareto_front({}), ElementsAre());
}

// The plot area is x = 48 to 366. A label is 6 to the right of its dot, so the middle one is at 213.
TEST(ScatterChart, PutsTheGeometricMeanInTheMiddleWhenXSpansMoreThanTenTimes) {
  const std::string svg = scatter_chart(chart_of({dot(10, 1), dot(100, 2, "middle"), dot(1000, 3)}), SvgUse::kInline);
  EXPECT_THAT(svg, HasSubstr("x=\"213.0\""));
  EXPECT_THAT(svg, HasSubstr("flash (KB), logarithmic"));
}

TEST(ScatterChart, PutsTheMeanInTheMiddleOtherwise) {
  const std::string svg = scatter_chart(chart_of({dot(10, 1), dot(30, 2, "middle"), dot(50, 3)}), SvgUse::kInline);
  EXPECT_THAT(svg, HasSubstr("x=\"213.0\""));
  EXPECT_THAT(svg, Not(HasSubstr("logarithmic")));
}

// Below one row of legend, y = 282 to 52 shows 0 to 100 %, so 50 % is at 167.
TEST(ScatterChart, EndsErrorBarsWhereTheAxisEnds) {
  ScatterChart chart = chart_of({dot(1, 0), dot(2, 100)});
  chart.y_limits = {{0, 100}};
  chart.series[0].dots[1].interval = {{50, 150}};
  EXPECT_THAT(scatter_chart(chart, SvgUse::kInline), HasSubstr("167.0h6m-3 0V52.0m-3 0h6"));
}

TEST(ScatterChart, LeavesOutWhatIsNoNumberAndMarksBeyondThePoints) {
  ScatterChart chart = chart_of({dot(1, 1), dot(2, std::numeric_limits<double>::quiet_NaN()), dot(3, 3)});
  chart.marks = {{.x = 2, .label = "inside", .band = {{-5, 50}}}, {.x = 9, .label = "outside", .band = {}}};
  const std::string svg = scatter_chart(chart, SvgUse::kInline);
  EXPECT_EQ(count_parts(svg, "<g>"), 2) << "two dots";
  EXPECT_THAT(svg, HasSubstr("inside"));
  EXPECT_THAT(svg, Not(HasSubstr("outside")));
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
}

TEST(ScatterChart, ShowsASinglePointAndNothingAtAll) {
  for (const ScatterChart& chart : {chart_of({dot(3, 2)}), chart_of({})}) {
    const std::string svg = scatter_chart(chart, SvgUse::kFile);
    EXPECT_THAT(svg, HasSubstr("</svg>"));
    EXPECT_THAT(svg, Not(HasSubstr("inf")));
    EXPECT_THAT(svg, Not(HasSubstr("nan")));
  }
}

TEST(ScatterChart, EscapesWhatItIsGiven) {
  ScatterChart chart = chart_of({dot(1, 1, "<script>")});
  chart.title = chart.x_label = chart.y_label = chart.series[0].name = chart.series[0].dots[0].tip = "<script>";
  chart.fronts = {{"<script>", {{1, 1}}}};
  chart.marks = {{.x = 1, .label = "<script>", .band = {}}};
  EXPECT_THAT(scatter_chart(chart, SvgUse::kFile), Not(HasSubstr("<script>")));
}

TEST(Svg, TellsSixtyFourSeriesApartByColorAndShape) {
  std::set<std::string> looks;
  for (std::size_t i = 0; i < 64; ++i) looks.insert(series_color(i) + series_marker(i, 0, 0, 5));
  EXPECT_EQ(looks.size(), 64u);
}

TEST(Svg, ShortensBetweenCharacters) {
  EXPECT_EQ(shortened("crackling", 9), "crackling");
  EXPECT_EQ(shortened("crackling", 5), "crac…");
  EXPECT_EQ(shortened("äöüß", 3), "äö…");
}

TEST(Svg, HasNoReferenceAndNoStyleInsideAPage) {
  const std::string svg = scatter_chart(chart_of({dot(1, 1)}), SvgUse::kInline);
  EXPECT_THAT(svg, Not(HasSubstr("http")));
  EXPECT_THAT(svg, Not(HasSubstr("<style")));
}

}  // namespace
}  // namespace stapes
