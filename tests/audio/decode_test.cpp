// SPDX-License-Identifier: Apache-2.0
#include "audio/decode.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "base/error.h"
#include "base/files.h"
#include "support/audio_files.h"
#include "support/temp_dir.h"

namespace stapes {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

std::vector<float> decode(AudioReader& reader) {
  std::vector<float> wave;
  for (auto block = reader.next(); !block.empty(); block = reader.next()) {
    wave.insert(wave.end(), block.begin(), block.end());
  }
  return wave;
}

std::vector<float> decode(const std::filesystem::path& path) {
  AudioReader reader(path);
  return decode(reader);
}

std::vector<float> decode(std::span<const std::byte> file) {
  AudioReader reader(file, "memory");
  return decode(reader);
}

class Decode : public testing::Test {
 protected:
  test::TempDir dir;
  void write_bytes(const std::string& name, std::span<const std::byte> bytes) {
    write_file(dir / name, bytes, Existing::kReplace);
  }
  void expect_refused(const std::string& name, const std::string& why) {
    EXPECT_THAT([&] { decode(dir / name); }, ThrowsMessage<Error>(AllOf(HasSubstr(name), HasSubstr(why))));
  }
};

TEST_F(Decode, ReadsEveryKindOfFileWhateverItsName) {
  const auto wave = test::sine(8000, 440, 16000);
  for (const int format : {test::kWav16, test::kWavFloat, test::kFlac, test::kOgg, test::kMp3}) {
    test::write_audio(dir / "sound.dat", wave, 16000, 1, format);
    AudioReader reader(dir / "sound.dat");
    EXPECT_EQ(reader.sample_rate_hz(), 16000);
    const auto got = decode(reader);
    const double delay_allowed = format == test::kMp3 ? 2400 : 0;
    EXPECT_NEAR(static_cast<double>(got.size()), 8000, delay_allowed) << std::hex << format;
    double energy = 0;
    for (const float x : got) energy += x * x;
    EXPECT_NEAR(energy, 1000, 20) << std::hex << format;  // 8000 * 0.5^2 / 2
  }
}

TEST_F(Decode, SixteenBitsArriveUnchanged) {
  std::vector<float> wave;
  for (int i = -32768; i < 32768; i += 7) wave.push_back(static_cast<float>(i) / 32768);
  for (const int format : {test::kWav16, test::kFlac}) {
    test::write_audio(dir / "a", wave, 44100, 1, format);
    EXPECT_EQ(decode(dir / "a"), wave);
  }
}

TEST_F(Decode, EightChannelsAreAveraged) {
  std::vector<float> interleaved;
  for (int frame = 0; frame < 70000; ++frame) {
    for (int c = 0; c < 8; ++c)
      interleaved.push_back(static_cast<float>(frame % 5 - 2) * 0.1f + static_cast<float>(c - 4) * 0.05f);
  }
  test::write_audio(dir / "a", interleaved, 48000, 8, test::kWavFloat);
  AudioReader reader(dir / "a");
  EXPECT_EQ(reader.channels(), 8);
  const auto got = decode(reader);
  ASSERT_EQ(got.size(), 70000u);
  for (int frame = 0; frame < 70000; ++frame) {
    ASSERT_NEAR(got[static_cast<std::size_t>(frame)], static_cast<float>(frame % 5 - 2) * 0.1f - 0.025f, 1e-6);
  }
}

TEST_F(Decode, ReadsTheChannelAskedFor) {
  std::vector<float> interleaved;
  for (int frame = 0; frame < 40000; ++frame) interleaved.insert(interleaved.end(), {0.25f, -0.5f});
  test::write_audio(dir / "a", interleaved, 48000, 2, test::kWavFloat);
  for (const auto& [number, value] : {std::pair(0, -0.125f), std::pair(1, 0.25f), std::pair(2, -0.5f)}) {
    AudioReader reader(dir / "a", {number});
    EXPECT_EQ(decode(reader), std::vector<float>(40000, value)) << number;
  }
}

TEST_F(Decode, Takes192Kilohertz) {
  test::write_audio(dir / "a", test::sine(192000, 440, 192000), 192000);
  AudioReader reader(dir / "a");
  EXPECT_EQ(reader.sample_rate_hz(), 192000);
  EXPECT_EQ(decode(reader).size(), 192000u);
}

TEST_F(Decode, ReadsFilesOfOneSampleAndOfNone) {
  test::write_audio(dir / "one", {0.5f}, 16000);
  EXPECT_EQ(decode(dir / "one"), (std::vector<float>{0.5f}));
  test::write_audio(dir / "none", {}, 16000);
  EXPECT_TRUE(decode(dir / "none").empty());
}

TEST_F(Decode, RefusesFilesThatAreNotAudio) {
  expect_refused("missing.wav", "No such file");
  std::filesystem::create_directory(dir / "folder.wav");
  expect_refused("folder.wav", "not a regular file");
  ASSERT_EQ(::mkfifo((dir / "pipe.wav").c_str(), 0600), 0);
  expect_refused("pipe.wav", "not a regular file");
  write_bytes("empty.wav", {});
  expect_refused("empty.wav", "is empty");
  write_text_file(dir / "text.wav", std::string(5000, 'x'), Existing::kRefuse);
  expect_refused("text.wav", "expected audio");
}

TEST_F(Decode, RefusesSamplesThatAreNotNumbers) {
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
                          -std::numeric_limits<float>::infinity(), 3e38f}) {
    std::vector<float> wave(70000, 0.25f);
    wave[69000] = bad;
    test::write_audio(dir / "bad.wav", wave, 16000, 1, test::kWavFloat);
    expect_refused("bad.wav", "at sample 69000");
  }
}

TEST_F(Decode, RefusesAClipOfMoreThanAnHour) {
  test::write_audio(dir / "long.wav", std::vector<float>(3601 * 1000), 1000);
  expect_refused("long.wav", "longer than 3600 seconds");
}

TEST_F(Decode, RefusesAForgedRate) {
  test::write_audio(dir / "a.wav", test::sine(100, 440, 16000), 16000);
  auto file = read_file(dir / "a.wav");
  for (const std::uint32_t rate : {1u, 999u, 1'000'001u, 0x7FFFFFFFu}) {
    std::memcpy(file.data() + 24, &rate, 4);
    write_bytes("forged.wav", file);
    expect_refused("forged.wav", "forged.wav");
  }
}

TEST_F(Decode, RefusesAForgedLengthWithoutBelievingIt) {
  test::write_audio(dir / "a.wav", test::sine(100, 440, 16000), 16000);
  auto file = read_file(dir / "a.wav");
  const std::uint32_t claim = 0x70000000;
  std::memcpy(file.data() + 4, &claim, 4);
  std::memcpy(file.data() + 40, &claim, 4);
  write_bytes("forged.wav", file);
  expect_refused("forged.wav", "cut short");
}

class DecodeFormat : public testing::TestWithParam<int> {
 protected:
  std::vector<std::byte> file() const {
    const test::TempDir dir;
    test::write_audio(dir / "a", test::sine(2500, 440, 16000, 0.9), 16000, 1, GetParam());
    return read_file(dir / "a");
  }
};

TEST_P(DecodeFormat, RefusesEveryCut) {
  const auto whole = file();
  EXPECT_EQ(decode(whole).size(), 2500u);
  for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) {
    EXPECT_THROW(decode(std::span(whole).first(bytes)), Error) << "cut to " << bytes << " of " << whole.size();
  }
}

// A flipped byte may go undetected, but must not cause a crash, a hang or non-finite samples.
TEST_P(DecodeFormat, SurvivesFlippedBytes) {
  const auto whole = file();
  for (std::size_t at = 0; at < whole.size(); at += at < 400 ? 1 : 13) {  // headers are at the start
    auto flipped = whole;
    flipped[at] ^= std::byte{0xFF};
    try {
      for (const float x : decode(flipped)) ASSERT_TRUE(std::isfinite(x)) << "byte " << at;
    } catch (const Error&) {
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, DecodeFormat,
                         testing::Values(test::kWav16, test::kWavFloat, test::kFlac, test::kOgg));

}  // namespace
}  // namespace stapes
