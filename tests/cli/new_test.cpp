// SPDX-License-Identifier: Apache-2.0
// stapes new: plans for folders of sound and images, and for the built-in voices.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "base/text.h"
#include "cli/pictures.h"
#include "cli/run_program.h"
#include "study/plan/plan.h"
#include "support/audio_files.h"
#include "support/shared_data.h"

namespace stapes::test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class NewPlanCommand : public testing::Test {
 protected:
  std::string path(const std::string& name) const { return (dir_ / name).string(); }

  // Two classes of tones; four sources of two pieces each.
  void write_tones(const std::string& folder, std::size_t samples = 8000) const {
    for (const auto& [label, hz] : {std::pair("high", 1200.0), {"low", 300.0}}) {
      for (const char* place : {"park", "road", "yard", "hall"}) {
        for (const char* number : {"1", "2"}) {
          write_audio(dir_ / folder / label / (std::string(place) + "_" + number + ".wav"), sine(samples, hz, 16000),
                      16000);
        }
      }
    }
  }

  Outcome make(const std::string& from, std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {"new", from, "-o", path("plan.toml"), "--data", path("plan.data")});
    return run_stapes(more);
  }
  std::string text() const { return read_text_file(path("plan.toml")); }

  std::string cells() const {
    const Outcome listed = run_stapes({"study", path("plan.toml"), "--list"});
    EXPECT_EQ(listed.status, 0) << listed.err;
    return listed.out;
  }

  // The plan uses at most `limit` clips of each class and fold.
  void plan_for(const std::string& data, const std::string& limit) const {
    const Outcome outcome = make((test_data_dir() / data).string(), {"--limit", limit});
    ASSERT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_THAT(cells(), HasSubstr("3 cells"));
  }

  TempDir dir_;
};

TEST_F(NewPlanCommand, WritesAPlanThatAStudyRunsAndExplainsIt) {
  write_tones("tones");
  const Outcome outcome = make(path("tones"));
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(outcome.err,
              AllOf(HasSubstr("read as folders at 16000 Hz"), HasSubstr("such as hall, come from one source")));
  EXPECT_THAT(outcome.out, HasSubstr("stapes study " + path("plan.toml")));
  const StudyPlan plan = read_plan(path("plan.toml"));
  EXPECT_EQ(plan.name, "plan");
  EXPECT_EQ(plan.data, path("plan.data"));
  EXPECT_THAT(plan.targets, ElementsAre("cortex-m4"));
  EXPECT_EQ(plan.window_samples, 8000);
  EXPECT_THAT(plan.folds, ElementsAre(1));
  ASSERT_EQ(plan.routes.size(), 3u);
  EXPECT_EQ(value_of(plan.routes[0].train, "epochs"), "300");  // for 12 clips: the maximum
  const std::string text = this->text();
  EXPECT_THAT(text, AllOf(HasSubstr("# 16 clips in 2 classes, median length 0.50 s"), HasSubstr("4 sources"),
                          HasSubstr("--source-pattern"), HasSubstr("STM32F407"), HasSubstr("0.5 s, the shortest that"),
                          HasSubstr("stretch = 1.25\ngain-db = 6\n")));
  EXPECT_THAT(cells(), AllOf(HasSubstr("micro-fp32"), HasSubstr("micro-xnor"), HasSubstr("micro-int8")));
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {  // commands with paths stay on one line
    const bool is_command = line.starts_with("#   stapes");
    EXPECT_TRUE(is_command || line.size() <= 100) << line;
  }
}

TEST_F(NewPlanCommand, TheImportCommandOfItsCommentMakesTheSameData) {
  write_tones("my & tones's");
  ASSERT_EQ(make(path("my & tones's"), {"--seed", "3"}).status, 0);
  const std::string plan = text();
  const std::size_t begin = plan.find("stapes data import") + 7;
  std::string command = stapes_program() + " " + plan.substr(begin, plan.find('\n', begin) - begin) + "2";
  const Outcome again = run_program("/bin/sh", {"-c", command});
  ASSERT_EQ(again.status, 0) << command << again.err;
  EXPECT_EQ(read_file(path("plan.data")), read_file(path("plan.data2")));
}

TEST_F(NewPlanCommand, TakesADataSetAndWhatItIsTold) {
  write_tones("tones");
  ASSERT_EQ(make(path("tones")).status, 0);
  const Outcome outcome =
      run_stapes({"new", path("plan.data"), "-o", path("other.toml"), "--name", "mine", "--fold", "2", "--epochs", "1",
                  "--classes", "low,high", "--target", "host", "--seed", "7", "--json"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(nlohmann::json::parse(outcome.out).at("data"), path("plan.data"));
  const StudyPlan plan = read_plan(path("other.toml"));
  EXPECT_EQ(plan.name, "mine");
  EXPECT_THAT(plan.folds, ElementsAre(2));
  EXPECT_THAT(plan.seeds, ElementsAre(7u));
  EXPECT_THAT(plan.classes, ElementsAre("low,high"));
  EXPECT_THAT(plan.targets, ElementsAre("host"));
  EXPECT_EQ(value_of(plan.routes[0].train, "epochs"), "1");
  EXPECT_THAT(plan.text, AllOf(HasSubstr("as requested"), Not(HasSubstr("Made with"))));
}

TEST_F(NewPlanCommand, LongSoundsGetTheUsualWindow) {
  write_tones("tones", 48000);
  ASSERT_EQ(make(path("tones")).status, 0);
  EXPECT_EQ(read_plan(path("plan.toml")).window_samples, 16000);
  EXPECT_THAT(text(), HasSubstr("the default at this rate"));
}

// Twice the epochs take about twice as long. Evaluations add little.
TEST_F(NewPlanCommand, SaysHowLongTheStudyTakes) {
  write_tones("tones");
  ASSERT_EQ(make(path("tones")).status, 0);
  const auto minutes = [&](const char* epochs) {
    const Outcome outcome =
        run_stapes({"new", path("plan.data"), "-o", path("other.toml"), "--force", "--epochs", epochs});
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    const std::string plan = read_text_file(path("other.toml"));
    const std::size_t begin = plan.find("evaluate, measure: about ");
    return begin == std::string::npos ? 0 : std::stoi(plan.substr(begin + 25));
  };
  EXPECT_EQ(minutes("10"), 0);
  EXPECT_THAT(text(), HasSubstr("a minute or two on two cores"));
  const int few = minutes("20000");
  EXPECT_EQ(few, 13);  // 4.3 million MACs * (20000 + 1.65 * 30000 + 7500) epochs * 12 clips * 2e-4 s, and evaluations
  EXPECT_NEAR(minutes("40000"), 2 * few, 2);
}

TEST_F(NewPlanCommand, BadFoldersAreRefusedAndLeaveNothing) {
  std::filesystem::create_directories(dir_ / "empty");
  EXPECT_TRUE(fails_cleanly(make(path("empty")), 1, "neither sound nor images"));
  EXPECT_TRUE(fails_cleanly(make(path("absent")), 2, "absent"));
  write_audio(dir_ / "one/computer/a.wav", sine(800, 440, 16000), 16000);
  EXPECT_TRUE(fails_cleanly(make(path("one")), 1, "only one class"));
  EXPECT_FALSE(std::filesystem::exists(path("plan.toml")));
  EXPECT_FALSE(std::filesystem::exists(path("plan.data")));
}

TEST_F(NewPlanCommand, WrongOptionsAreRefused) {
  write_tones("tones");
  EXPECT_TRUE(fails_cleanly(make(path("tones"), {"--target", "z80"}), 2, "z80"));
  EXPECT_FALSE(std::filesystem::exists(path("plan.data")));
  ASSERT_EQ(make(path("tones")).status, 0);
  EXPECT_TRUE(fails_cleanly(make(path("tones")), 1, "plan.toml"));  // already exists
  const auto again = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"new", path("plan.data"), "-o", path("other.toml")});
    return run_stapes(more);
  };
  EXPECT_TRUE(fails_cleanly(again({"--fold", "9"}), 2, "9"));
  EXPECT_TRUE(fails_cleanly(again({"--classes", "cat,low"}), 2, "cat"));
  EXPECT_TRUE(fails_cleanly(again({"--classes", "low"}), 2, "only one class"));
  EXPECT_TRUE(fails_cleanly(again({"--data", path("more.data")}), 2, "--data"));
  EXPECT_FALSE(std::filesystem::exists(path("other.toml")));
}

// ---- data sets outside the repository

TEST_F(NewPlanCommand, PlansForESC50) {
  STAPES_NEEDS_TEST_DATA("data/ESC-50");
  plan_for("data/ESC-50", "2");
  const StudyPlan plan = read_plan(path("plan.toml"));
  EXPECT_EQ(plan.window_samples, 30225);
  EXPECT_THAT(text(), AllOf(HasSubstr("stapes data import esc50"), HasSubstr("in 50 classes"), HasSubstr("20000 Hz")));
}

TEST_F(NewPlanCommand, PlansForDigitsBySpeaker) {
  STAPES_NEEDS_TEST_DATA("data/fsdd");
  plan_for("data/fsdd", "4");
  EXPECT_THAT(text(), AllOf(HasSubstr("6 sources"), HasSubstr("8000 Hz")));
}

TEST_F(NewPlanCommand, PlansForAWakeWord) {
  STAPES_NEEDS_TEST_DATA("data/wakeword");
  plan_for("data/wakeword", "5");
  std::string text = this->text();
  replace_all(text, "\n# ", " ");  // comments are wrapped
  EXPECT_THAT(text, AllOf(HasSubstr("in 2 classes"), HasSubstr("16000 Hz"),
                          HasSubstr("so each clip counts as its own source")));
}

TEST_F(NewPlanCommand, PlansForImagesInASplit) {
  STAPES_NEEDS_TEST_DATA(kPictures);
  const TempDir tree;
  ASSERT_NO_FATAL_FAILURE(unpack_pictures(tree));
  const Outcome outcome = make(tree.path().string(), {"--limit", "5"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(text(), AllOf(HasSubstr("mobilenet-like"), HasSubstr("Test split"), Not(HasSubstr("samples ="))));
  EXPECT_THAT(cells(), HasSubstr("3 cells"));
}

TEST_F(NewPlanCommand, PlansForTheBuiltInVoices) {
  const Outcome spoken =
      run_stapes({"data", "keywords", "--classes", "2", "--limit-voices", "10", "-o", path("voices.data"), "-q"});
  ASSERT_EQ(spoken.status, 0) << spoken.err;
  const Outcome outcome = run_stapes({"new", path("voices.data"), "-o", path("plan.toml")});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const int window = read_plan(path("plan.toml")).window_samples;  // covers most words; a multiple of 0.1 s
  EXPECT_EQ(window % 1600, 0);
  EXPECT_GE(window, 6400);
  EXPECT_LT(window, 16000);
  EXPECT_THAT(text(), HasSubstr("10 sources"));
}

}  // namespace
}  // namespace stapes::test
