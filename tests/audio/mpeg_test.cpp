// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <functional>

#include "audio/mpeg_frames.h"
#include "base/error.h"
#include "base/files.h"
#include "support/audio_files.h"
#include "support/decoded.h"
#include "support/temp_dir.h"

namespace stapes {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::ThrowsMessage;

using Bytes = std::vector<std::byte>;

constexpr std::size_t kMp3Samples = 60000;
constexpr double kEncoderDelay = 3 * 1152;  // added by the encoder at both ends

Bytes mp3_file() {
  const test::TempDir dir;
  test::write_audio(dir / "a", test::sine(kMp3Samples, 440, 22050), 22050, 1, test::kMp3);
  return read_file(dir / "a");
}

std::size_t info_place(const Bytes& file) {
  const std::string_view text(reinterpret_cast<const char*>(file.data()), file.size());
  return std::min(text.find("Xing"), text.find("Info"));
}

Bytes with_frames(Bytes file, std::uint32_t frames) {
  const std::size_t at = info_place(file) + 8;
  for (std::size_t i = 0; i < 4; ++i) file[at + i] = static_cast<std::byte>(frames >> (24 - 8 * i));
  return file;
}

Bytes joined(std::initializer_list<Bytes> parts) {
  Bytes all;
  for (const Bytes& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

Bytes bytes_of(std::string_view text) {
  const auto raw = std::as_bytes(std::span(text));
  return {raw.begin(), raw.end()};
}

Bytes id3_tag(std::size_t bytes) {
  const Bytes picture(bytes, std::byte{0xFF});  // may look like the start of a frame
  Bytes header = bytes_of(std::string_view("ID3\4\0\0\0\0\0\0", 10));
  header[8] = static_cast<std::byte>(bytes >> 7);
  header[9] = static_cast<std::byte>(bytes & 0x7F);
  return joined({header, picture});
}

// APEv2: header, items, footer; the size excludes the header.
Bytes ape_tag() {
  const std::string item("\4\0\0\0\0\0\0\0Title\0Tune", 18);
  const auto block = [&](char flags) {
    return bytes_of(std::string("APETAGEX\xD0\7\0\0", 12) + static_cast<char>(item.size() + 32) +
                    std::string("\0\0\0\1\0\0\0\0\0\0", 10) + flags + std::string(8, '\0'));
  };
  return joined({block('\xA0'), bytes_of(item), block('\x80')});
}

Bytes id3v1_tag() { return bytes_of("TAG" + std::string(125, ' ')); }

// The MP3 file without its info frame.
Bytes bare_frames() {
  const Bytes file = mp3_file();
  const ByteSource source(file);
  const MpegFrames frames = *find_mpeg_frames(source, {0, source.size()});
  const std::string_view text(reinterpret_cast<const char*>(file.data()), file.size());
  const std::size_t begin = static_cast<std::size_t>(frames.runs[0].begin);
  return {file.begin() + static_cast<std::ptrdiff_t>(text.find(text.substr(begin, 2), info_place(file))), file.end()};
}

// WAV with format tag 0x55; `length` is declared in its data chunk.
Bytes in_wav(const Bytes& mp3, std::uint32_t length) {
  Bytes wav =
      bytes_of(std::string_view("RIFF\0\0\0\0WAVEfmt \x1E\0\0\0\x55\0\1\0\x22\x56\0\0\x40\x1F\0\0\1\0\0\0"
                                "\x0C\0\1\0\2\0\0\0\1\0\1\0\0\0data\0\0\0\0",
                                58));
  std::memcpy(wav.data() + 54, &length, 4);
  return joined({wav, mp3});
}

struct Odd {
  const char* name;
  std::function<Bytes()> make;
  const char* warning;  // nullptr: none
};

class OddMp3 : public testing::TestWithParam<Odd> {};

TEST_P(OddMp3, IsReadToItsEnd) {
  const Bytes file = GetParam().make();
  testing::internal::CaptureStderr();
  const test::Decoded got = test::decoded(file);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "") << "libraries do not speak for themselves";
  EXPECT_NEAR(static_cast<double>(got.wave.size()), kMp3Samples, kEncoderDelay);
  if (GetParam().warning == nullptr) {
    EXPECT_THAT(got.warnings, IsEmpty());
  } else {
    EXPECT_THAT(got.warnings, Contains(HasSubstr(GetParam().warning)));
  }
  double energy = 0;
  for (const float x : got.wave) energy += x * x;
  // Frames just after the damage use bits of the damaged frames, so they are lost too.
  const bool damaged = GetParam().warning != nullptr && GetParam().warning == std::string_view("skipped");
  EXPECT_NEAR(energy, kMp3Samples * 0.125, kMp3Samples * (damaged ? 0.03 : 0.01));
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, OddMp3,
    testing::Values(Odd{"AsEncoded", mp3_file, nullptr}, Odd{"NoHeader", bare_frames, nullptr},
                    Odd{"HeaderSays0", [] { return with_frames(mp3_file(), 0); }, nullptr},
                    Odd{"HeaderSays20", [] { return with_frames(mp3_file(), 20); }, "declares 20 MPEG frames"},
                    Odd{"Zeros",
                        [] {
                          return joined({Bytes(3000), mp3_file()});
                        },
                        nullptr},
                    Odd{"LeadingText",
                        [] {
                          return joined({bytes_of(std::string(5000, '<')), bare_frames()});
                        },
                        nullptr},
                    Odd{"TwoId3Tags",
                        [] {
                          return joined({id3_tag(300), id3_tag(2000), mp3_file()});
                        },
                        nullptr},
                    Odd{"Id3v1",
                        [] {
                          return joined({mp3_file(), id3v1_tag()});
                        },
                        nullptr},
                    Odd{"InsideAFrame",
                        [] {
                          auto b = bare_frames();
                          return Bytes(b.begin() + 50, b.end());
                        },
                        nullptr},
                    Odd{"EndsInsideAFrame",
                        [] {
                          auto b = bare_frames();
                          b.resize(b.size() - 50);
                          return b;
                        },
                        "ends inside"},
                    Odd{"DamagedInTheMiddle",
                        [] {
                          auto b = bare_frames();
                          std::fill_n(b.begin() + static_cast<std::ptrdiff_t>(b.size() / 2), 200, std::byte{0});
                          return b;
                        },
                        "skipped"},
                    Odd{"InWav", [] { return in_wav(bare_frames(), static_cast<std::uint32_t>(bare_frames().size())); },
                        nullptr},
                    Odd{"InWavOfUnknownLength", [] { return in_wav(bare_frames(), 0xFFFFFFFF); }, nullptr},
                    Odd{"InUnfinishedWav", [] { return in_wav(bare_frames(), 0); }, "never finished"}),
    [](const auto& info) { return info.param.name; });

TEST(Mpeg, StreamsJoinedWithTheirTagsAreReadToTheEnd) {
  const Bytes one = bare_frames();
  const std::size_t alone = test::decoded(one).wave.size();
  for (const Bytes& between :
       {Bytes(), id3_tag(300), joined({ape_tag(), id3v1_tag()}), joined({ape_tag(), id3v1_tag(), id3_tag(300)})}) {
    const Bytes file = joined({one, between, one});
    const test::Decoded got = test::decoded(file);
    EXPECT_EQ(got.wave.size(), 2 * alone) << between.size() << " bytes of tags";
    EXPECT_THAT(got.warnings, IsEmpty());
    const ByteSource source(file);
    const MpegFrames frames = *find_mpeg_frames(source, {0, source.size()});
    EXPECT_EQ(frames.runs.size(), between.empty() ? 1u : 2u);
    for (const ByteRange& run : frames.runs) EXPECT_LT(run.begin, run.end);
  }
}

TEST(Mpeg, RunsAreBounded) {
  // MPEG 2 layer 3, 8 kbit/s at 24 kHz: 72 * 8000 / 24000 = 24 bytes.
  const Bytes frame = joined({bytes_of("\xFF\xF3\x14\xC4"), Bytes(20)});
  const Bytes tag = id3_tag(0);
  Bytes file = joined({frame, frame, frame});
  for (std::size_t runs = 1; runs < kMaxMpegRuns; ++runs) {
    file.insert(file.end(), tag.begin(), tag.end());
    file.insert(file.end(), frame.begin(), frame.end());
  }
  const ByteSource most(file);
  const MpegFrames frames = *find_mpeg_frames(most, {0, most.size()});
  EXPECT_EQ(frames.runs.size(), kMaxMpegRuns);
  EXPECT_EQ(frames.frame_count, kMaxMpegRuns + 2);
  EXPECT_FALSE(frames.too_many_runs);

  const Bytes more = joined({file, tag, frame});
  const ByteSource source(more);
  const MpegFrames bounded = *find_mpeg_frames(source, {0, source.size()});
  EXPECT_EQ(bounded.runs.size(), kMaxMpegRuns);
  EXPECT_TRUE(bounded.too_many_runs);
  EXPECT_THAT([&] { test::decoded(more); }, ThrowsMessage<Error>(AllOf(HasSubstr("more than 65536 pieces"),
                                                                       HasSubstr("ffmpeg -i memory memory.wav"))));
}

TEST(Mpeg, IsCutShortWhenItsHeaderDeclaresMore) {
  const Bytes file = mp3_file();
  for (const std::size_t bytes : {file.size() / 3, file.size() / 2, file.size() * 3 / 4}) {
    EXPECT_THAT([&] { test::decoded(std::span(file).first(bytes)); }, ThrowsMessage<Error>(HasSubstr("cut short")));
  }
  const Bytes wav = in_wav(bare_frames(), static_cast<std::uint32_t>(bare_frames().size()));
  EXPECT_THAT([&] { test::decoded(std::span(wav).first(wav.size() / 2)); },
              ThrowsMessage<Error>(HasSubstr("cut short")));
}

TEST(Mpeg, FilesThatOnlyBeginLikeItAreRefusedWithoutLibraryMessages) {
  for (const Bytes& file : {joined({bytes_of("\xFF\xFB\x90\x44"), Bytes(5000, std::byte{'x'})}),
                            joined({id3_tag(100), bytes_of(std::string(5000, 'x'))}), Bytes(4000, std::byte{0xFF})}) {
    testing::internal::CaptureStderr();
    EXPECT_THAT([&] { test::decoded(file); }, ThrowsMessage<Error>(HasSubstr("cannot")));
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  }
}

TEST(Mpeg, FreeFormatIsRefusedWithTheCommandThatConvertsIt) {
  Bytes file;
  for (int i = 0; i < 20; ++i) file = joined({file, bytes_of(std::string_view("\xFF\xFB\0\xC4", 4)), Bytes(300)});
  EXPECT_THAT([&] { test::decoded(file); },
              ThrowsMessage<Error>(AllOf(HasSubstr("free format"), HasSubstr("ffmpeg -i memory memory.wav"))));
}

TEST(Mpeg, FlippedBytesGiveFiniteSamplesOrAnError) {
  const Bytes whole = mp3_file();
  for (std::size_t at = 0; at < whole.size(); at += 97) {
    Bytes flipped = whole;
    flipped[at] ^= std::byte{0xFF};
    try {
      for (const float x : test::decoded(flipped).wave) ASSERT_TRUE(std::isfinite(x)) << "byte " << at;
    } catch (const Error&) {
    }
  }
}

}  // namespace
}  // namespace stapes
