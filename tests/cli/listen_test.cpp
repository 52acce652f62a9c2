// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
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
    model.detector->hysteresis = 0;  // noise keeps scores above low thresholds
    write_model(model_, model, Existing::kRefuse);
    write_audio(sound_, TinyRandom(3).floats(16000, 0.8), 8000);
  }

  Outcome listen(std::vector<std::string> more, const Surroundings& surroundings = {}) {
    more.insert(more.begin(), {"listen", model_});
    return run_stapes(more, surroundings);
  }
  // `command` writes raw samples to stdout.
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

// The samples after the 44-byte header, in blocks of odd sizes.
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

// An ALSA recording device that delivers `frames` and keeps running after them.
class AlsaMicrophone {
 public:
  AlsaMicrophone(const TempDir& folder, const std::vector<float>& frames) {
    write_file(folder / "sound.f32", std::as_bytes(std::span(frames)), Existing::kRefuse);
    write_text_file(folder / "asound.conf",
                    fmt::format("</usr/share/alsa/alsa.conf>\n"
                                "pcm.testmic {{ type file slave.pcm \"null\" file \"/dev/null\" infile \"{}\" format "
                                "\"raw\" hint {{ show on description \"test microphone\" }} }}\n",
                                (folder / "sound.f32").string()),
                    Existing::kRefuse);
    command_ =
        "ALSA_CONFIG_PATH='" + (folder / "asound.conf").string() + "' timeout -s INT 4 '" + stapes_program() + "' ";
  }
  Outcome run(const std::string& arguments) const { return run_program("/bin/sh", {"-c", command_ + arguments}); }

 private:
  std::string command_;
};

TEST_F(Listen, AMicrophoneGivesTheDetectionsOfTheFile) {
  if (!std::filesystem::exists("/usr/share/alsa/alsa.conf")) GTEST_SKIP() << "no /usr/share/alsa/alsa.conf";
  // The sound is in the last channel.
  for (const auto& [rate, channels] : {std::pair(8000, 1), {192000, 8}}) {
    const TempDir folder;
    std::vector<float> frames;
    for (const float sample : TinyRandom(3).floats(2 * rate, 0.8)) {
      for (int c = 1; c < channels; ++c) frames.push_back(0.25f);
      frames.push_back(std::round(sample * 32768) / 32768);
    }
    const std::string file = (folder / "sound.wav").string();
    write_audio(file, frames, rate, channels);
    const AlsaMicrophone microphone(folder, frames);
    const Outcome devices = microphone.run("listen --devices");
    EXPECT_THAT(devices.out, HasSubstr("testmic, ALSA"));
    EXPECT_THAT(devices.err, IsEmpty());
    const std::string channel = std::to_string(channels);
    auto want = json_lines(listen({file, "--threshold", "0.25", "--channel", channel, "--json"}).out);
    ASSERT_GT(want.size(), 10u);
    want.resize(want.size() - 3);  // without the resampler's output at the end of the sound
    for (auto& line : want) line.erase("file");
    const Outcome live = microphone.run(fmt::format(
        "listen '{}' --device testmic --rate {} --channel {} --threshold 0.25 --json", model_, rate, channel));
    auto got = json_lines(live.out);
    ASSERT_GE(got.size(), want.size()) << live.err;
    got.resize(want.size());
    for (auto& line : got) EXPECT_EQ(line.erase("clock"), 1u);
    EXPECT_EQ(got, want);
  }
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
  // Room for the output, but not for the sound of a window.
  const Outcome outcome = listen({file, "--threshold", "0.25", "--dump-audio", kept}, {.largest_file_bytes = 400});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("cannot save the sound of a detection"));
  EXPECT_GE(std::count(outcome.out.begin(), outcome.out.end(), '\n'), 2);
  EXPECT_THAT(names_in(kept), IsEmpty());
}

// The noise is at -6.7 dBFS, then 40 dB quieter.
TEST_F(Listen, DetectsNothingBelowTheLevelOfTheGate) {
  std::vector<float> samples = TinyRandom(3).floats(16000, 0.8);
  for (std::size_t i = 8000; i < samples.size(); ++i) samples[i] *= 0.01f;
  const std::string file = (folder_ / "fading.wav").string();
  write_audio(file, samples, 8000);
  const auto last = [&](const char* level) {
    const Outcome outcome = listen({file, "--threshold", "0", "--json", "--gate-level", level});
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    const auto lines = json_lines(outcome.out);
    return lines.empty() ? -1 : lines.back().at("sample").get<int>();
  };
  EXPECT_GT(last("off"), 15800);
  EXPECT_GT(last("-60"), 15800);
  EXPECT_NEAR(last("-26"), 8150, 200);
  EXPECT_EQ(last("0"), -1);
  const std::string saved = (folder_ / "gated.stapes").string();
  ASSERT_EQ(listen({"--gate-level", "-26", "--save", saved}).status, 0);
  EXPECT_EQ(nlohmann::json::parse(run_stapes({"info", saved, "--json"}).out).at("detector").at("gate_dbfs"), -26);
  EXPECT_THAT(run_stapes({"info", saved}).out, HasSubstr("at least -26.0 dBFS"));
  EXPECT_EQ(run_stapes({"listen", saved, file, "--threshold", "0"}).out,
            listen({file, "--threshold", "0", "--gate-level", "-26"}).out);
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
  EXPECT_THAT(run_stapes({"info", saved}).out, HasSubstr("averaged over 18 ms; pause of "));
  const auto stored = nlohmann::json::parse(run_stapes({"info", saved, "--json"}).out).at("detector");
  EXPECT_EQ(stored.at("thresholds").at("yes"), 0.3);
  EXPECT_TRUE(stored.at("thresholds").at("no").is_null());
  EXPECT_TRUE(fails_cleanly(listen({"--save", saved}), 1, saved));
  EXPECT_EQ(listen({"--save", model_}).status, 1);
}

// ---- Bad input ----

TEST_F(Listen, RefusesInvalidThresholds) {
  for (const char* text : {"1.5", "-0.1", "yes=2", "yes=", "=0.5", "nan", "yes"}) {
    EXPECT_TRUE(fails_cleanly(listen({sound_, "--threshold", text}), 2, "expected a number from 0 to 1")) << text;
  }
  EXPECT_TRUE(fails_cleanly(listen({sound_, "--threshold", "maybe=0.5"}), 2, "unknown class 'maybe'"));
  EXPECT_TRUE(fails_cleanly(listen({sound_, "--gate", "maybe=0.5"}), 2, "unknown class 'maybe'"));
  EXPECT_EQ(listen({sound_, "--hysteresis", "1.5"}).status, 2);
  for (const char* text : {"1", "-97", "nan", "quiet", "-50dB"}) {
    EXPECT_TRUE(fails_cleanly(listen({sound_, "--gate-level", text}), 2, "expected dBFS from -96 to 0")) << text;
  }
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
  EXPECT_THAT(outcome.err,
              HasSubstr("is shorter than a window: 0.015 s, expected at least 0.025 s; nothing was scored"));
  EXPECT_THAT(listen_to("true").err, HasSubstr("shorter than a window"));
}

TEST_F(Listen, GoesOnWithTheNextFile) {
  const std::string missing = (folder_ / "missing.wav").string();
  const Outcome outcome = listen({missing, sound_, "--threshold", "0.25"});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.err, HasSubstr("missing.wav"));
  EXPECT_THAT(outcome.out, HasSubstr("sound.wav: 0:00:0"));
}

TEST_F(Listen, NonFiniteFloatsAreSilence) {
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

// 288 million samples at 8 kHz: ten minutes of noise repeated.
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
