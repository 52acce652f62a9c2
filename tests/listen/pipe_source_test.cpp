// SPDX-License-Identifier: Apache-2.0
#include "listen/pipe_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <limits>
#include <thread>

#include "base/error.h"

namespace stapes::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// The output for `bytes` that arrive in pieces of `piece` bytes.
struct Piped {
  std::vector<float> samples;
  std::vector<std::string> notices;
};
Piped piped(const std::string& bytes, PcmFormat format, Channel channel = {}, std::size_t piece = 1 << 20) {
  ::signal(SIGPIPE, SIG_IGN);  // the source may close the pipe early
  int ends[2];
  if (::pipe(ends) != 0) throw std::runtime_error("pipe failed");
  std::thread writer([&] {
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      if (::write(ends[1], bytes.data() + at, std::min(piece, bytes.size() - at)) < 0) break;
    }
    ::close(ends[1]);
  });
  Piped result;
  const auto finish = [&] {
    ::close(ends[0]);
    writer.join();
  };
  try {
    PipeSource source(
        ends[0], "the pipe", format, channel, [&](const std::string& n) { result.notices.push_back(n); },
        [] { return false; });
    while (true) {
      const SoundSource::Block block = source.next();
      if (block.end) break;
      result.samples.insert(result.samples.end(), block.samples.begin(), block.samples.end());
    }
  } catch (...) {
    finish();
    throw;
  }
  finish();
  return result;
}

template <class T>
std::string bytes_of(std::initializer_list<T> values) {
  std::string bytes(values.size() * sizeof(T), 0);
  std::memcpy(bytes.data(), std::data(values), bytes.size());
  return bytes;
}

TEST(PipeSource, ReadsEachEncoding) {
  EXPECT_THAT(piped(bytes_of<std::int16_t>({16384, -32768}), {8000, 1, SampleEncoding::kS16}).samples,
              ElementsAre(0.5f, -1.0f));
  EXPECT_THAT(piped(std::string("\x00\x00\x40\x00\x00\x80", 6), {8000, 1, SampleEncoding::kS24}).samples,
              ElementsAre(0.5f, -1.0f));
  EXPECT_THAT(piped(bytes_of<std::int32_t>({1 << 30, std::numeric_limits<int>::min()}), {8000, 1, SampleEncoding::kS32})
                  .samples,
              ElementsAre(0.5f, -1.0f));
  EXPECT_THAT(piped(bytes_of<float>({0.25f, -2.0f}), {8000, 1, SampleEncoding::kF32}).samples,
              ElementsAre(0.25f, -2.0f));
}

TEST(PipeSource, BytesMayArriveOneByOne) {
  const std::string bytes = bytes_of<std::int16_t>({1, 2, 3, 4, 5, 6, 7, 8});
  const PcmFormat stereo{8000, 2, SampleEncoding::kS16};
  EXPECT_EQ(piped(bytes, stereo, {}, 1).samples, piped(bytes, stereo).samples);
}

TEST(PipeSource, MixesChannelsOrTakesOne) {
  std::string bytes;
  for (int frame = 0; frame < 2; ++frame) {
    bytes += bytes_of<std::int16_t>({0, 8192, 16384, 0, 0, 0, 0, 8192});  // 8 channels
  }
  const PcmFormat format{48000, 8, SampleEncoding::kS16};
  EXPECT_THAT(piped(bytes, format).samples, ElementsAre(0.125f, 0.125f));
  EXPECT_THAT(piped(bytes, format, {3}).samples, ElementsAre(0.5f, 0.5f));
  EXPECT_THAT([&] { piped(bytes, format, {9}); },
              testing::ThrowsMessage<Error>(HasSubstr("has 8 channels; expected at least 9 for --channel 9")));
}

TEST(PipeSource, NonFiniteSamplesCountAsZeroAndAreReportedOnce) {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN(), kInfinity = std::numeric_limits<float>::infinity();
  const Piped result = piped(bytes_of<float>({0.5f, kNan, -kInfinity, 1e30f, 0.25f}), {8000, 1, SampleEncoding::kF32});
  EXPECT_THAT(result.samples, ElementsAre(0.5f, 0.0f, 0.0f, 0.0f, 0.25f));
  EXPECT_THAT(result.notices, ElementsAre(HasSubstr("expected finite samples")));
}

TEST(PipeSource, ReportsASampleThatIsCutOff) {
  const Piped result = piped(std::string("\x00\x40\x00", 3), {8000, 1, SampleEncoding::kS16});
  EXPECT_THAT(result.samples, ElementsAre(0.5f));
  EXPECT_THAT(result.notices, ElementsAre("the pipe ends in the middle of a sample; bytes ignored: 1"));
}

TEST(PipeSource, AnEmptyPipeIsTheEnd) { EXPECT_TRUE(piped("", {8000, 1, SampleEncoding::kS16}).samples.empty()); }

TEST(PipeSource, RefusesSoundFiles) {
  EXPECT_THAT(
      [] {
        piped("RIFF\x24\x00\x00\x00WAVE", {8000, 1, SampleEncoding::kS16});
      },
      testing::ThrowsMessage<Error>(HasSubstr("the pipe is a sound file; expected raw samples")));
}

}  // namespace
}  // namespace stapes::test
