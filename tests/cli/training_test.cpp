// SPDX-License-Identifier: Apache-2.0
// stapes train and prune: wrong options, broken input, a kill.
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/training_run.h"

namespace stapes::test {
namespace {

TEST_F(Training, WrongUsageIsRefusedBeforeAnythingIsWritten) {
  const std::pair<std::vector<std::string>, const char*> cases[] = {
      {{"--model", "resnet"}, "did you mean resnet18"},
      {{"--fold", "9"}, "fold"},
      {{"--classes", "esc10"}, "esc"},
      {{"--epochs", "0"}, "--epochs"},
      {{"--lr", "-1"}, "--lr"},
      {{"--schedule", "linear"}, "one-cycle"},
      {{"--rule", "mine", "--binary"}, "choose default or paper"},
      {{"--sign-gradient", "mine", "--binary"}, "choose clip or approx"},
      {{"--eight-bit", "2,x", "--binary"}, "no node x"},
      {{"--eight-bit", "2,13", "--binary"}, "no convolution number 13"},
      {{"--rprelu"}, "for --binary training"},
      {{"--batch", "1"}, "--batch"},
      {{"--recipe", "imagenet"}, "Choose esc, us8k"},
      {{"--recipe", "esc", "--binary"}, "xnor-paper"},
      {{"--device", "tpu"}, "choose auto, cpu or cuda"},
      {{"--device", "cpu", "--precision", "mixed"}, "--precision must be fp32 on the CPU"},
      {{"--precision", "bf8"}, "choose fp32 or mixed"},
      {{"--select", "training"}, "choose test, validation or detector"},
      {{"--ema", "1"}, "--ema"},
      {{"--epochs", "4294967297"}, "--epochs"},
      {{"--milestones", "0.9,0.3"}, "--milestones"},
  };
  for (const auto& [options, naming] : cases) {
    EXPECT_TRUE(fails_cleanly(run_stapes(train("run", 1, options)), 2, naming)) << options[0];
  }
  EXPECT_TRUE(fails_cleanly(run_stapes({"train", "-o", path("run")}), 2, "DATA"));
  EXPECT_EQ(names_in(dir_.path()), (std::vector<std::string>{"tones"}));
}

TEST_F(Training, BrokenInputIsNamed) {
  EXPECT_TRUE(fails_cleanly(run_stapes(train("run", 1, {"--samples", "20"})), 1, "--samples"));
  EXPECT_TRUE(fails_cleanly(run_stapes(train("run", 1, {"--init", path("absent")})), 1, "absent"));
  EXPECT_TRUE(fails_cleanly(run_stapes({"train", "--resume", path("absent")}), 1, "absent"));
  EXPECT_TRUE(fails_cleanly(run_stapes({"prune", path("absent"), "-o", path("run")}), 1, "absent"));
  EXPECT_TRUE(fails_cleanly(run_stapes(train("no/such/folder/run", 1, {"--samples", "20"})), 1));
  EXPECT_EQ(names_in(dir_.path()), (std::vector<std::string>{"tones"}));
}

TEST_F(Training, AnExistingRunIsRefusedWithoutForce) {
  ASSERT_EQ(run_stapes(train("run", 1)).status, 0);
  EXPECT_TRUE(fails_cleanly(run_stapes(train("run", 1)), 1, "--force"));
  EXPECT_EQ(run_stapes(train("run", 1, {"--force"})).status, 0);
}

TEST_F(Training, ForceDoesNotDeleteWhatTheNewRunIsMadeFrom) {
  ASSERT_EQ(run_stapes(train("run", 1)).status, 0);
  EXPECT_TRUE(fails_cleanly(run_stapes(train("run", 1, {"--teacher", path("run"), "--force"})), 2, "the input"));
  EXPECT_TRUE(fails_cleanly(run_stapes(train("run", 1, {"--teacher", path("run") + "/best.network", "--force"})), 2,
                            "the input"));
  EXPECT_TRUE(fails_cleanly(run_stapes(train("run", 1, {"--init", path("run"), "--force"})), 2, "the input"));
  EXPECT_TRUE(fails_cleanly(run_stapes({"prune", path("run"), "--force", "-q", "-o", path("run")}), 2, "the input"));
  EXPECT_TRUE(std::filesystem::exists(path("run") + "/weights.network"));
}

TEST_F(Training, TheWholeChainLeavesThreeModelsThatEvaluate) {
  ASSERT_EQ(run_stapes(train("fp32", 4, {"--schedule", "one-cycle", "--lr", "0.05"})).status, 0);
  ASSERT_EQ(
      run_stapes(
          train("xnor", 2, {"--binary", "--init", path("fp32"), "--teacher", path("fp32"), "--activation-epochs", "1"}))
          .status,
      0);
  const Outcome pruned =
      run_stapes({"prune", path("fp32"), "--ratio", "0.3", "--epochs", "2", "-o", path("pruned"), "--json"});
  ASSERT_EQ(pruned.status, 0) << pruned.err;
  const auto result = nlohmann::json::parse(pruned.out);
  for (const char* key : {"epochs", "last_accuracy", "best_accuracy", "clips_per_second", "seconds"}) {
    EXPECT_TRUE(result.contains(key)) << key;
  }
  ASSERT_EQ(run_stapes({"pack", path("fp32"), "-o", path("fp32.stapes")}).status, 0);
  ASSERT_EQ(run_stapes({"pack", path("xnor"), "-o", path("xnor.stapes")}).status, 0);
  ASSERT_EQ(run_stapes(
                {"quantize", path("pruned"), "--data", path("tones"), "--calibration", "20", "-o", path("int8.stapes")})
                .status,
            0);
  EXPECT_TRUE(fails_cleanly(run_stapes({"quantize", path("xnor"), "--data", path("tones"), "-o", path("x.stapes")}), 1,
                            "binary"));
  EXPECT_TRUE(fails_cleanly(run_stapes({"prune", path("xnor"), "-o", path("x")}), 1, "binary"));
  EXPECT_TRUE(fails_cleanly(
      run_stapes({"quantize", path("pruned"), "--data", path("tones"), "--fold", "2", "-o", path("x.stapes")}), 2,
      "--fold 1"));
  EXPECT_TRUE(fails_cleanly(run_stapes(train("x", 2, {"--teacher", path("fp32"), "--fold", "2"})), 2, "teacher"));

  const Outcome verdict = run_stapes(
      {"verdict", path("fp32.stapes"), path("xnor.stapes"), path("int8.stapes"), "--data", path("tones"), "--json"});
  ASSERT_EQ(verdict.status, 0) << verdict.err;
  const auto rows = nlohmann::json::parse(verdict.out).at("rows");
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_LT(rows[1].at("file_bytes"), rows[0].at("file_bytes"));
  EXPECT_LT(rows[2].at("macs"), rows[0].at("macs"));

  EXPECT_NE(run_stapes({"eval", path("fp32.stapes"), path("tones"), "--fold", "2"}).err.find("has seen the clips"),
            std::string::npos);
  // In fp32, the packed model decides like the trained network.
  const Outcome both = run_stapes({"eval", path("fp32"), path("tones"), "--json"});
  ASSERT_EQ(both.status, 0) << both.err;
  const auto forms = nlohmann::json::parse(both.out);
  EXPECT_EQ(forms.at("packed").at("ten_crops").at("correct"), forms.at("training").at("ten_crops").at("correct"));
}

TEST_F(Training, ARunSaysWhatItCameTo) {
  const Outcome text = run_stapes(train("run", 2, {"--seed", "5"}));
  ASSERT_EQ(text.status, 0) << text.err;
  for (const char* part :
       {"test fold 1", "last epoch", "averaged weights", "best epoch", "chosen on the test fold, so biased upward"}) {
    EXPECT_NE(text.out.find(part), std::string::npos) << text.out;
  }
  EXPECT_EQ(names_in(path("run")),
            (std::vector<std::string>{"best.network", "checkpoint.bin", "checkpoint.previous.bin", "config.json",
                                      "curves.svg", "ema.network", "lock", "metrics.jsonl", "result.json",
                                      "weights.network"}));
  const Outcome json = run_stapes({"train", "--resume", path("run"), "--json"});  // finished: prints the same result
  const auto result = nlohmann::json::parse(json.out);
  for (const char* key : {"run", "recipe", "fold", "seed", "epochs", "last_accuracy", "ema_accuracy", "best_accuracy",
                          "best_epoch", "selected_on", "clips_per_second", "seconds"}) {
    EXPECT_TRUE(result.contains(key)) << key;
  }
  EXPECT_TRUE(fails_cleanly(run_stapes({"train", "--resume", path("run"), "--epochs", "9"}), 2, "--epochs"));
  for (const char* network : {"weights.network", "ema.network", "best.network"}) {
    const std::string file = path("run") + "/" + network;
    EXPECT_EQ(run_stapes({"pack", file, "-o", path(std::string(network) + ".stapes")}).status, 0);
    EXPECT_EQ(run_stapes({"eval", file, path("tones"), "--json"}).status, 0);
  }
}

TEST_F(Training, ARecipeIsWrittenWithTheNumbersThatReplaceItsOwn) {
  ASSERT_EQ(run_stapes(train("run", 1,
                             {"--recipe", "xnor-paper", "--milestones", "0.2,0.4", "--momentum", "0.8", "--stretch",
                              "1.1", "--gain-db", "3", "--ema", "0"}))
                .status,
            0);
  const auto config = nlohmann::json::parse(read_text_file(path("run") + "/config.json"));
  EXPECT_EQ(config.at("recipe"), "xnor-paper");
  EXPECT_EQ(config.at("labels"), (nlohmann::json{"low", "middle", "high"}));
  EXPECT_EQ(config.at("binary"), true);
  EXPECT_EQ(config.at("rule"), "paper");
  EXPECT_EQ(config.at("milestones"), (nlohmann::json{0.2, 0.4}));
  EXPECT_EQ(config.at("momentum"), 0.8);
  EXPECT_EQ(config.at("max_stretch"), 1.1);
  EXPECT_EQ(config.at("max_gain_db"), 3);
  EXPECT_EQ(config.at("ema_decay"), 0);
  EXPECT_EQ(config.at("epochs"), 1);
  EXPECT_FALSE(std::filesystem::exists(path("run") + "/ema.network"));
}

TEST_F(Training, FoldsAreTrainedOnceAndCollected) {
  ASSERT_EQ(run_stapes(train("teacher", 2, {"--folds", "all"})).status, 0);
  const Outcome prepared = run_stapes(train("folds", 2, {"--folds", "all", "--teacher", path("teacher"), "--prepare"}));
  ASSERT_EQ(prepared.status, 0) << prepared.err;
  EXPECT_NE(prepared.out.find("--resume " + path("folds") + "/fold-K"), std::string::npos);
  ASSERT_EQ(run_stapes({"train", "--resume", path("folds") + "/fold-2", "-q"}).status, 0);
  const std::string second = read_text_file(path("folds") + "/fold-2/metrics.jsonl");  // with its times
  const Outcome collected = run_stapes({"train", "--resume", path("folds"), "--json"});
  ASSERT_EQ(collected.status, 0) << collected.err;
  EXPECT_EQ(read_text_file(path("folds") + "/fold-2/metrics.jsonl"), second) << "it was trained again";
  const auto table = nlohmann::json::parse(collected.out);
  EXPECT_EQ(table.at("finished"), true);
  ASSERT_EQ(table.at("folds").size(), 2u);
  EXPECT_EQ(table.at("last_accuracy").at("count"), 2);
  EXPECT_EQ(table.at("last_accuracy").at("interval_95").size(), 2u);
  for (int fold = 1; fold <= 2; ++fold) {  // each run learned from the teacher that held out the same fold
    const std::string name = "/fold-" + std::to_string(fold);
    const auto config = nlohmann::json::parse(read_text_file(path("folds") + name + "/config.json"));
    EXPECT_EQ(config.at("teacher"), path("teacher") + name);
  }
  const Outcome text = run_stapes({"train", "--resume", path("folds")});
  EXPECT_NE(text.out.find("optimistic"), std::string::npos) << text.out;
}

TEST_F(Training, WrongFoldsAreRefusedBeforeAnythingIsWritten) {
  EXPECT_TRUE(fails_cleanly(run_stapes(train("run", 1, {"--folds", "3"})), 2, "expected all or some of 1,2"));
  EXPECT_TRUE(fails_cleanly(run_stapes(train("run", 1, {"--folds", "1,1"})), 2,
                            "'1' is listed twice; expected all or some of 1,2"));
  EXPECT_TRUE(fails_cleanly(run_stapes(train("run", 1, {"--folds", "all", "--fold", "2"})), 2, "--fold"));
  EXPECT_TRUE(fails_cleanly(run_stapes(train("run", 1, {"--prepare"})), 2, "--folds"));
  ASSERT_EQ(run_stapes(train("single", 1)).status, 0);
  // The single run was trained on other folds' test clips, so it cannot teach there.
  EXPECT_TRUE(fails_cleanly(run_stapes(train("run", 1, {"--folds", "all", "--teacher", path("single")})), 2, "fold 2"));
  EXPECT_TRUE(fails_cleanly(run_stapes(train("single", 1, {"--folds", "all"})), 1, "--force"));
  EXPECT_EQ(names_in(dir_.path()), (std::vector<std::string>{"single", "tones"}));
  ASSERT_EQ(run_stapes(train("folds", 1, {"--folds", "all", "--prepare"})).status, 0);
  EXPECT_TRUE(fails_cleanly(run_stapes(train("folds", 1, {"--folds", "all"})), 1, "--resume"));
  EXPECT_TRUE(fails_cleanly(run_stapes(train("folds", 1, {"--folds", "all", "--teacher", path("folds"), "--force"})), 1,
                            "fold-1"));
}

TEST_F(Training, ImportedWeightsCannotBeResumedOrPrunedAsARun) {
  std::filesystem::create_directory(path("imported"));
  write_text_file(path("imported") + "/config.json", R"({"binary":false,"provenance":{"imported_from":"a.pt"}})",
                  Existing::kRefuse);
  EXPECT_TRUE(fails_cleanly(run_stapes({"train", "--resume", path("imported")}), 1, "imported weights"));
  EXPECT_TRUE(fails_cleanly(run_stapes({"prune", path("imported"), "-o", path("x")}), 1, "imported weights"));
}

// Candidates are evaluated on clips that neither calibration nor training used.
TEST_F(Training, QuantizeAwareKeepsTheBestIntegersOnHeldOutClips) {
  ASSERT_EQ(run_stapes(train("run", 4)).status, 0);
  const auto quantize = [&](const char* output, std::vector<std::string> more) {
    const std::vector<std::string> all = {"quantize", path("run"), "--data",     path("tones"), "--calibration",
                                          "40",       "-o",        path(output), "--aware",     "--epochs",
                                          "2",        "--batch",   "8",          "--threads",   "1"};
    more.insert(more.begin(), all.begin(), all.end());
    return run_stapes(more);
  };
  const Outcome done = quantize("chosen.stapes", {"--json"});
  ASSERT_EQ(done.status, 0) << done.err;
  const auto aware = nlohmann::json::parse(done.out).at("aware_training");
  EXPECT_EQ(aware.at("selected_on"), "validation");
  EXPECT_GT(aware.at("validation_clips"), 2);  // of 3 classes
  std::vector<std::string> names;
  double best = 0, kept = -1;
  for (const auto& candidate : aware.at("candidates")) {
    names.push_back(candidate.at("name"));
    best = std::max(best, candidate.at("accuracy").get<double>());
    if (names.back() == aware.at("kept")) kept = candidate.at("accuracy");
  }
  EXPECT_EQ(names, (std::vector<std::string>{"calibration", "epoch 1", "epoch 2", "averaged weights"}));
  EXPECT_EQ(kept, best);
  const auto info = nlohmann::json::parse(run_stapes({"info", path("chosen.stapes"), "--json"}).out);
  EXPECT_EQ(info["provenance"]["aware_training"]["kept"], aware.at("kept"));
  const Outcome last = quantize("last.stapes", {"--select", "last", "--wide", "conv3", "--json"});
  ASSERT_EQ(last.status, 0) << last.err;
  const auto without = nlohmann::json::parse(last.out);
  EXPECT_EQ(without["wide"], "conv3");
  EXPECT_EQ(without["aware_training"]["kept"], "epoch 2");
  EXPECT_TRUE(without["aware_training"]["candidates"].empty());
  EXPECT_TRUE(fails_cleanly(quantize("x", {"--select", "test"}), 2, "--select"));
}

TEST_F(Training, QuantizeAwareTrainsOnTheGridAndJudgesTheIntegers) {
  ASSERT_EQ(run_stapes(train("run", 4)).status, 0);
  const std::vector<std::string> quantize = {"quantize",      path("run"), "--data", path("tones"),
                                             "--calibration", "40",        "-o",     path("int8.stapes")};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), quantize.begin(), quantize.end());
    return more;
  };
  EXPECT_TRUE(fails_cleanly(run_stapes(with({"--epochs", "2"})), 2, "--aware"));
  EXPECT_TRUE(fails_cleanly(run_stapes(with({"--aware", "--epochs", "0"})), 2, "epochs"));
  EXPECT_EQ(names_in(dir_.path()), (std::vector<std::string>{"run", "tones"}));
  const Outcome done = run_stapes(with({"--aware", "--epochs", "2", "--batch", "8", "--threads", "1", "--json"}));
  ASSERT_EQ(done.status, 0) << done.err;
  const auto json = nlohmann::json::parse(done.out);
  const auto& aware = json.at("aware_training");
  EXPECT_EQ(aware.at("epochs"), 2);
  const Outcome judged = run_stapes({"eval", path("int8.stapes"), path("tones"), "--json"});
  ASSERT_EQ(judged.status, 0) << judged.err;
  EXPECT_EQ(nlohmann::json::parse(judged.out).at("accuracy"), aware.at("accuracy"));
  const Outcome again =
      run_stapes({"quantize", path("int8.stapes"), "--data", path("tones"), "--aware", "-o", path("x")});
  EXPECT_TRUE(fails_cleanly(again, 1, "int8.stapes is already int8"));
}

}  // namespace
}  // namespace stapes::test
