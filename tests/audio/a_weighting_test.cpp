// SPDX-License-Identifier: Apache-2.0
#include "audio/a_weighting.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "audio/golden_crops.h"
#include "base/philox.h"
#include "support/audio_files.h"

namespace stapes {
namespace {

void expect_near_golden(const std::vector<double>& got, const std::string& golden) {
  const auto want = test::read_golden<double>(golden);
  ASSERT_EQ(got.size(), want.size());
  for (std::size_t i = 0; i < want.size(); ++i) EXPECT_NEAR(got[i], want[i], 1e-3) << golden << " frame " << i;
}

TEST(AWeighting, EqualsThePublishedGains) {
  AWeighting loudness(20000);
  expect_near_golden(loudness.frame_gains_db(test::golden_crop_a()), "gain_db_a.f64");
  expect_near_golden(loudness.frame_gains_db(test::golden_crop_b()), "gain_db_b.f64");
}

// Noise in which the frame with the most energy is not always the loudest.
std::vector<float> wandering_noise(std::uint32_t sample, std::size_t samples) {
  Philox random(7, Philox::Purpose::kTest, 0, sample);
  std::vector<float> wave(samples);
  double low = 0, level = 0.1, darkness = 0.5;
  for (std::size_t i = 0; i < samples; ++i) {
    if (i % 1000 == 0) {
      level = std::pow(10.0, random.uniform(-3, 0));
      darkness = random.uniform(0, 0.999);
    }
    low = darkness * low + random.uniform(-1, 1);
    wave[i] = static_cast<float>(level * low);
  }
  return wave;
}

TEST(AWeighting, LeavingFramesOutNeverChangesTheLargest) {
  for (const int sample_rate_hz : {8000, 16000, 20000, 44100}) {
    AWeighting loudness(sample_rate_hz);
    for (std::uint32_t sample = 0; sample < 50; ++sample) {
      const auto wave = wandering_noise(sample, 1 + 700 * sample);
      const auto gains = loudness.frame_gains_db(wave);
      EXPECT_EQ(loudness.gain_db(wave), *std::max_element(gains.begin(), gains.end()))
          << sample_rate_hz << " Hz, wave " << sample;
    }
  }
}

// A(1000 Hz) is 0 dB, so the result is the energy of the windowed tone: a^2/2 * n * sum(hann^2)/2, sum(hann^2) = 3n/8.
TEST(AWeighting, AToneOfOneKilohertzIsNotWeighted) {
  const double want = 10 * std::log10(0.5 * 0.5 / 2 * 2048.0 * (3.0 * 2048 / 8) / 2);
  AWeighting loudness(20000);
  EXPECT_NEAR(loudness.gain_db(test::sine(20000, 1000, 20000)), want, 0.02);
  EXPECT_NEAR(loudness.gain_db(test::sine(20000, 100, 20000)), want - 19.1, 0.3);  // IEC 61672: -19.1 dB
  EXPECT_NEAR(loudness.gain_db(test::sine(20000, 2500, 20000)), want + 1.3, 0.1);  // IEC 61672: +1.3 dB
}

TEST(AWeighting, SilenceIsMinus80Decibels) {
  AWeighting loudness(20000);
  EXPECT_EQ(loudness.gain_db(std::vector<float>(30225)), -80.0);
  EXPECT_EQ(loudness.gain_db({}), -80.0);
  EXPECT_EQ(loudness.gain_db(std::vector<float>(30225, 1e-9f)), -80.0);
}

TEST(AWeighting, FramesAreThoseOfTheRate) {
  EXPECT_EQ(AWeighting(16000).frame_samples(), 2048u);
  EXPECT_EQ(AWeighting(20000).frame_samples(), 2048u);
  EXPECT_EQ(AWeighting(44100).frame_samples(), 4096u);
  EXPECT_EQ(AWeighting(20000).frame_gains_db(std::vector<float>(30225)).size(), 28u);
  EXPECT_EQ(AWeighting(20000).frame_gains_db(std::vector<float>(3071)).size(), 1u);
  EXPECT_EQ(AWeighting(20000).frame_gains_db(std::vector<float>(3072)).size(), 2u);
}

TEST(AWeighting, AShortWaveIsPaddedToAFrame) {
  AWeighting loudness(20000);
  auto wave = test::sine(500, 1000, 20000);
  const double shorter = loudness.gain_db(wave);
  wave.resize(2048);
  EXPECT_EQ(loudness.gain_db(wave), shorter);
  EXPECT_GT(shorter, 0);
}

}  // namespace
}  // namespace stapes
