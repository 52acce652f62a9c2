// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cli/run_program.h"
#include "packed/writer.h"
#include "study/plan/grid.h"
#include "study/report_fixture.h"
#include "study/results/study_folder.h"
#include "support/tiny_models.h"
#include "web/page_module.h"

namespace stapes::test {
namespace {
namespace fs = std::filesystem;

using testing::HasSubstr;

void write_study_folder(const fs::path& path, const StudyResults& results) {
  nlohmann::json study = {{"format", kStudyFormat},           {"name", results.name},
                          {"plan", results.plan_text},        {"data", results.data_name},
                          {"data_hash", results.data_hash},   {"version", results.version},
                          {"cells", nlohmann::json::array()}, {"pairs", nlohmann::json::array()}};
  for (const FinishedCell& cell : results.finished) {
    nlohmann::json row = to_json(cell.result.id);
    row["folder"] = cell.folder;
    study["cells"].push_back(row);
    fs::create_directories(path / "cells" / cell.folder);
    CellFolder(path, cell.folder).write_result(cell.result);
  }
  for (const EqualFlashPair& pair : results.pairs) {
    study["pairs"].push_back({{"name", pair.name}, {"first", pair.first}, {"second", pair.second}});
  }
  write_text_file(path / kStudyFile, study.dump(), Existing::kRefuse);
}

class ReportCommand : public testing::Test {
 protected:
  void SetUp() override {
    FakeStudy study;
    study.class_counts = {10};
    study.series.push_back(costing(falling("micro", "xnor", "xnor", 70, 50), 110'000, 20'000, 30));
    results_ = fake_results(study);
    results_.pairs = {{"100 KB", "micro int8", "micro xnor"}};
    write_study_folder(folder(), results_);
  }
  fs::path folder() const { return dir_ / "results"; }
  Outcome report(std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {"report", folder().string()});
    return run_stapes(more);
  }

  TempDir dir_;
  StudyResults results_;
};

TEST_F(ReportCommand, WritesThePageIntoTheResultsAndSaysWhatItIs) {
  const Outcome outcome = report({"--json"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const auto json = nlohmann::json::parse(outcome.out);
  const std::string page = read_text_file(folder() / "report.html");
  EXPECT_EQ(json["file"], (folder() / "report.html").string());
  EXPECT_EQ(json["bytes"], page.size());
  EXPECT_EQ(json["cells"], 4);
  EXPECT_TRUE(page.starts_with("<!DOCTYPE html>"));
  EXPECT_TRUE(page.ends_with("</html>\n"));
}

TEST_F(ReportCommand, ReplacesAPageOnlyWhenForced) {
  const std::string output = (dir_ / "page.html").string();
  write_text_file(output, "mine", Existing::kRefuse);
  EXPECT_TRUE(fails_cleanly(report({"-o", output}), 1, "page.html"));
  EXPECT_EQ(read_text_file(output), "mine");
  EXPECT_EQ(report({"-o", output, "--force"}).status, 0);
  EXPECT_NE(read_text_file(output), "mine");
}

TEST_F(ReportCommand, WritesItsChartsToAFolder) {
  const fs::path figures = dir_ / "new/figures";
  ASSERT_EQ(report({"--figures", figures.string()}).status, 0);
  const std::string chart = read_text_file(figures / "accuracy.svg");
  fs::remove(folder() / "report.html");
  EXPECT_TRUE(fails_cleanly(report({"--figures", figures.string()}), 1, "accuracy.svg"));
  EXPECT_FALSE(fs::exists(folder() / "report.html")) << "nothing is written where a chart is in the way";
  ASSERT_EQ(report({"--figures", figures.string(), "--force"}).status, 0);
  EXPECT_EQ(read_text_file(figures / "accuracy.svg"), chart);
}

TEST_F(ReportCommand, WritesAPageThatRunsTheRecommendedModel) {
  if (kPageModule.empty()) GTEST_SKIP() << "built without STAPES_WEB";
  EXPECT_TRUE(fails_cleanly(report({"--demo", (dir_ / "no.html").string()}), 1, "the study recommends no model"));
  FakeStudy study;
  study.class_counts = {10};
  study.folds = {1};
  study.series = {steady("micro", "xnor", 85, 50'000, 20'000, 40), steady("micro", "int8", 88.75, 90'000, 25'000, 50)};
  results_ = fake_results(study);
  fs::remove_all(folder());
  write_study_folder(folder(), results_);
  for (const FinishedCell& cell : results_.finished)
    write_model(folder() / "cells" / cell.folder / "model.stapes", tiny_detector(), Existing::kRefuse);
  const fs::path demo = folder() / "demo.html";
  EXPECT_TRUE(fails_cleanly(report({"--demo", demo.string(), "-o", demo.string()}), 2, "the same file"));
  const Outcome outcome = report({"--demo", demo.string()});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(read_text_file(folder() / "report.html"),
              HasSubstr("<a href=\"demo.html\">Try micro int8 in the browser"));
  EXPECT_THAT(read_text_file(demo),
              testing::AllOf(HasSubstr("<h1>micro int8</h1>"), HasSubstr("<dt>Flash</dt><dd>90.0 KB")));
  EXPECT_TRUE(fails_cleanly(report({"--demo", demo.string(), "-o", (dir_ / "new.html").string()}), 1, "demo.html"));
}

TEST_F(ReportCommand, RefusesTwoOutputsThatAreTheSameFile) {
  fs::create_directory_symlink(folder(), dir_ / "link");
  const fs::path page = folder() / "page.html", dotted = folder() / "cells/../page.html",
                 linked = dir_ / "link/page.html";
  for (const fs::path& other : {page, dotted, linked})
    EXPECT_TRUE(fails_cleanly(report({"-o", page.string(), "--demo", other.string()}), 2, "the same file")) << other;
  const std::string chart = (dir_ / "figures/accuracy.svg").string();
  EXPECT_TRUE(
      fails_cleanly(report({"-o", chart, "--figures", (dir_ / "figures/../figures").string()}), 2, "the same file"));
  EXPECT_EQ(names_in(folder()), (std::vector<std::string>{"cells", "study.json"}));
  EXPECT_FALSE(fs::exists(dir_ / "figures"));
}

TEST_F(ReportCommand, RefusesOutputsThatWouldChangeTheStudy) {
  const std::string study = read_text_file(folder() / "study.json");
  const fs::path cells = folder() / "cells", cell = cells / results_.finished[0].folder;
  fs::create_directory(folder() / "slurm");
  for (const char* file : {"data.path", "lock", "slurm/jobs.json"}) {
    write_text_file(folder() / file, "before", Existing::kRefuse);
  }
  const std::vector<std::string> before = names_in(cell);
  fs::create_directory_symlink(cells, dir_ / "link");
  for (const fs::path& output : {folder() / "study.json", folder() / "../results/study.json", folder() / "data.path",
                                 folder() / "lock", folder() / "slurm/jobs.json", cell / "result.json",
                                 cells / "page.html", cells / "new/page.html", dir_ / "link/page.html"}) {
    EXPECT_TRUE(fails_cleanly(report({"--force", "-o", output.string()}), 2, "is part of it")) << output;
    EXPECT_TRUE(fails_cleanly(report({"--force", "--demo", output.string()}), 2, "is part of it")) << output;
  }
  EXPECT_TRUE(fails_cleanly(report({"--figures", (cells / "new").string()}), 2, "is part of it"));
  EXPECT_EQ(read_text_file(folder() / "study.json"), study);
  EXPECT_EQ(names_in(folder()), (std::vector<std::string>{"cells", "data.path", "lock", "slurm", "study.json"}));
  EXPECT_EQ(names_in(cell), before);
  EXPECT_FALSE(fs::exists(cells / "new"));
}

TEST_F(ReportCommand, ListsADamagedResultAsFailed) {
  write_text_file(folder() / "cells" / results_.finished[0].folder / "result.json", "{", Existing::kReplace);
  const Outcome outcome = report();
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("3 of 4 cells"));
  EXPECT_THAT(read_text_file(folder() / "report.html"), HasSubstr("<td>failed</td>"));
}

TEST_F(ReportCommand, RefusesFoldersThatAreNotStudies) {
  EXPECT_TRUE(fails_cleanly(run_stapes({"report", dir_.path().string()}), 1, "is not a study"));
  EXPECT_TRUE(fails_cleanly(run_stapes({"report", (dir_ / "nowhere").string()}), 1, "nowhere"));
}

TEST_F(ReportCommand, LeavesNoPartOfAPageOnAFullDisk) {
  EXPECT_TRUE(
      fails_cleanly(run_stapes({"report", folder().string()}, {.largest_file_bytes = 10'000}), 1, "report.html"));
  EXPECT_EQ(names_in(folder()), (std::vector<std::string>{"cells", "study.json"}));
}

}  // namespace
}  // namespace stapes::test
