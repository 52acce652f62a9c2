// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <span>
#include <sstream>

#include "audio/load_clip.h"
#include "cli/run_program.h"
#include "packed/writer.h"
#include "support/audio_files.h"
#include "support/tiny_models.h"

namespace stapes::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<nlohmann::json> json_lines(const std::string& text) {
  std::vector<nlohmann::json> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(nlohmann::json::parse(line));
  return lines;
}

class Listen : public testing::Test {
 protected:
  void SetUp() override {
    fb::ModelT model = tiny_detector();
    model.labels = {"yes", "no"};
    model.detector->hysteresis = 0;  // noise stays above low thresholds
    write_model(model_, model, Existing::kRefuse);
    write_audio(sound_, TinyRandom(3).floats(16000, 0.8), 8000);
  }

  Outcome listen(std::vector<std::string> more, const Surroundings& surroundings = {}) {
    more.insert(more.begin(), {"listen", model_});
    return run_stapes(more, surroundings);
  }
  // `command` writes raw samples on standard output.
  Outcome listen_to(const std::string& command, const std::string& more = "") {
    return run_program("/bin/sh",
                       {"-c", "(" + command + ") | '" + stapes_program() + "' listen '" + model_ + "' - " + more});
  }

  TempDir folder_;
  std::string model_ = (folder_ / "m.stapes").string(), sound_ = (folder_ / "sound.wav").string();
};

TEST_F(Listen, PrintsTimeLabelAndScoreOfEachDetection) {
  const Outcome outcome = listen({sound_, "--threshold", "0.25"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(outcome.err, IsEmpty());
  std::istringstream lines(outcome.out);
  std::string time, label;
  double score = 0;
  int count = 0;
  for (; lines >> time >> label >> score; ++count) {
    EXPECT_THAT(time, testing::StartsWith("0:00:0"));
    EXPECT_TRUE(label == "yes" || label == "no");
    EXPECT_GE(score, 0.25);
  }
  EXPECT_GT(count, 10);
}

TEST_F(Listen, JsonIsOneObjectALine) {
  const Outcome outcome = listen({sound_, "--threshold", "0.25", "--json"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const auto lines = json_lines(outcome.out);
  ASSERT_GT(lines.size(), 10u);
  for (const auto& line : lines) {
    EXPECT_EQ(line.at("file"), sound_);
    EXPECT_NEAR(line.at("time").get<double>() * 8000, line.at("sample").get<double>(), 0.01);
    EXPECT_GE(line.at("score").get<double>(), 0.25);
  }
}

// The samples of the file behind its header of 44 bytes, through a pipe in blocks of odd sizes.
TEST_F(Listen, APipeGivesTheDetectionsOfTheFile) {
  auto want = json_lines(listen({sound_, "--threshold", "0.25", "--json"}).out);
  for (auto& line : want) line.erase("file");
  ASSERT_FALSE(want.empty());
  for (const char* block : {"1", "37", "64k"}) {
    const Outcome piped =
        listen_to(fmt::format("tail -c +45 '{}' | head -c 2000 | dd bs={} 2>/dev/null; tail -c +2045 '{}'", sound_,
                              block, sound_),
                  "--threshold 0.25 --json");
    ASSERT_EQ(piped.status, 0) << piped.err;
    EXPECT_EQ(json_lines(piped.out), want) << block;
  }
}

// A recording device of ALSA's that plays a file, by PortAudio as any microphone.
TEST_F(Listen, AMicrophoneGivesTheDetectionsOfTheFile) {
  if (!std::filesystem::exists("/usr/share/alsa/alsa.conf")) GTEST_SKIP() << "no /usr/share/alsa/alsa.conf";
  std::vector<float> samples;
  for (const std::int16_t sample : load_clip(sound_, 8000)) samples.push_back(static_cast<float>(sample) / 32768.0f);
  write_file(folder_ / "sound.f32", std::as_bytes(std::span(samples)), Existing::kRefuse);
  write_text_file(folder_ / "asound.conf",
                  fmt::format("</usr/share/alsa/alsa.conf>\n"
                              "pcm.testmic {{ type file slave.pcm \"null\" file \"/dev/null\" infile \"{}\" format "
                              "\"raw\" hint {{ show on description \"test microphone\" }} }}\n",
                              (folder_ / "sound.f32").string()),
                  Existing::kRefuse);
  const std::string alsa = "ALSA_CONFIG_PATH='" + (folder_ / "asound.conf").string() + "' ";
  const Outcome devices = run_program("/bin/sh", {"-c", alsa + stapes_program() + " listen --devices"});
  EXPECT_THAT(devices.out, HasSubstr("testmic, ALSA"));
  EXPECT_THAT(devices.err, IsEmpty());
  auto want = json_lines(listen({sound_, "--threshold", "0.25", "--json"}).out);
  for (auto& line : want) line.erase("file");
  // The device goes on behind the end of the file.
  const Outcome live =
      run_program("/bin/sh", {"-c", alsa + "timeout -s INT 4 '" + stapes_program() + "' listen '" + model_ +
                                        "' --device testmic --rate 8000 --threshold 0.25 --json"});
  auto got = json_lines(live.out);
  ASSERT_GE(got.size(), want.size()) << live.err;
  got.resize(want.size());
  for (auto& line : got) EXPECT_EQ(line.erase("clock"), 1u);
  EXPECT_EQ(got, want);
}

TEST_F(Listen, ResamplesAnyRateAndMixesChannels) {
  for (const auto& [rate, channels] : {std::pair(8000, 1), {192000, 1}, {44100, 2}, {48000, 8}}) {
    std::vector<float> frames;
    for (const float sample : sine(static_cast<std::size_t>(rate), 700, rate)) {
      for (int c = 0; c < channels; ++c) frames.push_back(sample);
    }
    const std::string file = (folder_ / fmt::format("{}-{}.wav", rate, channels)).string();
    write_audio(file, frames, rate, channels);
    const Outcome outcome = listen({file, "--threshold", "0.25", "--json"});
    ASSERT_EQ(outcome.status, 0) << outcome.err;
    const auto lines = json_lines(outcome.out);
    ASSERT_FALSE(lines.empty());
    EXPECT_LE(lines.back().at("sample").get<int>(), 8000);
    EXPECT_GT(lines.back().at("sample").get<int>(), 7000);
    const Outcome piped = listen_to("tail -c +45 '" + file + "'",
                                    fmt::format("--threshold 0.25 --json --rate {} --channels {}", rate, channels));
    EXPECT_EQ(std::count(piped.out.begin(), piped.out.end(), '\n'), static_cast<int>(lines.size())) << piped.err;
  }
}

TEST_F(Listen, KeepsTheSoundOfDetections) {
  const std::string kept = (folder_ / "kept").string();
  const Outcome outcome = listen({sound_, "--threshold", "0.25", "--json", "--dump-audio", kept});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const auto lines = json_lines(outcome.out);
  EXPECT_EQ(names_in(kept).size(), lines.size());
  const std::vector<std::int16_t> whole = load_clip(sound_, 8000);
  const auto end = lines.back().at("sample").get<std::size_t>();
  const auto clip = load_clip(lines.back().at("audio").get<std::string>(), 8000);
  EXPECT_TRUE(std::equal(clip.rbegin(), clip.rend(), whole.rbegin() + static_cast<std::ptrdiff_t>(whole.size() - end)));
}

TEST_F(Listen, AFullDiskIsReportedAndSurvived) {
  const std::string kept = (folder_ / "kept").string(), file = (folder_ / "brief.wav").string();
  write_audio(file, TinyRandom(3).floats(450, 0.8), 8000);
  // Room for what is printed, but not for the sound of a window.
  const Outcome outcome = listen({file, "--threshold", "0.25", "--dump-audio", kept}, {.largest_file_bytes = 400});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("the sound of a detection is not kept"));
  EXPECT_GE(std::count(outcome.out.begin(), outcome.out.end(), '\n'), 2);
  EXPECT_THAT(names_in(kept), IsEmpty());
}

TEST_F(Listen, SavesItsSettings) {
  const std::string saved = (folder_ / "saved.stapes").string();
  const Outcome outcome =
      listen({"--threshold", "yes=0.3", "--threshold", "no=off", "--average", "20", "--save", saved});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const Outcome by_options = listen({sound_, "--threshold", "yes=0.3", "--threshold", "no=off", "--average", "20"});
  const Outcome by_model = run_stapes({"listen", saved, sound_});
  EXPECT_EQ(by_model.out, by_options.out);
  EXPECT_THAT(by_model.out, AllOf(HasSubstr("yes"), testing::Not(HasSubstr("  no"))));
  EXPECT_THAT(run_stapes({"info", saved}).out, HasSubstr("mean of 18 ms, quiet for "));
  const auto stored = nlohmann::json::parse(run_stapes({"info", saved, "--json"}).out).at("detector");
  EXPECT_EQ(stored.at("thresholds").at("yes"), 0.3);
  EXPECT_TRUE(stored.at("thresholds").at("no").is_null());
  EXPECT_TRUE(fails_cleanly(listen({"--save", saved}), 1, saved));
  EXPECT_EQ(listen({"--save", model_}).status, 1);
}

// ---- Bad input ----

TEST_F(Listen, RefusesThresholdsThatAreNone) {
  for (const char* text : {"1.5", "-0.1", "yes=2", "yes=", "=0.5", "nan", "yes"}) {
    EXPECT_TRUE(fails_cleanly(listen({sound_, "--threshold", text}), 2, "expected a number from 0 to 1")) << text;
  }
  EXPECT_TRUE(fails_cleanly(listen({sound_, "--threshold", "maybe=0.5"}), 2, "unknown class 'maybe'"));
  EXPECT_TRUE(fails_cleanly(listen({sound_, "--gate", "maybe=0.5"}), 2, "unknown class 'maybe'"));
  EXPECT_EQ(listen({sound_, "--hysteresis", "1.5"}).status, 2);
  for (const char* option : {"--average", "--suppress", "--latency", "--hysteresis"}) {
    for (const char* text : {"-1", "soon", "nan", "inf"}) {
      EXPECT_TRUE(fails_cleanly(listen({sound_, option, text}), 2, "is not a number from 0 to 1")) << option << text;
    }
  }
  EXPECT_TRUE(fails_cleanly(listen({sound_, "--latency", "2", "--average", "5000"}), 2, "more than 255 scores"));
}

TEST_F(Listen, SaysThatASoundIsShorterThanAWindow) {
  const std::string file = (folder_ / "short.wav").string();
  write_audio(file, std::vector<float>(120, 0.1f), 8000);
  const Outcome outcome = listen({file});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_THAT(outcome.err, HasSubstr("is shorter than a window: 0.015 s of 0.025 s; nothing was scored"));
  EXPECT_THAT(listen_to("true").err, HasSubstr("shorter than a window"));
}

TEST_F(Listen, GoesOnWithTheNextFile) {
  const std::string missing = (folder_ / "missing.wav").string();
  const Outcome outcome = listen({missing, sound_, "--threshold", "0.25"});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.err, HasSubstr("missing.wav"));
  EXPECT_THAT(outcome.out, HasSubstr("sound.wav: 0:00:0"));
}

TEST_F(Listen, FloatsThatAreNoNumbersAreSilence) {
  // 0x7fc00000 is a NaN.
  const Outcome outcome = listen_to(
      "for i in 1 2 3 4 5 6 7 8; do printf '\\000\\000\\300\\177'; done; head -c 8000 /dev/zero", "--encoding f32");
  EXPECT_EQ(outcome.status, 0);
  EXPECT_THAT(outcome.err, HasSubstr("expected finite samples"));
  EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1);
}

TEST_F(Listen, RefusesAFileOnStandardInput) {
  EXPECT_TRUE(fails_cleanly(listen_to("cat '" + sound_ + "'"), 1, "standard input is a sound file"));
  EXPECT_TRUE(fails_cleanly(listen_to("true", "--channel 2"), 1, "--channel 2"));
  EXPECT_EQ(listen_to("true", "--encoding mp3").status, 2);
  EXPECT_EQ(listen_to("true", "--rate 12").status, 2);
}

TEST_F(Listen, SaysWhatToDoWithoutAMicrophone) {
  EXPECT_EQ(run_stapes({"listen"}).status, 2);
  EXPECT_TRUE(fails_cleanly(listen({"--device", "no such microphone"}), 1, "microphone"));
  EXPECT_EQ(run_stapes({"listen", "--devices", "--json"}).status, 0);
}

// Ten hours at speed: 288 million samples at 8 kHz, ten minutes of noise again and again.
TEST_F(Listen, TenHoursTakeNoMoreMemoryThanAMinute) {
  const std::vector<std::int16_t> noise = load_clip(sound_, 8000);
  std::string minutes;
  while (minutes.size() < 10 * 60 * 8000 * sizeof(std::int16_t)) {
    minutes.append(reinterpret_cast<const char*>(noise.data()), noise.size() * sizeof(std::int16_t));
  }
  const std::string raw = (folder_ / "raw").string();
  write_text_file(raw, minutes, Existing::kRefuse);
  const std::string quiet = "--threshold 1 --latency 1000";
  const Outcome minute = listen_to("head -c 960000 '" + raw + "'", quiet);
  const Outcome hours = listen_to("i=0; while [ $i -lt 60 ]; do cat '" + raw + "'; i=$((i+1)); done", quiet);
  ASSERT_EQ(hours.status, 0) << hours.err;
  EXPECT_LT(hours.peak_kilobytes, minute.peak_kilobytes + 1000);
}

}  // namespace
}  // namespace stapes::test
