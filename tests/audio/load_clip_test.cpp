// SPDX-License-Identifier: Apache-2.0
#include "audio/load_clip.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "support/audio_files.h"
#include "support/shared_data.h"
#include "support/temp_dir.h"

namespace stapes {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(LoadClip, TrimsExactZerosAndKeepsThoseInside) {
  const test::TempDir dir;
  test::write_audio(dir / "a", {0, 0, 0.5f, 0, -0.25f, 0}, 20000);
  EXPECT_THAT(load_clip(dir / "a", 20000), ElementsAre(16384, 0, -8192));
}

TEST(LoadClip, SilenceStaysWhole) {
  const test::TempDir dir;
  test::write_audio(dir / "a", std::vector<float>(1000), 20000);
  EXPECT_EQ(load_clip(dir / "a", 20000), std::vector<std::int16_t>(1000));
}

TEST(LoadClip, ResamplesToTheRateAsked) {
  const test::TempDir dir;
  test::write_audio(dir / "a", test::sine(96000, 440, 192000), 192000);
  const auto clip = load_clip(dir / "a", 16000);
  EXPECT_NEAR(static_cast<double>(clip.size()), 8000, 2);
  const auto want = test::sine(8000, 440, 16000);
  const std::size_t shift = 8000 - clip.size();  // leading zeros were trimmed
  for (std::size_t i = 400; i < 7600; ++i) ASSERT_NEAR(clip[i], 32768 * want[i + shift], 50) << i;
}

TEST(LoadClip, RefusesAClipWithoutSamples) {
  const test::TempDir dir;
  test::write_audio(dir / "none.wav", {}, 16000);
  EXPECT_THAT([&] { load_clip(dir / "none.wav", 20000); },
              ThrowsMessage<Error>(AllOf(HasSubstr("none.wav"), HasSubstr("holds no samples"))));
}

TEST(LoadClip, RefusesAClipShorterThanASampleAtTheNewRate) {
  const test::TempDir dir;
  test::write_audio(dir / "one.wav", {0.5f}, 192000);
  EXPECT_THAT([&] { load_clip(dir / "one.wav", 16000); },
              ThrowsMessage<Error>(AllOf(HasSubstr("one.wav"), HasSubstr("too short"))));
  EXPECT_THAT(load_clip(dir / "one.wav", 192000), ElementsAre(16384));
}

// The published pipeline used another resampler.
TEST(LoadClip, SoundsLikeThePublishedPipeline) {
  STAPES_NEEDS_TEST_DATA("data/ESC-50/audio/4-182395-A-0.ogg");
  const auto golden = test::read_golden<float>("crops.f32");
  constexpr std::size_t kWindow = 30225;
  const char* const clips[] = {"4-182395-A-0", "4-164021-A-1", "4-160999-A-10", "4-156843-A-21"};
  for (std::size_t c = 0; c < 4; ++c) {
    const auto clip = load_clip(test::test_data_dir() / "data/ESC-50/audio" / (std::string(clips[c]) + ".ogg"), 20000);
    const std::size_t padded = clip.size() + 2 * (kWindow / 2);
    const auto first =
        static_cast<std::ptrdiff_t>(4 * ((padded - kWindow) / 9)) - static_cast<std::ptrdiff_t>(kWindow / 2);
    double best = 0;
    for (std::ptrdiff_t shift = -16; shift <= 16; ++shift) {  // the trims may differ by some samples
      double cross = 0, ours = 0, theirs = 0;
      for (std::size_t i = 0; i < kWindow; ++i) {
        const std::ptrdiff_t at = first + shift + static_cast<std::ptrdiff_t>(i);
        const double x =
            at < 0 || at >= static_cast<std::ptrdiff_t>(clip.size()) ? 0 : clip[static_cast<std::size_t>(at)];
        const double y = golden[c * kWindow + i];
        cross += x * y;
        ours += x * x;
        theirs += y * y;
      }
      best = std::max(best, cross / std::sqrt(ours * theirs + 1e-30));
    }
    EXPECT_GT(best, 0.99) << clips[c];
  }
}

}  // namespace
}  // namespace stapes
