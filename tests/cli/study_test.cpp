// SPDX-License-Identifier: Apache-2.0
// stapes study: killed, resumed, extended, broken. Uses spoken keywords, or tones (faster) where sounds do not matter.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "cli/child.h"
#include "cli/training_run.h"

namespace stapes::test {
namespace {
namespace fs = std::filesystem;

constexpr const char* kNetwork = "[networks]\nsmall = \"widths:4,8,6,6,6,8,8,8,8,8,8,n\"\n";

class StudyTest : public Training {
 protected:
  std::string write_plan(const std::string& routes, const std::string& grid = "folds = [1]\n",
                         const std::string& name = "tones") {
    const std::string text = "name = \"" + name + "\"\nsamples = 4000\ntargets = [\"host\"]\npublished_epochs = 100\n" +
                             grid + kNetwork + routes;
    write_text_file(dir_ / "plan.toml", text, Existing::kReplace);
    return path("plan.toml");
  }
  static std::string fp32(int epochs) {
    return "[[route]]\nname = \"fp32\"\nform = \"fp32\"\ntrain = { epochs = " + std::to_string(epochs) +
           ", batch = 16 }\n";
  }
  static std::string children() {
    return "[[route]]\nname = \"xnor\"\nform = \"xnor\"\nstart = \"fp32\"\nteacher = \"fp32\"\ntrain = { epochs = 3, "
           "batch = 16 }\n"
           "[[route]]\nname = \"int8\"\nform = \"int8\"\nstart = \"fp32\"\nquantize = { calibration = 8 }\n"
           "[[route]]\nname = \"pruned\"\nform = \"int8\"\nstart = \"fp32\"\nprune = { ratio = 0.2 }\n"
           "train = { epochs = 2, batch = 16 }\nquantize = { calibration = 8 }\n";
  }
  std::vector<std::string> command(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments = {"study", path("plan.toml"), "--data", path(data_),
                                          "-o",    path("results"),   "-q"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }
  nlohmann::json run_json() const {
    const Outcome outcome = run_stapes(command({"--json"}));
    EXPECT_EQ(outcome.status, 0) << outcome.err << failures();
    return nlohmann::json::parse(outcome.out);
  }
  std::string failures(const std::string& study = "results") const {
    std::string text;
    for (const auto& entry : fs::directory_iterator(dir_ / study / "cells")) {
      if (fs::exists(entry.path() / "failed.json")) text += read_text_file(entry.path() / "failed.json") + "\n";
    }
    return text;
  }
  fs::path cell(const std::string& route) const {
    for (const auto& entry : fs::directory_iterator(dir_ / "results/cells")) {
      if (entry.path().filename().string().find("-" + route + "-") != std::string::npos) return entry.path();
    }
    return {};
  }
  int threads_used(const std::string& route) const {
    return nlohmann::json::parse(read_text_file(cell(route) / "result.json")).at("provenance").at("threads");
  }
  int epochs_written(const fs::path& folder) const {
    std::ifstream file(folder / "run/metrics.jsonl");
    int lines = 0;
    for (std::string line; std::getline(file, line);) ++lines;
    return lines;
  }

  std::string data_ = "tones";
};

TEST_F(StudyTest, ResumesToTheSameBitsAfterAKillAndRunsOnlyWhatAPlanAdds) {
  data_ = "words";
  ASSERT_EQ(run_stapes({"data", "keywords", "--classes", "2", "-o", path(data_)}).status, 0);
  write_plan(fp32(8));
  ASSERT_EQ(run_stapes({"study", path("plan.toml"), "--data", path(data_), "-o", path("whole"), "-q", "--threads", "2"})
                .status,
            0)
      << failures("whole");
  Child child(command({"--threads", "2"}));
  while (child.running() && (!fs::exists(dir_ / "results/cells") || epochs_written(cell("fp32")) < 2)) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  ASSERT_TRUE(child.kill()) << "it had ended by itself";
  EXPECT_FALSE(fs::exists(cell("fp32") / "result.json"));
  ASSERT_EQ(run_stapes(command({"--threads", "1"})).status, 0);  // for cells not started yet
  EXPECT_EQ(threads_used("fp32"), 2);
  const std::string name = cell("fp32").filename();
  EXPECT_EQ(read_text_file(cell("fp32") / "run/weights.network") ==
                read_text_file(dir_ / "whole/cells" / name / "run/weights.network"),
            true);
  EXPECT_EQ(
      read_text_file(cell("fp32") / "model.stapes") == read_text_file(dir_ / "whole/cells" / name / "model.stapes"),
      true);

  write_plan(fp32(8) + children());
  const nlohmann::json listed = nlohmann::json::parse(run_stapes(command({"--list", "--json"})).out);
  const auto before = fs::last_write_time(cell("fp32") / "result.json");
  const nlohmann::json end = run_json();
  EXPECT_EQ(end["finished"], 4);
  EXPECT_EQ(fs::last_write_time(cell("fp32") / "result.json"), before);  // not run again
  for (const char* route : {"xnor", "int8", "pruned"}) {
    const auto result = nlohmann::json::parse(read_text_file(cell(route) / "result.json"));
    EXPECT_EQ(result["clips"]["label"].size(), 80u) << route;  // two words, ten voices, four accents
    EXPECT_EQ(result["targets"][0]["same_result"], true) << route;
    EXPECT_TRUE(result["provenance"]["commands"].back().get<std::string>().ends_with("/model.stapes"));
    EXPECT_EQ(result["provenance"]["parent"], name);
    const auto cells = listed["cells"].get<std::vector<std::string>>();
    const auto place = std::ranges::find(cells, cell(route).filename().string()) - cells.begin();
    EXPECT_EQ(threads_used(route), listed["threads"].at(static_cast<std::size_t>(place))) << route;
  }
}

TEST_F(StudyTest, ReportsAFailedCellRunsTheOthersAndTriesItAgain) {
  write_plan(fp32(2) +
             "[[route]]\nname = \"odd\"\nform = \"xnor\"\n"
             "train = { epochs = 2, batch = 16, keep-8-bit = \"conv99\" }\n");
  const Outcome outcome = run_stapes(command());
  EXPECT_EQ(outcome.status, 1);
  EXPECT_NE(outcome.err.find("1 of 2 cells failed"), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.out.find("small fp32"), std::string::npos);
  const auto failure = nlohmann::json::parse(read_text_file(cell("odd") / "failed.json"));
  EXPECT_NE(failure["reason"].get<std::string>().find("conv99"), std::string::npos) << failure;
  EXPECT_TRUE(fs::exists(cell("fp32") / "result.json"));
}

TEST_F(StudyTest, RefusesAFolderThatIsAnotherStudyOrNoneAndASecondAtOnce) {
  write_plan(fp32(2));
  ASSERT_EQ(run_stapes(command()).status, 0);
  write_plan(fp32(2), "folds = [1]\n", "other");
  EXPECT_TRUE(fails_cleanly(run_stapes(command()), 1, "holds study 'tones'"));
  fs::create_directories(dir_ / "full");
  write_text_file(dir_ / "full/note", "mine", Existing::kRefuse);
  EXPECT_TRUE(fails_cleanly(run_stapes({"study", path("plan.toml"), "--data", path(data_), "-o", path("full")}), 1,
                            "is not a study"));
  write_plan(fp32(4000));
  const std::vector<std::string> busy = {"study", path("plan.toml"), "--data", path(data_), "-o", path("busy"), "-q"};
  Child first(busy);
  while (first.running() && !fs::exists(dir_ / "busy/study.json")) {  // written under the lock
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  EXPECT_TRUE(fails_cleanly(run_stapes(busy), 1, "the study in"));
  EXPECT_TRUE(first.kill());
}

TEST_F(StudyTest, RefusesPlansThatCannotBeRunBeforeAnythingIsWritten) {
  write_plan(fp32(2), "folds = [9]\n");
  EXPECT_TRUE(fails_cleanly(run_stapes(command()), 2, "fold 9"));
  write_plan(fp32(2), "classes = [\"esc10\"]\n");
  EXPECT_TRUE(fails_cleanly(run_stapes(command()), 2, "esc10"));
  write_plan(fp32(2), "fold = [1]\n");
  EXPECT_TRUE(fails_cleanly(run_stapes(command()), 2, "did you mean folds"));
  EXPECT_TRUE(fails_cleanly(run_stapes({"study", path("absent.toml"), "--data", path(data_), "-o", path("results")}), 1,
                            "absent.toml"));
  write_plan(fp32(2));
  EXPECT_TRUE(fails_cleanly(run_stapes(command({"--seed", "3"})), 2, "set the seeds in the plan"));
  EXPECT_TRUE(fails_cleanly(run_stapes(command({"--executor", "cloud"})), 2,
                            "unknown --executor value 'cloud'; choose local or slurm"));
  EXPECT_TRUE(fails_cleanly(run_stapes(command({"--cancel"})), 2, "--cancel is for --executor slurm"));
  EXPECT_TRUE(fails_cleanly(run_stapes(command({"--executor", "slurm", "--cancel"})), 1,
                            "does not exist; choose another folder"));
  EXPECT_EQ(nlohmann::json::parse(run_stapes(command({"--list", "--json"})).out)["cells"].size(), 1u);
  const auto fixed = nlohmann::json::parse(run_stapes(command({"--list", "--json", "--threads", "3"})).out);
  EXPECT_EQ(fixed["threads"], nlohmann::json({3}));
  EXPECT_FALSE(fs::exists(dir_ / "results"));
}

TEST_F(StudyTest, MendsADamagedCellAndSurvivesADiskThatIsFull) {
  write_plan(fp32(2));
  fs::create_directories(dir_ / "results");
  write_text_file(dir_ / "results/lock", "", Existing::kRefuse);  // left by a study killed right after its start
  const Outcome full = run_stapes(command(), {.largest_file_bytes = 4000});
  EXPECT_EQ(full.status, 1);
  EXPECT_EQ(run_json()["finished"], 1);
  write_text_file(cell("fp32") / "result.json", "{", Existing::kReplace);
  EXPECT_EQ(run_json()["finished"], 1);
  EXPECT_TRUE(fs::exists(cell("fp32") / "result.damaged"));
  const std::string model = read_text_file(cell("fp32") / "model.stapes");
  write_text_file(cell("fp32") / "model.stapes", model.substr(0, model.size() / 2), Existing::kReplace);
  fs::remove(cell("fp32") / "result.json");
  EXPECT_EQ(run_json()["finished"], 1);
  EXPECT_EQ(read_text_file(cell("fp32") / "model.stapes") == model, true);
}

}  // namespace
}  // namespace stapes::test
