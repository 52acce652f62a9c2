// SPDX-License-Identifier: Apache-2.0
#include "study/execution/run_study.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/error.h"
#include "base/files.h"
#include "study/execution/run_cell.h"
#include "study/results/study_folder.h"
#include "study/results/study_table.h"
#include "study/study_fixture.h"
#include "support/temp_dir.h"

namespace stapes {
namespace {
namespace fs = std::filesystem;

Cell cell_named(const std::string& route, int fold, const std::string& start = "") {
  Cell cell;
  cell.id = {"esc10", 10, fold, 1, "micro", route};
  cell.folder = route + "-" + std::to_string(fold);
  cell.start = start;
  cell.training = {"train"};
  cell.work = 1;
  return cell;
}

// A parent and its child in each of two folds.
std::vector<Cell> two_families() {
  return {cell_named("fp32", 1), cell_named("xnor", 1, "fp32-1"), cell_named("fp32", 2),
          cell_named("xnor", 2, "fp32-2")};
}

// Each cell finishes, fails or dies immediately, as configured.
class FakeExecutor : public Executor {
 public:
  explicit FakeExecutor(const fs::path& results) : results_(results) {}

  std::map<std::string, int> deaths;  // how often the cell's process is killed before it finishes
  std::set<std::string> failures;
  std::vector<std::string> started;
  std::size_t slots = 1;

  std::size_t capacity() override { return slots - running_.size(); }
  void start(const std::vector<std::string>& cells) override {
    ASSERT_LE(cells.size(), capacity());
    for (const std::string& cell : cells) {
      started.push_back(cell);
      running_.push_back(cell);
      const CellFolder folder(results_, cell);
      folder.begin_attempt();
      if (deaths[cell]-- > 0) continue;
      if (failures.contains(cell)) {
        folder.write_failure("it was told to");
      } else {
        finish(folder);
      }
    }
  }
  std::vector<std::string> ended() override { return std::exchange(running_, {}); }
  std::vector<std::string> adopted() override { return adopted_; }
  std::vector<std::string> running() override { return running_; }
  void stop() override {}

  void adopt(const std::string& cell) {
    adopted_ = {cell};
    running_ = {cell};
    finish(CellFolder(results_, cell));
  }

  static void finish(const CellFolder& folder) {
    fs::create_directories(folder.run());
    write_text_file(folder.run() / "weights.network", "", Existing::kReplace);
    CellResult result = test::fake_cell({}, {}, folder.cell().id);
    result.published_epochs = folder.cell().published_epochs;
    folder.write_result(result);
  }

 private:
  fs::path results_;
  std::vector<std::string> running_, adopted_;
};

class RunStudyTest : public testing::Test {
 protected:
  void SetUp() override { fs::create_directories(results() / "cells"); }

  fs::path results() const { return dir_ / "results"; }
  StudyEnd run(const std::vector<Cell>& cells, FakeExecutor& executor, int attempts = 3) {
    messages_.clear();
    return run_study(results(), cells, "0123456789abcdef", executor, attempts,
                     {[](const StudyProgress&) {}, [&](const std::string& line) { messages_.push_back(line); }});
  }

  test::TempDir dir_;
  std::vector<std::string> messages_;
};

TEST_F(RunStudyTest, RunsParentsBeforeTheirChildrenAndAsManyAtOnceAsThereIsRoom) {
  FakeExecutor executor(results());
  executor.slots = 8;
  const StudyEnd end = run(two_families(), executor);
  EXPECT_EQ(end.finished, 4u);
  EXPECT_EQ(end.failed, 0u);
  EXPECT_EQ(executor.started, (std::vector<std::string>{"fp32-1", "fp32-2", "xnor-1", "xnor-2"}));
}

TEST_F(RunStudyTest, WaitsForTheCellThatGivesABudgetAndNotForItsWeights) {
  std::vector<Cell> cells = {cell_named("fp32", 1), cell_named("fit", 1, "fp32-1"), cell_named("xnor", 1, "fp32-1")};
  cells[1].flash_like = "xnor-1";  // later in the plan
  FakeExecutor executor(results());
  EXPECT_EQ(run(cells, executor).finished, 3u);
  EXPECT_EQ(executor.started, (std::vector<std::string>{"fp32-1", "xnor-1", "fit-1"}));
  fs::remove(CellFolder(results(), "xnor-1").run() / "weights.network");
  fs::remove(CellFolder(results(), "fit-1").path() / "result.json");
  executor.started.clear();
  EXPECT_EQ(run(cells, executor).finished, 3u);
  EXPECT_EQ(executor.started, (std::vector<std::string>{"fit-1"}));
  fs::remove(CellFolder(results(), "xnor-1").path() / "result.json");
  fs::remove(CellFolder(results(), "fit-1").path() / "result.json");
  executor.failures = {"xnor-1"};
  EXPECT_EQ(run(cells, executor).failed, 2u);
}

TEST_F(RunStudyTest, RunsNothingTwiceAndOnlyWhatAChangedPlanAdds) {
  FakeExecutor executor(results());
  run(two_families(), executor);
  FakeExecutor again(results());
  std::vector<Cell> more = two_families();
  EXPECT_EQ(run(more, again).finished, 4u);
  EXPECT_TRUE(again.started.empty());
  more.push_back(cell_named("int8", 2, "fp32-2"));
  EXPECT_EQ(run(more, again).finished, 5u);
  EXPECT_EQ(again.started, std::vector<std::string>{"int8-2"});
}

TEST_F(RunStudyTest, StartsAKilledCellAgainUntilItsAttemptsAreUsedUp) {
  FakeExecutor executor(results());
  executor.deaths = {{"fp32-1", 2}, {"fp32-2", 3}};
  const StudyEnd end = run(two_families(), executor, 3);
  EXPECT_EQ(end.finished, 2u);
  EXPECT_EQ(end.failed, 2u);
  EXPECT_EQ(CellFolder(results(), "fp32-1").attempts(), 3);
  EXPECT_NE(CellFolder(results(), "fp32-2").failure().find("killed on every attempt (3)"), std::string::npos);
}

TEST_F(RunStudyTest, GoesOnWithoutAFailedCellButNotWithItsChildrenAndTriesThemAgainNextTime) {
  FakeExecutor executor(results());
  executor.failures = {"fp32-1"};
  const StudyEnd end = run(two_families(), executor);
  EXPECT_EQ(end.finished, 2u);
  EXPECT_EQ(end.failed, 2u);
  EXPECT_EQ(CellFolder(results(), "fp32-1").failure(), "it was told to");
  EXPECT_NE(CellFolder(results(), "xnor-1").failure().find("not run"), std::string::npos);
  FakeExecutor mended(results());
  EXPECT_EQ(run(two_families(), mended).failed, 0u);
  EXPECT_EQ(mended.started, (std::vector<std::string>{"fp32-1", "xnor-1"}));
}

TEST_F(RunStudyTest, RunsADamagedCellAgain) {
  FakeExecutor executor(results());
  run(two_families(), executor);
  write_text_file(CellFolder(results(), "xnor-2").path() / "result.json", "{\"cell\":", Existing::kReplace);
  FakeExecutor again(results());
  EXPECT_EQ(run(two_families(), again).finished, 4u);
  EXPECT_EQ(again.started, std::vector<std::string>{"xnor-2"});
  EXPECT_TRUE(fs::exists(CellFolder(results(), "xnor-2").path() / "result.damaged"));
}

TEST_F(RunStudyTest, RunsACellAgainIfItsResultNoLongerMatchesThePlan) {
  FakeExecutor executor(results());
  run(two_families(), executor);
  std::vector<Cell> other = two_families();
  other[1].published_epochs = 2000;
  other[2].targets = {"a chip its result knows nothing of"};
  CellResult foreign = CellFolder(results(), "xnor-2").result();
  foreign.data_hash = "other";
  CellFolder(results(), "xnor-2").write_result(foreign);
  FakeExecutor again(results());
  run(other, again);
  EXPECT_EQ(again.started, (std::vector<std::string>{"xnor-1", "fp32-2", "xnor-2"}));
  EXPECT_EQ(messages_.size(), 6u);  // for each cell: why it runs again, and its outcome
}

TEST_F(RunStudyTest, RunsAParentAgainWhenItsWeightsAreGoneAndAChildNeedsThem) {
  FakeExecutor executor(results());
  run(two_families(), executor);
  fs::remove_all(CellFolder(results(), "fp32-1").run());  // as if results had been copied without runs
  fs::remove_all(CellFolder(results(), "fp32-2").run());
  FakeExecutor again(results());
  std::vector<Cell> more = two_families();
  more.push_back(cell_named("int8", 2, "fp32-2"));
  EXPECT_EQ(run(more, again).finished, 5u);
  EXPECT_EQ(again.started, (std::vector<std::string>{"fp32-2", "int8-2"}));
}

TEST_F(RunStudyTest, WaitsForCellsThatAKilledCoordinatorStarted) {
  FakeExecutor executor(results());
  for (const Cell& cell : two_families()) CellFolder(results(), cell.folder).write_cell(cell);
  executor.adopt("fp32-1");
  EXPECT_EQ(run(two_families(), executor).finished, 4u);
  EXPECT_EQ(std::count(executor.started.begin(), executor.started.end(), "fp32-1"), 0);
}

TEST(StudyFolder, RefusesAnotherStudyOtherDataAndAnotherFormat) {
  const test::TempDir dir;
  StudyPlan plan;
  plan.name = "a";
  const StudyData data{"/x/esc.data", "hash"};
  write_study(dir.path(), plan, data, two_families());
  write_study(dir.path(), plan, {"/moved/esc.data", "hash"}, two_families());
  EXPECT_EQ(data_of_study(dir.path()).path, "/moved/esc.data");
  EXPECT_THROW(write_study(dir.path(), plan, {"/x/esc.data", "other"}, {}), Error);
  plan.name = "b";
  EXPECT_THROW(write_study(dir.path(), plan, data, {}), Error);
  write_text_file(dir / kStudyFile, R"({"format":2,"name":"a"})", Existing::kReplace);
  EXPECT_THROW(read_study(dir.path()), Error);
  EXPECT_THROW(read_study(dir / "nowhere"), Error);
}

TEST(StudyResultsTest, ReadsWhatIsFinishedFailedAndMissing) {
  const test::TempDir dir;
  StudyPlan plan;
  plan.name = "a";
  plan.pairs = {{"p", "micro fp32", {"micro xnor", "micro int8"}}};
  write_study(dir.path(), plan, {"/x/esc.data", "0123456789abcdef"}, two_families());
  const auto folder = [&](const char* name) {
    const CellFolder at(dir.path(), name);
    fs::create_directories(at.path());
    return at;
  };
  test::FakeSeries fp32{
      .route = "fp32", .form = "fp32", .accuracy = [](int, int fold) { return fold == 1 ? 70.0 : 80.0; }};
  folder("fp32-1").write_result(test::fake_cell({}, fp32, {"esc10", 10, 1, 1, "micro", "fp32"}));
  folder("fp32-2").write_result(test::fake_cell({}, fp32, {"esc10", 10, 2, 1, "micro", "fp32"}));
  folder("xnor-1").write_failure("no memory");
  const StudyResults results = read_study(dir.path());
  EXPECT_EQ(results.finished.size(), 2u);
  ASSERT_EQ(results.failed.size(), 1u);
  EXPECT_EQ(results.failed[0].reason, "no memory");
  ASSERT_EQ(results.missing.size(), 1u);
  EXPECT_EQ(results.missing[0].fold, 2);
  EXPECT_EQ(results.data_name, "esc.data");
  ASSERT_EQ(results.pairs.size(), 1u);
  EXPECT_EQ(results.pairs[0].second, "micro xnor");
  EXPECT_EQ(results.pairs[0].alternatives, std::vector<std::string>{"micro int8"});
  const std::vector<Series> series = series_of(results);
  ASSERT_EQ(series.size(), 1u);
  EXPECT_NEAR(series[0].points.at(0).ten_crops.mean, 75, 1e-9);
  // Two values 10 apart, t = 12.7062: half-width 12.7062 * 5.
  EXPECT_NEAR(series[0].points.at(0).ten_crops.interval_95.value().low, 75 - 12.7062 * 5, 1e-3);
  EXPECT_NE(study_table(results).find("75.00"), std::string::npos);
}

TEST(CurveOf, KeepsTheSmallestAlphaOfAnEpochAndEvaluatedEpochsOfLongRuns) {
  const test::TempDir dir;
  std::string lines = R"({"epoch":1,"loss":2.5,"alpha":[0.3,0.09871,0.2]})"
                      "\n"
                      R"({"epoch":2,"loss":2,"accuracy":50})"
                      "\n";
  write_text_file(dir / "metrics.jsonl", lines, Existing::kReplace);
  const std::vector<CurvePoint> few = curve_of(dir.path());
  ASSERT_EQ(few.size(), 2u);
  EXPECT_EQ(few[0].alpha, 0.0987);
  EXPECT_FALSE(few[1].alpha);
  EXPECT_EQ(few[1].accuracy, 50);
  for (int epoch = 3; epoch <= 200; ++epoch) lines += "{\"epoch\":" + std::to_string(epoch) + ",\"loss\":1}\n";
  write_text_file(dir / "metrics.jsonl", lines, Existing::kReplace);
  EXPECT_EQ(curve_of(dir.path()).size(), 1u);
}

TEST(CellResultTest, SurvivesTheWayThroughJsonAndRefusesWhatIsDamaged) {
  CellResult cell = test::fake_cell({}, {}, {"esc10", 10, 1, 1, "micro", "int8"});
  cell.curve[0].alpha = 0.0987;
  EXPECT_FALSE(to_json(cell)["provenance"].contains("threads"));  // as in older results
  cell.threads = 2;
  const nlohmann::json json = to_json(cell);
  EXPECT_EQ(to_json(cell_result_from_json(json, "result.json")), json);
  EXPECT_EQ(json["provenance"]["threads"], 2);
  EXPECT_NEAR(cell.accuracy(), 80, 0.7);  // of 80 clips, to the nearest clip
  const auto refuses = [&](const std::function<void(nlohmann::json&)>& damage) {
    nlohmann::json damaged = json;
    damage(damaged);
    EXPECT_THROW(cell_result_from_json(damaged, "result.json"), Error) << damaged.dump().substr(0, 200);
  };
  refuses([](auto& j) { j["curve"][0]["alpha"] = 1e300; });
  refuses([](auto& j) { j["clips"]["label"].push_back(0); });
  refuses([](auto& j) { j["epochs"] = -3; });
  refuses([](auto& j) { j["targets"][0]["window_ms"] = 1e300; });
  refuses([](auto& j) { j["targets"][0]["window_ms"] = -1; });
  refuses([](auto& j) { j["published_epochs"] = std::int64_t{1} << 32; });
  refuses([](auto& j) { j["clips"]["ten_crops"][0] = 10; });
  refuses([](auto& j) { j["labels"].erase(0); });
  refuses([](auto& j) { j["model"]["file_bytes"] = -1; });
  refuses([](auto& j) { j.erase("epochs"); });
  refuses([](auto& j) { j["provenance"]["seconds"] = "soon"; });
  refuses([](auto& j) { j["provenance"]["threads"] = 0; });
  refuses([](auto& j) { j["clips"]["source"].push_back("one too many"); });
}

TEST(CellResultTest, HoldsTheOpenSetOfModelsThatReject) {
  CellResult cell = test::fake_cell({}, {}, {"esc10", 10, 1, 1, "micro", "int8"});
  EXPECT_FALSE(cell.accepted_share());
  EXPECT_FALSE(to_json(cell).contains("open_set"));  // as in older results
  cell.labels[8] = "unknown";
  cell.labels[9] = "background";
  // 16 clips to reject: five are accepted, one is confused between unknown and background, the rest are right.
  int seen = 0;
  for (ClipDecision& clip : cell.clips) {
    if (clip.label < 8) continue;
    clip.ten_crops = seen < 5 ? 0 : seen == 5 ? 17 - clip.label : clip.label;
    ++seen;
  }
  EXPECT_DOUBLE_EQ(cell.accepted_share().value(), 100.0 * 5 / 16);
  cell.auroc = 0.9375;
  const nlohmann::json json = to_json(cell);
  const CellResult read = cell_result_from_json(json, "result.json");
  EXPECT_EQ(read.auroc, 0.9375);
  EXPECT_FALSE(read.window_auroc);
  EXPECT_EQ(to_json(read), json);
  nlohmann::json damaged = json;
  damaged["open_set"]["auroc"]["ten_crops"] = 1.5;
  EXPECT_THROW(cell_result_from_json(damaged, "result.json"), Error);
}

TEST(CellResultTest, LeavesOutTheSourcesWhereEveryClipIsItsOwn) {
  CellResult cell = test::fake_cell({}, {}, {"esc10", 10, 1, 1, "micro", "int8"});
  EXPECT_TRUE(to_json(cell)["clips"].contains("source"));
  for (ClipDecision& clip : cell.clips) clip.source = clip.name;
  const nlohmann::json json = to_json(cell);
  EXPECT_FALSE(json["clips"].contains("source"));
  const CellResult read = cell_result_from_json(json, "result.json");
  ASSERT_EQ(read.clips.size(), cell.clips.size());
  for (std::size_t i = 0; i < read.clips.size(); ++i) EXPECT_EQ(read.clips[i].source, cell.clips[i].name);
}

}  // namespace
}  // namespace stapes
