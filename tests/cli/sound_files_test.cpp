// SPDX-License-Identifier: Apache-2.0
// Typical sound files from users: messages and memory.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "cli/channel_option.h"
#include "cli/run_program.h"
#include "packed/writer.h"
#include "support/acdnet_models.h"
#include "support/audio_files.h"
#include "support/sanitizers.h"

namespace stapes::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

class SoundFiles : public testing::Test {
 protected:
  const TempDir dir;
  std::string path(const std::string& name) const { return (dir / name).string(); }
  Outcome import(std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments = {"data", "import", "folders", path("in"), "-o", path("out.data")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_stapes(arguments);
  }
  std::string model() const {
    const auto blob = serialize_model(acdnet_model("int8", kMicroWidths, 10, 16000, 20000));
    write_file(dir / "m.stapes", blob, Existing::kReplace);
    return path("m.stapes");
  }
};

TEST_F(SoundFiles, WhatIsNotReadIsNamedWithTheCommandThatConvertsIt) {
  using namespace std::string_literals;
  const std::pair<const char*, std::string> files[] = {{"a b.m4a", "\0\0\0\x20"s + "ftypM4A "},
                                                       {"b.webm", "\x1A\x45\xDF\xA3"},
                                                       {"c.wma", "\x30\x26\xB2\x75\x8E\x66\xCF\x11"},
                                                       {"d.amr", "#!AMR\n"},
                                                       {"e.3gp", "\0\0\0\x18"s + "ftyp3gp4"},
                                                       {"f.aac", "\xFF\xF1\x50\x80"},
                                                       {"g.ape", "MAC "},
                                                       {"h.wv", "wvpk"}};
  const std::string packed = model();
  for (const auto& [name, begin] : files) {
    write_text_file(dir / name, begin + std::string(3000, '\3'), Existing::kRefuse);
    const Outcome outcome = run_stapes({"classify", packed, path(name)});
    EXPECT_TRUE(fails_cleanly(outcome, 1, path(name)));
    EXPECT_THAT(outcome.err,
                HasSubstr("convert it: ffmpeg -i " + shell_word(path(name)) + " " + shell_word(path(name) + ".wav")))
        << name;
  }
}

TEST_F(SoundFiles, DoubtfulOnesAreNamedByImportAndClassify) {
  for (const char* name : {"in/a/1.wav", "in/a/2.wav"}) {
    write_audio(dir / name, sine(20000, 440, 20000), 20000);
    auto file = read_file(dir / name);
    std::fill_n(file.begin() + 40, 4, std::byte{0});
    write_file(dir / name, file, Existing::kReplace);
  }
  const Outcome imported = import();
  EXPECT_EQ(imported.status, 0);
  EXPECT_THAT(imported.err, AllOf(HasSubstr("warning: " + path("in/a/1.wav")), HasSubstr("never finished")));
  EXPECT_THAT(imported.out, HasSubstr("2 clips"));
  const std::string packed = model();
  const Outcome text = run_stapes({"classify", packed, path("in/a/1.wav")});
  EXPECT_THAT(text.err, AllOf(HasSubstr("warning: " + path("in/a/1.wav")), HasSubstr("never finished")));
  const Outcome json = run_stapes({"classify", packed, path("in/a/1.wav"), "-q", "--json"});
  EXPECT_EQ(json.err, "");
  EXPECT_THAT(nlohmann::json::parse(json.out)[0]["warnings"][0].get<std::string>(), HasSubstr("never finished"));
}

TEST(ChannelOption, NamesAreNumbers) {
  const std::pair<const char*, int> names[] = {{"mix", 0}, {"left", 1}, {"right", 2},
                                               {"1", 1},   {"2", 2},    {"1024", 1024}};
  for (const auto& [name, number] : names) EXPECT_EQ(cli::parse_channel(name).number, number) << name;
  for (const char* wrong : {"", "0", "-1", "1025", "1.5", "2 ", "Left", "middle", "99999999999"}) {
    EXPECT_THAT(
        [&] { cli::parse_channel(wrong); },
        ThrowsMessage<UsageError>(HasSubstr(fmt::format("unknown --channel value '{}'; choose mix, left", wrong))));
  }
}

TEST_F(SoundFiles, ChannelsAreChosenByNameOrNumber) {
  std::vector<float> frames;
  for (const float x : sine(20000, 440, 20000)) {
    frames.push_back(x);
    frames.push_back(-x);
  }
  write_audio(dir / "in/a/1.wav", frames, 20000, 2);
  EXPECT_THAT(import().err, HasSubstr("silent"));
  for (const char* channel : {"left", "right", "1", "2"}) {
    const Outcome outcome = import({"--channel", channel, "--force"});
    EXPECT_EQ(outcome.status, 0) << channel;
    EXPECT_EQ(outcome.err.find("silent"), std::string::npos) << outcome.err;
    EXPECT_EQ(run_stapes({"classify", model(), path("in/a/1.wav"), "--channel", channel}).err, "") << channel;
  }
  EXPECT_TRUE(fails_cleanly(import({"--channel", "middle", "--force"}), 2, "--channel"));
  EXPECT_TRUE(fails_cleanly(import({"--channel", "0", "--force"}), 2, "--channel"));
  const Outcome info = run_stapes({"data", "info", path("out.data")});
  EXPECT_EQ(info.err.find("silent"), std::string::npos);
}

TEST_F(SoundFiles, DataInfoSaysWhatImportSaid) {
  write_audio(dir / "in/a/1.wav", sine(20000, 440, 20000, 0.0003), 20000, 1, kWavFloat);
  write_audio(dir / "in/b/1.wav", std::vector<float>(1000, 0.25f), 20000);
  for (const Outcome& outcome : {import(), run_stapes({"data", "info", path("out.data")})}) {
    EXPECT_THAT(outcome.err, AllOf(HasSubstr("1 clip below -60 dBFS: a/1.wav"), HasSubstr("1 constant clip"),
                                   HasSubstr("b (longest 0.050 s)")));
  }
}

// Clips must be written in pieces: two ten-minute clips held whole would take 1.1 GB.
TEST_F(SoundFiles, MemoryDoesNotGrowWithTheClips) {
  if (kAddressSanitizer) GTEST_SKIP() << "the sanitizer's own memory is not ours to bound";
  constexpr int kRateHz = 384000;
  constexpr long kBoundKilobytes = 96 * 1024;  // the program, 32 MB of waiting clips, two threads of 16 MB
  std::vector<float> wave;
  for (std::uint32_t i = 0; i < kRateHz * 2; ++i) wave.push_back(static_cast<float>(i * 2654435761u % 2001) / 2000);
  for (const int format : {kWav16, kFlac}) {
    for (const char* name : {"in/a/1", "in/a/2"}) {
      std::filesystem::create_directories(dir / "in/a");
      SF_INFO info{.frames = 0, .samplerate = kRateHz, .channels = 1, .format = format, .sections = 0, .seekable = 0};
      SNDFILE* file = sf_open(path(name).c_str(), SFM_WRITE, &info);
      for (int i = 0; i < 60; ++i) sf_write_float(file, wave.data(), static_cast<sf_count_t>(wave.size()));
      ASSERT_EQ(sf_close(file), 0);
    }
    const Outcome outcome = import({"--sample-rate", std::to_string(kRateHz), "--threads", "2", "--force"});
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_LT(outcome.peak_kilobytes, kBoundKilobytes) << std::hex << format;
  }
}

}  // namespace
}  // namespace stapes::test
