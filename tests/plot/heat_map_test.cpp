// SPDX-License-Identifier: Apache-2.0
#include "plot/heat_map.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plot/count_parts.h"

namespace stapes {
namespace {

using test::count_parts;
using testing::HasSubstr;
using testing::Not;

HeatMap map_of(std::vector<std::string> labels, std::vector<std::vector<int>> counts) {
  return {.title = "t",
          .row_label = "true",
          .column_label = "predicted",
          .labels = std::move(labels),
          .counts = std::move(counts)};
}

// In row 0, 9 of 10 are correct, in row 1 all. Both correct cells get the strongest shade.
TEST(HeatMap, DrawsACellWhereItsRowAndColumnCross) {
  const std::string svg = heat_map(map_of({"a", "b"}, {{9, 1}, {0, 4}}), SvgUse::kInline);
  EXPECT_THAT(svg, HasSubstr("class=\"wrong cells\" fill=\"none\" stroke-opacity=\"0.34\" d=\"M1 0.5h1\""));
  EXPECT_THAT(svg, HasSubstr("class=\"right cells\" fill=\"none\" stroke-opacity=\"1\" d=\"M0 0.5h1M1 1.5h1\""));
  for (const char* count : {">9<", ">1<", ">4<"}) EXPECT_THAT(svg, HasSubstr(count));
  EXPECT_THAT(svg, Not(HasSubstr(">0<")));
}

TEST(HeatMap, NamesEveryRowAndColumnOfFiftyClassesWithinFortyKilobytes) {
  std::vector<std::string> labels;
  for (int i = 0; i < 50; ++i) labels.push_back("label" + std::to_string(i));
  const std::vector<std::vector<int>> counts(50, std::vector<int>(50, 1));  // the largest size: no cell is 0
  const std::string svg = heat_map(map_of(labels, counts), SvgUse::kInline);
  EXPECT_EQ(count_parts(svg, ">label"), 100);
  EXPECT_EQ(count_parts(svg, "h1"), 2500);
  EXPECT_LT(svg.size(), 40'000u);
}

TEST(HeatMap, SurvivesEmptyRowsAndNoClasses) {
  for (const HeatMap& map : {map_of({"a", "b"}, {{0, 0}, {0, 0}}), map_of({}, {})}) {
    const std::string svg = heat_map(map, SvgUse::kFile);
    EXPECT_THAT(svg, HasSubstr("</svg>"));
    EXPECT_THAT(svg, Not(HasSubstr("nan")));
  }
}

TEST(HeatMap, EscapesLabels) {
  EXPECT_THAT(heat_map(map_of({"<script>"}, {{1}}), SvgUse::kFile), Not(HasSubstr("<script>")));
}

}  // namespace
}  // namespace stapes
