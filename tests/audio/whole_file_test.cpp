// SPDX-License-Identifier: Apache-2.0
#include "audio/whole_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <ctime>

#include "audio/stream_end.h"
#include "base/error.h"
#include "base/files.h"
#include "support/audio_files.h"
#include "support/decoded.h"
#include "support/temp_dir.h"

namespace stapes {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::ThrowsMessage;

using namespace std::string_view_literals;
using Bytes = std::vector<std::byte>;

constexpr std::size_t kSamples = 6000;

Bytes audio_file(int format, std::size_t samples = kSamples) {
  const test::TempDir dir;
  test::write_audio(dir / "a", test::sine(samples, 440, 16000), 16000, 1, format);
  return read_file(dir / "a");
}

std::size_t place_of(const Bytes& file, std::string_view tag, std::size_t from = 0) {
  const auto* const bytes = reinterpret_cast<const char*>(file.data());
  return std::string_view(bytes, file.size()).find(tag, from);
}

void put(Bytes& file, std::size_t at, std::string_view bytes) {
  std::memcpy(file.data() + at, bytes.data(), bytes.size());
}

struct Container {
  const char* name;
  int format;
};

class Containers : public testing::TestWithParam<Container> {};

TEST_P(Containers, WholeOnesAreReadAndPartsAreRefused) {
  const Bytes file = audio_file(GetParam().format);
  const test::Decoded whole = test::decoded(file);
  EXPECT_EQ(whole.wave.size(), kSamples);
  EXPECT_THAT(whole.warnings, IsEmpty());
  for (const double share : {0.3, 0.5, 0.9}) {
    const auto part = std::span(file).first(static_cast<std::size_t>(share * static_cast<double>(file.size())));
    EXPECT_THAT([&] { test::decoded(part); }, ThrowsMessage<Error>(HasSubstr("memory is cut short"))) << share;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, Containers,
    testing::Values(
        Container{"WavPcm", test::kWav16}, Container{"WavFloat", test::kWavFloat},
        Container{"WavExtensible", SF_FORMAT_WAVEX | SF_FORMAT_PCM_24},
        Container{"Rifx", SF_FORMAT_WAV | SF_FORMAT_PCM_16 | SF_ENDIAN_BIG},
        Container{"Rf64", SF_FORMAT_RF64 | SF_FORMAT_PCM_16}, Container{"W64", SF_FORMAT_W64 | SF_FORMAT_PCM_16},
        Container{"W64Float", SF_FORMAT_W64 | SF_FORMAT_FLOAT}, Container{"Aiff", SF_FORMAT_AIFF | SF_FORMAT_PCM_16},
        Container{"AiffFloat", SF_FORMAT_AIFF | SF_FORMAT_FLOAT}, Container{"Au", SF_FORMAT_AU | SF_FORMAT_PCM_16},
        Container{"AuLaw", SF_FORMAT_AU | SF_FORMAT_ULAW},
        Container{"AuLittle", SF_FORMAT_AU | SF_FORMAT_PCM_16 | SF_ENDIAN_LITTLE},
        Container{"Sph", SF_FORMAT_NIST | SF_FORMAT_PCM_16}, Container{"SphLaw", SF_FORMAT_NIST | SF_FORMAT_ALAW},
        Container{"Voc", SF_FORMAT_VOC | SF_FORMAT_PCM_16}, Container{"Voc8", SF_FORMAT_VOC | SF_FORMAT_PCM_U8},
        Container{"Avr", SF_FORMAT_AVR | SF_FORMAT_PCM_16}, Container{"Mat4", SF_FORMAT_MAT4 | SF_FORMAT_PCM_16},
        Container{"Mat4Big", SF_FORMAT_MAT4 | SF_FORMAT_FLOAT | SF_ENDIAN_BIG},
        Container{"Mat5", SF_FORMAT_MAT5 | SF_FORMAT_PCM_16}, Container{"Svx", SF_FORMAT_SVX | SF_FORMAT_PCM_16},
        Container{"Caf", SF_FORMAT_CAF | SF_FORMAT_PCM_16}, Container{"Ogg", test::kOgg}),
    [](const auto& info) { return info.param.name; });

// The length was never filled in or is too small. The file is whole.
struct Length {
  const char* name;
  int format;
  std::string_view before;  // just before the length
  const char* bytes;        // of the length
  std::size_t width;
  bool warns;
};

class Lengths : public testing::TestWithParam<Length> {};

TEST_P(Lengths, AreNotBelieved) {
  const Length& length = GetParam();
  Bytes file = audio_file(length.format);
  put(file, place_of(file, length.before) + length.before.size(), {length.bytes, length.width});
  const test::Decoded got = test::decoded(file);
  EXPECT_EQ(got.wave.size(), kSamples);
  if (length.warns) {
    EXPECT_THAT(got.warnings, ElementsAre(HasSubstr("memory")));
  } else {
    EXPECT_THAT(got.warnings, IsEmpty());
  }
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, Lengths,
    testing::Values(
        Length{"WavOfAKilledRecorder", test::kWav16, "data", "\0\0\0\0", 4, true},
        Length{"WavFromAPipe", test::kWav16, "data", "\xFF\xFF\xFF\xFF", 4, false},
        Length{"WavFromSox", test::kWav16, "data", "\0\xF0\xFF\x7F", 4, false},
        Length{"WavUpdatedOnce", test::kWav16, "data", "\0\x08\0\0", 4, true},
        Length{"FloatWav", test::kWavFloat, "data", "\0\0\0\0", 4, true},
        Length{"Rifx", SF_FORMAT_WAV | SF_FORMAT_PCM_16 | SF_ENDIAN_BIG, "data", "\0\0\0\0", 4, true},
        Length{"Aiff", SF_FORMAT_AIFF | SF_FORMAT_PCM_16, "SSND", "\x7F\0\0\x08", 4, false},
        Length{"Caf", SF_FORMAT_CAF | SF_FORMAT_PCM_16, "data", "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 8, false},
        Length{"W64", SF_FORMAT_W64 | SF_FORMAT_PCM_16, "data\xF3\xAC\xD3\x11\x8C\xD1\0\xC0\x4F\x8E\xDB\x8A"sv,
               "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7F", 8, false}),
    [](const auto& info) { return info.param.name; });

TEST(WholeFile, AnAuFileThatDeclaresNothingIsReadToItsEnd) {
  for (const std::string_view length : {std::string_view("\0\0\0\0", 4), std::string_view("\xFF\xFF\xFF\xFF", 4)}) {
    Bytes file = audio_file(SF_FORMAT_AU | SF_FORMAT_PCM_16);
    put(file, 8, length);
    const test::Decoded got = test::decoded(file);
    EXPECT_EQ(got.wave.size(), kSamples);
    if (length[0] == '\0') {
      EXPECT_THAT(got.warnings, ElementsAre(HasSubstr("memory has a header that was never finished")));
    } else {
      EXPECT_THAT(got.warnings, IsEmpty());  // as written into a pipe
    }
  }
}

TEST(WholeFile, AnSphHeaderOfAnySizeIsComparedWithTheFile) {
  const Bytes file = audio_file(SF_FORMAT_NIST | SF_FORMAT_PCM_16);
  const std::string_view text(reinterpret_cast<const char*>(file.data()), file.size());
  ASSERT_TRUE(text.starts_with("NIST_1A\n   1024\n"));
  for (const char* size : {"12025", "4611686018427387904", "18446744073709551615", "18446744073709551616"}) {
    const std::string forged = "NIST_1A\n" + std::string(size) + std::string(text.substr(15));
    EXPECT_THAT([&] { test::decoded(std::as_bytes(std::span(forged))); },
                ThrowsMessage<Error>(HasSubstr("memory is cut short: its header declares")))
        << size;
  }
}

TEST(WholeFile, ChunksBehindTheSamplesAreNoSamples) {
  Bytes file = audio_file(test::kWav16);
  const std::string list("LIST\x10\x27\0\0", 8);
  for (const char c : list) file.push_back(static_cast<std::byte>(c));
  file.resize(file.size() + 10000, std::byte{'x'});
  const test::Decoded got = test::decoded(file);
  EXPECT_EQ(got.wave.size(), kSamples);
  EXPECT_THAT(got.warnings, IsEmpty());
}

TEST(WholeFile, ForgedChunkLengthsDoNotLeadOutOfTheFile) {
  Bytes file = audio_file(test::kWav16);
  for (const std::uint32_t length : {0xFFFFFFFFu, 0xFFFFFFF0u, 0x7FFFFFFFu, 12016u, 12017u, 12023u}) {
    std::memcpy(file.data() + 16, &length, 4);  // of the chunk before the data
    EXPECT_THAT([&] { test::decoded(file); }, ThrowsMessage<Error>(HasSubstr("cut short"))) << length;
  }
}

// ffmpeg and GStreamer write FLAC into a pipe with a sample count of 0.
Bytes flac_of_unknown_length(std::size_t samples) {
  Bytes file = audio_file(test::kFlac, samples);
  file[21] &= std::byte{0xF0};
  std::fill_n(file.begin() + 22, 4, std::byte{0});
  return file;
}

TEST(WholeFile, FlacOfUnknownLengthIsWholeWhenItsLastFrameIs) {
  const Bytes file = flac_of_unknown_length(50000);
  EXPECT_EQ(test::decoded(file).wave.size(), 50000u);
  for (const std::size_t bytes : {file.size() - 1, file.size() - 100, file.size() / 2}) {
    EXPECT_THAT([&] { test::decoded(std::span(file).first(bytes)); },
                ThrowsMessage<Error>(HasSubstr("cut short: its last FLAC frame is incomplete")));
  }
  Bytes tagged = file;
  tagged.resize(tagged.size() + 128);
  put(tagged, file.size(), "TAG");
  EXPECT_EQ(test::decoded(tagged).wave.size(), 50000u);
}

TEST(WholeFile, EveryCutOfTheLastFlacFrameIsNoticed) {
  for (const std::size_t samples : {50000u, 4096u, 1u}) {  // 1: one frame of one sample
    const Bytes file = flac_of_unknown_length(samples);
    EXPECT_EQ(stream_cut_short(ByteSource(file)), std::nullopt) << samples;
    for (std::size_t cut = 1; cut <= std::min<std::size_t>(300, file.size() - 42); ++cut) {
      EXPECT_NE(stream_cut_short(ByteSource(std::span(file).first(file.size() - cut))), std::nullopt) << cut;
    }
  }
}

// Every second byte starts a sync code. A checksum for each takes minutes (2^18 times 2^18 bytes), a single pass
// milliseconds.
TEST(WholeFile, ManySyncCodesInAFlacTailTakeLinearTime) {
  Bytes file = flac_of_unknown_length(4096);
  for (int i = 0; i < 1 << 18; ++i) file.insert(file.end(), {std::byte{0xFF}, std::byte{0xF8}});
  file.insert(file.end(), {std::byte{0}, std::byte{4}});  // then no suffix that starts at a sync code has checksum 0
  const std::clock_t begin = std::clock();
  EXPECT_EQ(stream_cut_short(ByteSource(file)), "its last FLAC frame is incomplete");
  EXPECT_LT(static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC, 5);
}

// Call recorders and splitters omit the end-of-stream flag. Here the last page is cut off.
TEST(WholeFile, OggWithoutItsLastPageFlagIsWhole) {
  const test::TempDir dir;
  std::vector<float> wave;
  for (std::uint32_t i = 0; i < 400000; ++i) wave.push_back(static_cast<float>(i * 2654435761u % 2001) / 2000 - 0.5f);
  for (const int codec : {SF_FORMAT_VORBIS, SF_FORMAT_OPUS}) {
    test::write_audio(dir / "a", wave, 48000, 1, SF_FORMAT_OGG | codec);
    const Bytes file = read_file(dir / "a");
    const std::string_view text(reinterpret_cast<const char*>(file.data()), file.size());
    std::size_t last = text.rfind("OggS");
    const test::Decoded got = test::decoded(std::span(file).first(last));
    EXPECT_GT(got.wave.size(), 48000u);
    EXPECT_LT(got.wave.size(), 400000u);
    EXPECT_THAT(got.warnings, IsEmpty());
    EXPECT_THAT([&] { test::decoded(std::span(file).first(last - 10)); }, ThrowsMessage<Error>(HasSubstr("cut short")));
    EXPECT_THAT([&] { test::decoded(std::span(file).first(last + 40)); }, ThrowsMessage<Error>(HasSubstr("cut short")));
  }
}

TEST(WholeFile, KindsThatDeclareNoLengthAreReadWithAWarning) {
  for (const int format :
       {SF_FORMAT_PAF | SF_FORMAT_PCM_16, SF_FORMAT_IRCAM | SF_FORMAT_PCM_16, SF_FORMAT_PVF | SF_FORMAT_PCM_16}) {
    const test::Decoded got = test::decoded(audio_file(format));
    EXPECT_EQ(got.wave.size(), kSamples) << std::hex << format;
    EXPECT_THAT(got.warnings, ElementsAre(HasSubstr("is in a format that declares no length"))) << std::hex << format;
  }
}

}  // namespace
}  // namespace stapes
