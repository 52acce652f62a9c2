// stapes train and prune as a user meets them: wrong options, broken input, a kill in the middle.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <map>
#include <nlohmann/json.hpp>
#include <thread>

#include "cli/run_program.h"
#include "train/training_clips.h"

namespace stapes::test {
namespace {

class Training : public testing::Test {
 protected:
  void SetUp() override {
#ifndef STAPES_HAS_TRAINING
    GTEST_SKIP() << "this build has no stapes-train";
#endif
    write_tones(dir_ / "tones", 60);
  }
  std::string path(const std::string& name) const { return (dir_ / name).string(); }

  // A training that takes about a second; `more` adds to its options or replaces them.
  std::vector<std::string> train(const std::string& run, int epochs, const std::vector<std::string>& more = {}) const {
    std::map<std::string, std::string> options = {{"--samples", "2000"},
                                                  {"--batch", "8"},
                                                  {"--threads", "2"},
                                                  {"--model", "widths:4,8,6,6,6,8,8,8,8,8,8,8"},
                                                  {"--epochs", std::to_string(epochs)},
                                                  {"-o", path(run)}};
    std::vector<std::string> arguments = {"train", path("tones"), "-q"};
    for (std::size_t i = 0; i < more.size(); ++i) {
      const bool has_value = i + 1 < more.size() && !more[i + 1].starts_with("--");
      if (has_value) {
        options[more[i]] = more[i + 1];
        ++i;
      } else {
        arguments.push_back(more[i]);
      }
    }
    for (const auto& [name, value] : options) arguments.insert(arguments.end(), {name, value});
    return arguments;
  }

  TempDir dir_;
};

TEST_F(Training, WrongUsageIsRefusedBeforeAnythingIsWritten) {
  const std::pair<std::vector<std::string>, const char*> cases[] = {
      {{"--model", "resnet"}, "known are acdnet"},
      {{"--fold", "9"}, "fold"},
      {{"--classes", "esc10"}, "esc"},
      {{"--epochs", "0"}, "--epochs"},
      {{"--lr", "-1"}, "--lr"},
      {{"--schedule", "linear"}, "one-cycle"},
      {{"--rule", "mine", "--binary"}, "known are default and paper"},
      {{"--sign-gradient", "mine", "--binary"}, "known are clip and approx"},
      {{"--eight-bit", "2,x", "--binary"}, "no list of layer numbers"},
      {{"--eight-bit", "2,13", "--binary"}, "conv2 to conv12"},
      {{"--rprelu"}, "for --binary training"},
      {{"--batch", "1"}, "--batch"},
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
  EXPECT_TRUE(fails_cleanly(run_stapes(train("run", 1, {"--teacher", path("run"), "--force"})), 2, "made from"));
  EXPECT_TRUE(fails_cleanly(run_stapes(train("run", 1, {"--init", path("run"), "--force"})), 2, "made from"));
  EXPECT_TRUE(fails_cleanly(run_stapes({"prune", path("run"), "--force", "-q", "-o", path("run")}), 2, "made from"));
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
  // A run, in both its forms; fp32 decides alike in both.
  const Outcome both = run_stapes({"eval", path("fp32"), path("tones"), "--json"});
  ASSERT_EQ(both.status, 0) << both.err;
  const auto forms = nlohmann::json::parse(both.out);
  EXPECT_EQ(forms.at("packed").at("ten_crops").at("correct"), forms.at("training").at("ten_crops").at("correct"));
}

// SIGKILL, as a power cut would: the next call goes on and ends in the same weights.
TEST_F(Training, AKilledRunIsResumedToTheSameBits) {
  ASSERT_EQ(run_stapes(train("whole", 6)).status, 0);
  const std::vector<std::string> arguments = train("killed", 6);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    std::vector<char*> argv{const_cast<char*>(STAPES_PROGRAM)};
    for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    ::execv(STAPES_PROGRAM, argv.data());
    ::_exit(127);
  }
  for (int i = 0; i < 3000 && !std::filesystem::exists(path("killed") + "/checkpoint.bin"); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  ::kill(child, SIGKILL);
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status)) << "it was done before it could be killed";
  EXPECT_TRUE(fails_cleanly(run_stapes({"train", "--resume", path("killed"), "--epochs", "9"}), 2, "--epochs"));
  ASSERT_EQ(run_stapes({"train", "--resume", path("killed"), "-q"}).status, 0);
  EXPECT_EQ(read_text_file(path("killed") + "/weights.network"), read_text_file(path("whole") + "/weights.network"));
}

}  // namespace
}  // namespace stapes::test
