// SPDX-License-Identifier: Apache-2.0
#include "audio/resample.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "support/audio_files.h"

namespace stapes {
namespace {

std::vector<float> resampled(std::span<const float> wave, int from_hz, int to_hz, std::size_t block) {
  Resampler resampler(from_hz, to_hz);
  std::vector<float> out;
  for (std::size_t at = 0; at < wave.size(); at += block) {
    resampler.process(wave.subspan(at, std::min(block, wave.size() - at)), out);
  }
  resampler.finish(out);
  return out;
}

TEST(Resampler, ATonePassesAtItsFrequencyAndLevel) {
  for (const int from_hz : {8000, 22050, 44100, 48000, 192000}) {
    const auto in = test::sine(static_cast<std::size_t>(from_hz), 1000, from_hz);
    const auto out = resampled(in, from_hz, 20000, in.size());
    const auto want = test::sine(20000, 1000, 20000);
    EXPECT_NEAR(static_cast<double>(out.size()), 20000, 1) << from_hz;
    for (std::size_t i = 500; i < 19500; ++i) ASSERT_NEAR(out[i], want[i], 1e-3) << from_hz << " Hz, sample " << i;
  }
}

TEST(Resampler, WhatTheNewRateCannotHoldIsFilteredOut) {
  const auto in = test::sine(48000, 15000, 48000);
  const auto out = resampled(in, 48000, 20000, in.size());
  for (std::size_t i = 500; i + 500 < out.size(); ++i) ASSERT_LT(std::abs(out[i]), 1e-4) << i;
}

TEST(Resampler, BlocksDoNotShow) {
  const auto in = test::sine(30000, 440, 44100);
  EXPECT_EQ(resampled(in, 44100, 16000, 1), resampled(in, 44100, 16000, in.size()));
  EXPECT_EQ(resampled(in, 44100, 16000, 777), resampled(in, 44100, 16000, in.size()));
}

TEST(Resampler, EqualRatesPassEveryBit) {
  const std::vector<float> in = {0.1f, -0.3f, 1.7f, 0.0f};
  EXPECT_EQ(resampled(in, 20000, 20000, 3), in);
}

TEST(Resampler, NothingInNothingOut) { EXPECT_TRUE(resampled({}, 44100, 20000, 1).empty()); }

}  // namespace
}  // namespace stapes
