// SPDX-License-Identifier: Apache-2.0
#include "audio/mix_at_snr.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace stapes {
namespace {

// Uncorrelated: their products sum to 0.
const std::vector<float> kSound = {0.5f, 0.5f, -0.5f, -0.5f}, kBackground = {0.1f, -0.1f, 0.1f, -0.1f};

TEST(MixAtSnr, HasTheRatioAndTheLoudnessOfTheSound) {
  for (const double snr_db : {-20.0, 0.0, 6.0, 40.0}) {
    const SnrWeights w = snr_weights(mean_square(kSound), mean_square(kBackground), noise_to_signal(snr_db));
    const double sound = w.sound * w.sound * 0.25, background = w.background * w.background * 0.01;
    EXPECT_NEAR(10 * std::log10(sound / background), snr_db, 1e-4);
    std::vector<float> mixed = kSound;
    mix_at_snr(kBackground, snr_db, mixed);
    EXPECT_NEAR(mean_square(mixed), 0.25, 1e-6) << snr_db;
  }
}

// At 0 dB the weights are 1 / sqrt(2); the background is first scaled up by 5.
TEST(MixAtSnr, ByHand) {
  std::vector<float> mixed = kSound;
  mix_at_snr(kBackground, 0, mixed);
  const float half = std::sqrt(0.5f);
  for (std::size_t i = 0; i < mixed.size(); ++i) EXPECT_NEAR(mixed[i], half * (kSound[i] + 5 * kBackground[i]), 1e-6);
}

TEST(MixAtSnr, LeavesSilenceAndASoundOverSilenceAsTheyAre) {
  std::vector<float> silence(4), sound = kSound;
  mix_at_snr(kBackground, 0, silence);
  EXPECT_EQ(silence, std::vector<float>(4));
  mix_at_snr(std::vector<float>(4), 0, sound);
  EXPECT_EQ(sound, kSound);
  mix_at_snr({}, 0, {});
  EXPECT_EQ(mean_square({}), 0);
}

}  // namespace
}  // namespace stapes
