// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cli/training_run.h"

namespace stapes::test {
namespace {

using testing::HasSubstr;

class TrainingWithBackground : public Training {
 protected:
  // "low" to detect, "unknown" and long backgrounds to reject, in two folds.
  void write_words() {
    DataSetWriter writer(dir_ / "words", Existing::kReplace);
    for (int i = 0; i < 48; ++i) {
      const std::string name = "tone" + std::to_string(i);
      writer.add({.name = name, .source = name, .label = i % 2, .fold = i / 2 % 2 + 1},
                 noisy_tone(i % 2 == 0 ? 300 : 2700, static_cast<std::uint32_t>(i)));
    }
    for (int i = 0; i < 8; ++i) {
      const std::string name = "background/" + std::to_string(i);
      writer.add({.name = name, .source = name, .label = 2, .fold = i % 2 + 1},
                 noisy_tone(900, 100 + static_cast<std::uint32_t>(i), {.samples = 9000}));
    }
    writer.finish("folders", 8000, {"low", "unknown", "background"});
  }
  std::vector<std::string> train_words(std::vector<std::string> more) {
    std::vector<std::string> arguments = train("run", 2, more);
    arguments[1] = path("words");
    return arguments;
  }
};

TEST_F(TrainingWithBackground, AShortRunIsChosenAsADetectorAndStatesItsOpenSet) {
  write_words();
  const Outcome trained = run_stapes(train_words({"--background", path("words"), "--snr", "-5,15", "--background-share",
                                                  "0.8", "--select", "detector", "--json"}));
  ASSERT_EQ(trained.status, 0) << trained.err;
  const auto result = nlohmann::json::parse(trained.out);
  EXPECT_EQ(result.at("selected_on"), "detector");
  EXPECT_EQ(result.at("detector").at("events"), 2);
  const auto config = nlohmann::json::parse(read_text_file(dir_ / "run/config.json"));
  EXPECT_EQ(config.at("background"), path("words"));
  EXPECT_EQ(config.at("background_hash"), config.at("data_hash"));
  EXPECT_EQ(config.at("snr_db"), (std::vector<double>{-5, 15}));
  EXPECT_EQ(config.at("background_share"), 0.8);
  ASSERT_EQ(run_stapes({"pack", path("run"), "-o", path("m.stapes")}).status, 0);
  const auto packed = nlohmann::json::parse(run_stapes({"info", path("m.stapes"), "--json"}).out);
  EXPECT_EQ(packed.at("provenance").at("background").at("data_hash"), config.at("background_hash"));
  const Outcome evaluated = run_stapes({"eval", path("run"), path("words"), "--json"});
  ASSERT_EQ(evaluated.status, 0) << evaluated.err;
  const auto forms = nlohmann::json::parse(evaluated.out);
  for (const char* form : {"packed", "training"}) {
    const auto& open_set = forms.at(form).at("ten_crops").at("open_set");
    EXPECT_EQ(open_set.at("known").at("clips"), 12) << form;
    EXPECT_EQ(open_set.at("background").at("clips"), 4) << form;
  }
  // A pruned run inherits its parent's backgrounds.
  ASSERT_EQ(run_stapes({"prune", path("run"), "--ratio", "0.2", "--epochs", "1", "-o", path("pruned"), "-q"}).status,
            0);
  EXPECT_EQ(nlohmann::json::parse(read_text_file(dir_ / "pruned/config.json")).at("snr_db"), config.at("snr_db"));
}

TEST_F(TrainingWithBackground, SaysWhatIsMixedAndWhatIsNot) {
  write_words();
  std::vector<std::string> arguments = train_words({"--background", path("words"), "--select", "detector"});
  std::erase(arguments, "-q");
  const Outcome outcome = run_stapes(arguments);
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("backgrounds: 3 clips, 0.1 min; not used: 5 held out, 0 too short, 0 silent"));
  EXPECT_THAT(outcome.out, HasSubstr("chosen as a detector on validation clips: recall"));
}

TEST_F(TrainingWithBackground, BadInputIsNamedBeforeAnythingIsWritten) {
  write_words();
  write_backgrounds(dir_ / "fast", 4, {.sample_rate_hz = 16000});
  write_backgrounds(dir_ / "brief", 4, {.samples = 900});
  const auto refused = [&](std::vector<std::string> options, int status, const char* why) {
    EXPECT_TRUE(fails_cleanly(run_stapes(train_words(std::move(options))), status, why));
  };
  const std::string words = path("words");
  refused({"--background", words, "--snr", "20,0"}, 2, "--snr: expected two values in dB from -30 to 60");
  refused({"--snr", "0,10"}, 2, "--snr needs --background DATA");
  refused({"--background", path("absent")}, 1, "absent");
  refused({"--background", path("fast")}, 1, "is at 16000 Hz, but the run is at 8000 Hz");
  refused({"--background", path("brief")}, 1, "2 shorter than the window of 2000 samples");
  EXPECT_TRUE(fails_cleanly(run_stapes(train("run", 1, {"--select", "detector"})), 2,
                            "needs validation clips of a class 'unknown' or 'background'"));
  EXPECT_FALSE(std::filesystem::exists(path("run")));
}

}  // namespace
}  // namespace stapes::test
