// SPDX-License-Identifier: Apache-2.0
// The report in headless Chromium. browser_probe.js runs before the page's own scripts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>

#include "base/files.h"
#include "base/process.h"
#include "study/report/report.h"
#include "study/report_fixture.h"
#include "support/chromium.h"
#include "support/paths.h"

namespace stapes::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

StudyResults unfinished_results() {
  StudyResults results = realistic_results();
  lose_cells(results);
  return results;
}

class Browser : public testing::Test {
 protected:
  void SetUp() override {
    if (find_program("chromium").empty()) GTEST_SKIP() << "no chromium here";
    browser_.emplace();
  }

  nlohmann::json probe(const std::string& page, int width) {
    const auto file = folder_ / ("report" + std::to_string(++pages_) + ".html");
    write_text_file(file, page, Existing::kRefuse);
    browser_->open(file, width, read_text_file(tests_dir() / "study/browser_probe.js"));
    browser_->wait_for("probed.done");
    return browser_->evaluate("probed");
  }
  const std::vector<std::string>& errors() const { return browser_->errors(); }

  TempDir folder_;
  std::optional<Chromium> browser_;
  int pages_ = 0;
};

// Numbers come first, in order, and missing figures last.
testing::AssertionResult numbers_in_order(const nlohmann::json& values, bool descending) {
  std::vector<double> numbers;
  bool missing = false;
  for (const auto& value : values) {
    if (value == "") {
      missing = true;
      continue;
    }
    if (missing) return testing::AssertionFailure() << value << " after a missing figure";
    numbers.push_back(std::stod(value.get<std::string>()));
  }
  const bool sorted = descending ? std::ranges::is_sorted(numbers, std::greater<>()) : std::ranges::is_sorted(numbers);
  return sorted ? testing::AssertionSuccess() : testing::AssertionFailure() << values.dump();
}

TEST_F(Browser, FindsNoErrorAndNothingWiderThanThePageAtPhoneAndDesktopWidth) {
  const std::string page = study_report(unfinished_results());
  for (const int width : {390, 1280}) {
    const nlohmann::json found = probe(page, width);
    EXPECT_EQ(found["errors"], nlohmann::json::array()) << width;
    EXPECT_THAT(errors(), IsEmpty()) << width;
    ASSERT_EQ(found["innerWidth"], width);
    EXPECT_EQ(found["pageWidth"], width) << "the page scrolls sideways";
  }
}

TEST_F(Browser, SortsEveryTableByEveryColumnBothWays) {
  const nlohmann::json found = probe(study_report(unfinished_results()), 1280);
  ASSERT_EQ(found["tables"].size(), 6u) << "two pairs, all figures, binary training, confusions, failures";
  for (const auto& table : found["tables"]) {
    EXPECT_TRUE(table["sameRows"]) << table["id"];
    EXPECT_GT(table["rows"], 1) << table["id"];
    for (const auto& column : table["columns"]) {
      const std::string where = table["id"].get<std::string>() + ": " + column["name"].get<std::string>();
      EXPECT_TRUE(column["focusable"]) << where;
      EXPECT_EQ(column["upSaid"], "ascending") << where;
      EXPECT_EQ(column["downSaid"], "descending") << where;
      EXPECT_EQ(column["sortedHeads"], 1) << where;
      if (!column["number"]) continue;
      EXPECT_TRUE(numbers_in_order(column["up"], false)) << where;
      EXPECT_TRUE(numbers_in_order(column["down"], true)) << where;
    }
  }
}

// Words sort alphabetically, numbers within text by value.
TEST_F(Browser, SortsTextByWordsAndTheNumbersInThem) {
  FakeStudy study;
  study.class_counts = {10};
  study.series.clear();
  for (const char* name : {"width 100", "Micro", "width 9", "acdnet"}) {
    study.series.push_back(costing(falling(name, "int8", "int8", 80, 70), 100'000, 10'000, 5));
  }
  const nlohmann::json found = probe(study_report(fake_results(study)), 1280);
  nlohmann::json networks;
  for (const auto& table : found["tables"]) {
    if (table["columns"][0]["name"] == "Network" && networks.is_null()) networks = table["columns"][0];
  }
  ASSERT_FALSE(networks.is_null());
  EXPECT_THAT(networks["up"], ElementsAre("acdnet", "Micro", "width 9", "width 100"));
  EXPECT_THAT(networks["down"], ElementsAre("width 100", "width 9", "Micro", "acdnet"));
}

TEST_F(Browser, DrawsEveryFigureWithAllItsTextInside) {
  const nlohmann::json found = probe(study_report(unfinished_results()), 390);
  EXPECT_EQ(found["figures"].size(), 3u + 9u + 4u + 18u);
  for (const auto& figure : found["figures"]) {
    EXPECT_GT(figure["width"], 250) << figure["title"];
    EXPECT_GT(figure["height"], 200) << figure["title"];
    EXPECT_GT(figure["seenWidth"], 250) << figure["title"];
    EXPECT_GT(figure["shapes"], 10) << figure["title"];
    EXPECT_EQ(figure["empty"], 0) << figure["title"];
    EXPECT_EQ(figure["textsOutside"], nlohmann::json::array()) << figure["title"];
  }
}

TEST_F(Browser, ShowsHostileTextWithoutRunningIt) {
  StudyResults results = unfinished_results();
  const std::string attack = "</title></style><img src=x onerror='throw 1'><script>throw 2</script>\"' onload='throw 3";
  results.name = results.plan_text = attack;
  for (FinishedCell& cell : results.finished) {
    cell.result.labels[0] = cell.result.machine = attack;
    if (!cell.result.targets[1].failure.empty()) cell.result.targets[1].failure = attack;  // shown as a tooltip
  }
  const nlohmann::json found = probe(study_report(results), 1280);
  EXPECT_EQ(found["errors"], nlohmann::json::array());
  EXPECT_EQ(found["foreign"], 0);
  EXPECT_THAT(errors(), IsEmpty());
}

// The probe must report these faults.
TEST_F(Browser, ProbeNoticesErrorsAndOverflow) {
  std::string page = study_report(unfinished_results());
  page.insert(page.find("</main>"), "<div style=\"width: 500px\">wide</div><script>undefined_function()</script>");
  const nlohmann::json found = probe(page, 390);
  EXPECT_EQ(found["errors"].size(), 1u);
  EXPECT_THAT(errors(), ElementsAre(HasSubstr("undefined_function")));
  EXPECT_GT(found["pageWidth"], 390);
}

}  // namespace
}  // namespace stapes::test
