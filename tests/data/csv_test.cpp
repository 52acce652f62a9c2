// SPDX-License-Identifier: Apache-2.0
#include "data/formats/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace stapes {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

std::vector<std::vector<std::string>> fields(std::string_view text) {
  std::vector<std::vector<std::string>> all;
  for (const CsvRow& row : parse_csv(text, "a.csv")) all.push_back(row.fields);
  return all;
}

using Rows = std::vector<std::vector<std::string>>;

TEST(Csv, SplitsLinesAndFields) {
  EXPECT_EQ(fields("a,b\n1,2\n"), (Rows{{"a", "b"}, {"1", "2"}}));
  EXPECT_EQ(fields("a,b\r\n1,2"), (Rows{{"a", "b"}, {"1", "2"}}));
  EXPECT_EQ(fields("a,,\n,\n"), (Rows{{"a", "", ""}, {"", ""}}));
  EXPECT_EQ(fields("\xEF\xBB\xBF"
                   "a\n\n\r\nb\n"),
            (Rows{{"a"}, {"b"}}));
  EXPECT_EQ(fields(""), Rows{});
}

TEST(Csv, QuotesHoldCommasQuotesAndLineBreaks) {
  EXPECT_EQ(fields("\"a,b\",\"say \"\"hi\"\"\"\n"), (Rows{{"a,b", "say \"hi\""}}));
  EXPECT_EQ(fields("\"two\r\nlines\",x\nnext,y"), (Rows{{"two\r\nlines", "x"}, {"next", "y"}}));
  EXPECT_EQ(fields("\"\",1"), (Rows{{"", "1"}}));
}

TEST(Csv, LinesAreCountedInsideQuotesToo) {
  const auto rows = parse_csv("a\n\"x\ny\"\n\nb\n", "a.csv");
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[0].line, 1);
  EXPECT_EQ(rows[1].line, 2);
  EXPECT_EQ(rows[2].line, 5);
}

TEST(Csv, BrokenQuotesNameTheirLine) {
  EXPECT_THAT([] { parse_csv("a\n\"open", "a.csv"); },
              ThrowsMessage<Error>(AllOf(HasSubstr("a.csv line 2"), HasSubstr("never closed"))));
  EXPECT_THAT([] { parse_csv("a\nb\n\"x\"y,1\n", "a.csv"); }, ThrowsMessage<Error>(HasSubstr("a.csv line 3")));
  EXPECT_THAT([] { parse_csv(std::string_view("a\nb\0c", 5), "a.csv"); }, ThrowsMessage<Error>(HasSubstr("NUL")));
}

TEST(CsvTable, FindsColumnsByName) {
  const CsvTable table("fold,name\n3,x\n", "a.csv");
  EXPECT_EQ(table.at(table.rows()[0], "name"), "x");
  EXPECT_EQ(table.number_at(table.rows()[0], "fold", 1, 5), 3);
  EXPECT_THAT([&] { table.at(table.rows()[0], "target"); },
              ThrowsMessage<Error>(AllOf(HasSubstr("\"target\""), HasSubstr("fold, name"))));
}

TEST(CsvTable, RefusesNumbersOutOfRangeAndOtherText) {
  const CsvTable table("n\n0\n6\n3x\n\"\"\n99999999999\n-1\n", "a.csv");
  ASSERT_EQ(table.rows().size(), 5u);  // the empty line does not count
  for (const CsvRow& row : table.rows()) {
    EXPECT_THAT([&] { table.number_at(row, "n", 1, 5); },
                ThrowsMessage<Error>(AllOf(HasSubstr("a.csv line"), HasSubstr("1 to 5"))));
  }
}

TEST(CsvTable, RefusesRaggedRowsAndRepeatedColumns) {
  EXPECT_THAT([] { CsvTable("a,b\n1,2\n1\n", "a.csv"); },
              ThrowsMessage<Error>(AllOf(HasSubstr("line 3"), HasSubstr("expected 2"))));
  EXPECT_THAT([] { CsvTable("a,a\n1,2\n", "a.csv"); }, ThrowsMessage<Error>(HasSubstr("two columns")));
  EXPECT_THAT([] { CsvTable("", "a.csv"); }, ThrowsMessage<Error>(HasSubstr("is empty")));
}

TEST(CsvField, IsReadBackAsItWas) {
  for (const char* text : {"plain", "", "a,b", "\"quoted\"", "two\nlines", "carriage\rreturn", " blanks "}) {
    const std::vector<CsvRow> rows = parse_csv(csv_field(text) + ",end\n", "made");
    ASSERT_EQ(rows.size(), 1u) << text;
    EXPECT_EQ(rows[0].fields, (std::vector<std::string>{text, "end"}));
  }
}

}  // namespace
}  // namespace stapes
