// SPDX-License-Identifier: Apache-2.0
// The report in a real browser: Chromium, without a window. A probe goes into a copy of the page (browser_probe.js).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "base/process.h"
#include "study/report/report.h"
#include "study/report_fixture.h"
#include "support/paths.h"
#include "support/temp_dir.h"

namespace stapes::test {
namespace {

using testing::AnyOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* kFound = "<pre id=\"probed\">";

// Windows cannot be as narrow as a phone: the report is in a frame and only sees its width. Its probe writes its
// findings into this page, which the browser then prints.
std::string page_around(int width) {
  return "<!DOCTYPE html><meta charset=\"utf-8\"><iframe src=\"report.html\" width=\"" + std::to_string(width) +
         "\" height=\"844\" style=\"border: 0\"></iframe>\n<script>\n"
         "window.addEventListener('message', ({ data }) => {\n"
         "  const found = document.createElement('pre');\n  found.id = 'probed';\n  found.textContent = data;\n"
         "  document.body.append(found);\n});\n</script>\n";
}

std::string from_hex(const std::string& digits) {
  std::string text;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2)
    text += static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16));
  return text;
}

// The page rendered by a browser at `width`; `log` gets all its output.
nlohmann::json probe(const std::string& page, int width, std::string* log = nullptr) {
  const TempDir folder;
  const std::string script = read_text_file(tests_dir() / "study/browser_probe.js");
  std::string copy = page;
  copy.insert(copy.find("<meta name=\"viewport\""), "<script>" + script + "</script>\n");
  write_text_file(folder / "report.html", copy, Existing::kRefuse);
  write_text_file(folder / "around.html", page_around(width), Existing::kRefuse);
  const ProgramEnd end = run_to_end(
      {"chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
       "--enable-logging=stderr", "--user-data-dir=" + (folder / "profile").string(), "--virtual-time-budget=5000",
       "--window-size=1400,900", "--dump-dom", "file://" + (folder / "around.html").string()},
      "install chromium", std::chrono::seconds(180), {}, std::size_t{64} << 20);
  if (log != nullptr) *log = end.output;
  const std::size_t at = end.output.rfind(kFound);
  if (at == std::string::npos) throw std::runtime_error("the probe left nothing: " + end.output.substr(0, 2000));
  const std::size_t begin = at + std::string(kFound).size();
  return nlohmann::json::parse(from_hex(end.output.substr(begin, end.output.find('<', begin) - begin)));
}

StudyResults unfinished_results() {
  StudyResults results = realistic_results();
  lose_cells(results);
  return results;
}

class Browser : public testing::Test {
 protected:
  void SetUp() override {
    if (find_program("chromium").empty()) GTEST_SKIP() << "no chromium here";
  }
};

// Numbers first, in order; then those without a figure.
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
    std::string log;
    const nlohmann::json found = probe(page, width, &log);
    EXPECT_EQ(found["errors"], nlohmann::json::array()) << width;
    EXPECT_THAT(log, Not(HasSubstr("CONSOLE"))) << width;
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

// Words in alphabetical order, the numbers in them by value.
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
  std::string log;
  const nlohmann::json found = probe(study_report(results), 1280, &log);
  EXPECT_EQ(found["errors"], nlohmann::json::array());
  EXPECT_EQ(found["foreign"], 0);
  EXPECT_THAT(log, Not(HasSubstr("CONSOLE")));
}

// The probe itself: a page with these faults must not pass.
TEST_F(Browser, ProbeNoticesErrorsAndOverflow) {
  std::string page = study_report(unfinished_results());
  page.insert(page.find("</main>"), "<div style=\"width: 500px\">wide</div><script>undefined_function()</script>");
  std::string log;
  const nlohmann::json found = probe(page, 390, &log);
  EXPECT_EQ(found["errors"].size(), 1u);
  EXPECT_THAT(log, HasSubstr("CONSOLE"));
  EXPECT_GT(found["pageWidth"], 390);
}

}  // namespace
}  // namespace stapes::test
