// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "cli/run_program.h"
#include "data/data_set_writer.h"
#include "packed/writer.h"
#include "support/audio_files.h"
#include "support/tiny_models.h"

namespace stapes::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class EvalDetector : public testing::Test {
 protected:
  void SetUp() override {
    fb::ModelT model = tiny_detector();
    model.labels = {"yes", "no"};
    model.detector->hysteresis = 0;
    write_model(model_, model, Existing::kRefuse);
    write_audio(sound_, TinyRandom(3).floats(60 * 8000, 0.8), 8000);
    write_text_file(folder_ / "sound.csv", "start_s,end_s,label\n5,6,yes\n20,21,no\n", Existing::kRefuse);
  }

  Outcome eval(std::vector<std::string> more) {
    more.insert(more.begin(), {"eval-detector", model_});
    return run_stapes(more);
  }
  nlohmann::json json(std::vector<std::string> more) {
    more.push_back("--json");
    const Outcome outcome = eval(std::move(more));
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    return nlohmann::json::parse(outcome.out);
  }
  void write(const char* name, std::string_view text) { write_text_file(folder_ / name, text, Existing::kReplace); }
  std::string path(const char* name) const { return (folder_ / name).string(); }

  TempDir folder_;
  std::string model_ = (folder_ / "m.stapes").string(), sound_ = (folder_ / "sound.wav").string();
};

TEST_F(EvalDetector, CountsTheDetectionsOfListen) {
  const auto result = json({sound_});
  EXPECT_EQ(result.at("events"), 2);
  EXPECT_NEAR(result.at("hours").get<double>() * 3600, 60, 1e-9);
  EXPECT_NEAR(result.at("hours_of_negatives").get<double>() * 3600, 56, 1e-9);
  ASSERT_EQ(result.at("curve").size(), 101u);
  for (const int percent : {30, 45, 60}) {
    const auto& point = result.at("curve")[static_cast<std::size_t>(percent)];
    const Outcome listened =
        run_stapes({"listen", model_, sound_, "--threshold", fmt::format("{}", percent / 100.0), "--json"});
    std::istringstream lines(listened.out);
    int false_accepts = 0;
    bool hit[2] = {};
    for (std::string line; std::getline(lines, line);) {
      const auto detection = nlohmann::json::parse(line);
      const double time = detection.at("time");
      const bool yes = detection.at("label") == "yes";
      const double start = yes ? 5 : 20;
      const bool hits = time >= start && time <= start + 2;
      if (hits) {
        hit[yes ? 0 : 1] = true;
      } else {
        ++false_accepts;
      }
    }
    EXPECT_EQ(point.at("false_accepts"), false_accepts) << percent;
    EXPECT_EQ(point.at("misses"), 2 - hit[0] - hit[1]) << percent;
    EXPECT_NEAR(point.at("false_accepts_per_hour").get<double>(), false_accepts / (56 / 3600.0), 1e-6);
  }
  EXPECT_GT(result.at("curve")[0].at("false_accepts").get<int>(), 50);
  EXPECT_EQ(result.at("curve")[100].at("false_accepts"), 0);
  EXPECT_EQ(result.at("curve")[100].at("miss_rate"), 1);
  EXPECT_NEAR(result.at("curve")[100].at("interval_95")[1].get<double>(), 3.6889 / (56 / 3600.0), 0.01);
}

TEST_F(EvalDetector, SaysThatAMinuteIsTooShort) {
  const Outcome outcome = eval({sound_});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(outcome.err, IsEmpty());
  EXPECT_THAT(
      outcome.out,
      AllOf(HasSubstr("0.5 per hour     not measurable in 0.0156 h without events; this rate needs at least 2 h\n"),
            HasSubstr("0.1 per hour     not measurable in 0.0156 h without events; this rate needs at least 10 h\n"),
            HasSubstr("events: 2; classes: yes, no"), HasSubstr("area under the miss curve up to 2 false accepts")));
  const Outcome unset = eval({sound_, "--set", path("set.stapes")});
  EXPECT_EQ(unset.status, 1);
  EXPECT_THAT(unset.err,
              HasSubstr("set.stapes was not written: a rate of 0.5 false accepts per hour is not measurable"));
  EXPECT_FALSE(std::filesystem::exists(path("set.stapes")));
}

TEST_F(EvalDetector, SetsTheThresholdForTheTarget) {
  const auto result = json({sound_, "--target", "200", "--set", path("set.stapes"), "--class", "yes"});
  const auto& chosen = result.at("thresholds").back();
  EXPECT_EQ(chosen.at("false_accepts_per_hour"), 200);
  const double threshold = chosen.at("point").at("threshold");
  EXPECT_GT(threshold, 0.2);
  const auto stored =
      nlohmann::json::parse(run_stapes({"info", path("set.stapes"), "--json"}).out).at("detector").at("thresholds");
  EXPECT_NEAR(stored.at("yes").get<double>(), threshold, 1e-4);
  EXPECT_EQ(stored.at("no"), 0.5) << "the model's";
  EXPECT_TRUE(fails_cleanly(eval({sound_, "--target", "200", "--set", path("set.stapes")}), 1, "set.stapes"));
  EXPECT_EQ(eval({sound_, "--target", "200", "--set", model_, "--force"}).status, 2);
}

TEST_F(EvalDetector, DrawsTheCurve) {
  ASSERT_EQ(eval({sound_, "--svg", path("curve.svg")}).status, 0);
  const std::string svg = read_text_file(path("curve.svg"));
  EXPECT_THAT(svg, AllOf(HasSubstr("<svg"), HasSubstr("m.stapes"), HasSubstr("events: 2"), HasSubstr("misses (%)")));
  EXPECT_THAT(eval({sound_, "--svg", path("curve.svg")}).err, HasSubstr("--force"));
  EXPECT_THAT(eval({"--background", sound_, "--svg", path("none.svg")}).err, HasSubstr("misses cannot be measured"));
  EXPECT_FALSE(std::filesystem::exists(path("none.svg")));
}

TEST_F(EvalDetector, CountsByTheRulesOfOthers) {
  const Outcome mlperf = eval({sound_, "--protocol", "mlperf"});
  EXPECT_THAT(
      mlperf.out,
      AllOf(HasSubstr("MLPerf, up to 1 s after the word: true positives 0, false negatives 2, false positives 0 "
                      "(within the limit of 8 each)"),
            HasSubstr("MLPerf, up to 2 s after the word")));
  const auto own = json({sound_}), debounced = json({sound_, "--protocol", "mlperf"}),
             muted = json({sound_, "--protocol", "microwakeword"});
  const auto accepts = [](const nlohmann::json& result) {
    return result.at("curve")[0].at("false_accepts").get<int>();
  };
  EXPECT_LT(accepts(debounced), accepts(own));
  EXPECT_LE(accepts(debounced), 2 * 60);
  EXPECT_NEAR(accepts(muted), 2 * 56 / 1.5, 8) << "two classes, one accept in 1.5 s";
  EXPECT_EQ(debounced.at("hours"), debounced.at("hours_of_negatives"));
}

TEST_F(EvalDetector, MixesClipsIntoBackgrounds) {
  DataSetWriter writer(path("clips.data"), Existing::kRefuse);
  const std::vector<std::int16_t> clip = TinyRandom(9).integers<std::int16_t>(4000, -9000, 9000);
  for (int i = 0; i < 8; ++i) {
    writer.add(
        {.name = fmt::format("clip{}", i), .source = fmt::format("voice{}", i), .label = i % 2, .fold = 1 + i / 4},
        clip);
  }
  writer.finish("folders", 8000, {"yes", "no"});
  const std::vector<std::string> arguments = {"--background", sound_, "--data",  path("clips.data"),
                                              "--fold",       "2",    "--every", "3",
                                              "--snr",        "0,12", "--seed",  "4"};
  const auto result = json(arguments);
  EXPECT_EQ(result.at("events"), 4) << "those of the fold";
  EXPECT_EQ(result.at("clips").at("placed"), 4);
  EXPECT_NEAR(result.at("hours_of_negatives").get<double>() * 3600, 60 - 4 * 1.5, 1e-6);
  EXPECT_EQ(json(arguments), result) << "seeded";
  auto other = arguments;
  other.back() = "5";
  EXPECT_NE(json(other), result);
  auto few = arguments;
  few[7] = "25";
  EXPECT_THAT(eval(few).out, HasSubstr("of 4 clips did not fit; use longer backgrounds"));
}

TEST_F(EvalDetector, TakesBackgroundsWithoutEvents) {
  const Outcome outcome = eval({"--background", sound_});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(outcome.out,
              AllOf(HasSubstr("events: 0; classes: "), HasSubstr("misses cannot be measured without events")));
  EXPECT_TRUE(json({"--background", sound_}).at("area_to_2_per_hour").is_null());
}

// ---- Bad input ----

TEST_F(EvalDetector, RefusesEventsThatAreWrong) {
  for (const auto& [text, why] : {std::pair("3,2,yes\n", "line 1: the event ends at 2 s, before it starts at 3 s"),
                                  {"1,3,yes\n2,4,yes\n", "line 2: the event overlaps 'yes' on line 1"},
                                  {"1,61,yes\n", "line 1: the event ends at 61 s, but the recording is 60.000 s long"},
                                  {"1,2,maybe\n", "line 1: unknown class 'maybe'"},
                                  {"0,60,yes\n", "cannot count false accepts"}}) {
    write("events.csv", text);
    EXPECT_TRUE(fails_cleanly(eval({sound_, "--events", path("events.csv")}), 1, why)) << text;
  }
}

TEST_F(EvalDetector, RefusesCombinationsThatMeanNothing) {
  EXPECT_TRUE(fails_cleanly(eval({}), 2, "nothing to evaluate"));
  EXPECT_TRUE(fails_cleanly(eval({sound_, "--events", path("a.csv"), "--events", path("b.csv")}), 2,
                            "--events and RECORDINGS differ in number: 2 and 1"));
  EXPECT_TRUE(
      fails_cleanly(eval({sound_, "--data", path("clips.data")}), 2, "--data needs sound to mix the clips into"));
  EXPECT_TRUE(fails_cleanly(eval({sound_, "--class", "maybe"}), 2, "unknown class 'maybe'"));
  EXPECT_TRUE(fails_cleanly(eval({sound_, "--protocol", "own"}), 2, "detector, mlperf or microwakeword"));
  for (const char* snr : {"61", "-31", "nan", "loud", "10,99"}) {
    EXPECT_TRUE(fails_cleanly(eval({"--background", sound_, "--snr", snr}), 2, "is not a number from -30 to 60"))
        << snr;
  }
  EXPECT_TRUE(fails_cleanly(eval({sound_, "--tolerance", "-1"}), 2, "is not a number from 0 to 60"));
  EXPECT_TRUE(fails_cleanly(eval({sound_, "--threshold", "off"}), 2, "invalid threshold 'off'"));
  EXPECT_TRUE(
      fails_cleanly(eval({sound_, "--threshold", "yes=off", "--threshold", "no=off"}), 2, "all thresholds are off"));
}

TEST_F(EvalDetector, RefusesSoundShorterThanAWindow) {
  write_audio(folder_ / "short.wav", std::vector<float>(120, 0.1f), 8000);
  EXPECT_TRUE(fails_cleanly(eval({"--background", path("short.wav")}), 1, "short.wav is shorter than a window"));
  EXPECT_TRUE(fails_cleanly(eval({"--background", path("missing.wav")}), 1, "missing.wav"));
  EXPECT_TRUE(fails_cleanly(eval({path("short.wav")}), 1, "short.wav has no events"));
}

}  // namespace
}  // namespace stapes::test
