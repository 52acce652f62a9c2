// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cli/run_program.h"
#include "packed/writer.h"
#include "study/results/study_folder.h"
#include "study/study_fixture.h"
#include "support/tiny_models.h"

namespace stapes::test {
namespace {

using testing::HasSubstr;

class AdviseCommand : public testing::Test {
 protected:
  AdviseCommand() {
    FakeSeries int8{.network = "micro", .route = "int8"}, xnor{.network = "micro", .route = "xnor", .form = "xnor"};
    int8.flash_bytes = 200 * 1024;
    xnor.accuracy = [](int, int) { return 60.0; };
    const StudyResults study = fake_results({.class_counts = {10}, .series = {int8, xnor}});
    StudyPlan plan;
    plan.name = "fake";
    std::vector<Cell> cells;
    for (const FinishedCell& finished : study.finished) {
      Cell& cell = cells.emplace_back();
      cell.id = finished.result.id;
      cell.folder = finished.folder;
      const CellFolder folder(results_, cell.folder);
      folder.write_cell(cell);
      folder.write_result(finished.result);
      write_model(folder.model(), tiny_int8(), Existing::kRefuse);
    }
    write_study(results_, plan, {"esc.data", study.data_hash}, cells);
  }

  Outcome ask(std::vector<std::string> more) const {
    std::vector<std::string> arguments = {"advise", results_.string(), "--target", "cortex-m4"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_stapes(arguments);
  }

  TempDir dir_;
  std::filesystem::path results_ = dir_ / "my results";
};

TEST_F(AdviseCommand, NamesTheBestTheRunnerUpAndACommandThatAShellRuns) {
  const Outcome text = ask({"--flash", "256K", "--ram", "64K", "--latency", "0.2s"});
  EXPECT_EQ(text.status, 0) << text.err;
  EXPECT_EQ(text.err, "");
  EXPECT_THAT(text.out, HasSubstr("at most 200.0 ms per window: 2 of 2 models fit"));
  const Outcome outcome = ask({"--flash", "256K", "--json", "--classes", "esc10"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const auto json = nlohmann::json::parse(outcome.out);
  EXPECT_EQ(json.at("best"), "micro int8");
  EXPECT_EQ(json.at("runner_up"), "micro xnor");
  EXPECT_EQ(json.at("limits").at("flash_bytes"), 256 * 1024);
  EXPECT_TRUE(json.at("limits").at("ram_bytes").is_null());
  EXPECT_THAT(json.at("candidates").at(1).at("shortfalls").dump(), HasSubstr("20.00 points less accurate"));
  const std::string command = json.at("command");
  ASSERT_TRUE(command.starts_with("stapes "));
  const Outcome exported =
      run_program("/bin/sh", {"-c", "cd '" + dir_.path().string() + "' && " + stapes_program() + command.substr(6)});
  EXPECT_EQ(exported.status, 0) << exported.err;
  EXPECT_TRUE(std::filesystem::exists(dir_ / "micro_int8_cortex-m4/include/micro_int8.h"));
}

TEST_F(AdviseCommand, ImpossibleLimitsShowTheNearestAndFail) {
  const Outcome outcome = ask({"--flash", "64K"});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.out, HasSubstr("nearest: needs"));
  EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1);
  EXPECT_THAT(outcome.err, HasSubstr("the nearest is micro xnor: needs 33.7 KiB more flash"));  // 100000 - 65536 bytes
  const Outcome json = ask({"--flash", "64K", "--json"});
  EXPECT_EQ(json.status, 1);
  EXPECT_EQ(nlohmann::json::parse(json.out).at("nearest"), "micro xnor");
}

TEST_F(AdviseCommand, WrongQuestionsAreRefused) {
  EXPECT_TRUE(fails_cleanly(ask({"--flash", "256KB"}), 2, "--flash '256KB'"));
  EXPECT_TRUE(fails_cleanly(ask({"--latency", "200"}), 2, "200ms"));
  EXPECT_TRUE(fails_cleanly(ask({"--accuracy", "101"}), 2, "--accuracy"));
  EXPECT_TRUE(fails_cleanly(ask({"--accuracy", "nan"}), 2, "--accuracy"));
  EXPECT_TRUE(fails_cleanly(ask({"--flash", ""}), 2, "--flash"));  // an empty shell variable is not "no limit"
  EXPECT_TRUE(fails_cleanly(ask({"--classes", "esc50"}), 2, "no finished cells; choose from esc10"));
  EXPECT_TRUE(fails_cleanly(run_stapes({"advise", results_.string()}), 2, "--target"));
  EXPECT_TRUE(
      fails_cleanly(run_stapes({"advise", results_.string(), "--target", "riscv"}), 2, "choose from cortex-m4"));
  EXPECT_TRUE(fails_cleanly(run_stapes({"advise", dir_.path().string(), "--target", "host"}), 1, "is not a study"));
}

TEST_F(AdviseCommand, RanksByAnotherFigure) {
  EXPECT_EQ(ask({"--rank", "accuracy"}).status, 0);
  const Outcome auroc = ask({"--rank", "auroc"});
  EXPECT_EQ(auroc.status, 1);
  EXPECT_THAT(auroc.err, HasSubstr("no AUROC: the model has no class 'unknown' or 'background'"));
  EXPECT_TRUE(fails_cleanly(ask({"--rank", "size"}), 2, "choose accuracy or auroc"));
}

// ---- stapes verdict

TEST_F(AdviseCommand, TheVerdictOfAStudyIsASentenceAndFirmware) {
  const Outcome outcome = run_stapes({"verdict", results_.string(), "--firmware", (dir_ / "firmware").string()});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_TRUE(outcome.out.starts_with("Ship micro int8 on cortex-m4 (STM32F407, 168 MHz): 80.0 % accuracy (mean of 2"))
      << outcome.out;
  EXPECT_THAT(outcome.out, HasSubstr("Firmware: " + (dir_ / "firmware").string()));
  EXPECT_TRUE(std::filesystem::exists(dir_ / "firmware/include/micro_int8.h"));
  EXPECT_TRUE(fails_cleanly(run_stapes({"verdict", results_.string(), "--firmware", (dir_ / "firmware").string()}), 1,
                            "firmware"));  // already exists
  const Outcome json = run_stapes({"verdict", results_.string(), "--target", "cortex-m", "--json"});
  ASSERT_EQ(json.status, 0) << json.err;
  EXPECT_EQ(nlohmann::json::parse(json.out).at("ship"), "micro int8");
  const Outcome text = run_stapes({"verdict", results_.string()});
  EXPECT_THAT(text.out, HasSubstr("Next:     stapes export "));
}

TEST_F(AdviseCommand, WrongQuestionsAboutTheVerdictAreRefused) {
  EXPECT_TRUE(
      fails_cleanly(run_stapes({"verdict", results_.string(), "--target", "riscv"}), 2, "choose from cortex-m4"));
  EXPECT_TRUE(fails_cleanly(run_stapes({"verdict", results_.string(), "--classes", "esc50"}), 2,
                            "no finished cells; choose from esc10"));
  EXPECT_TRUE(fails_cleanly(run_stapes({"verdict", dir_.path().string()}), 1, "is not a study"));
  EXPECT_TRUE(fails_cleanly(run_stapes({"verdict", "a.stapes"}), 2, "--data"));
  EXPECT_TRUE(fails_cleanly(run_stapes({"verdict", "a.stapes", "--data", "d", "--target", "host"}), 2, "--target"));
  EXPECT_TRUE(fails_cleanly(run_stapes({"verdict", "a.stapes", "--data", "d", "--force"}), 2, "--force"));
  for (const auto& [option, value] :
       {std::pair("--data", "d"), {"--fold", "1"}, {"--threads", "1"}, {"--isa", "scalar"}}) {
    EXPECT_TRUE(fails_cleanly(run_stapes({"verdict", results_.string(), option, value}), 2, option)) << option;
  }
}

}  // namespace
}  // namespace stapes::test
