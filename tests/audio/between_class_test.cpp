// SPDX-License-Identifier: Apache-2.0
#include "audio/between_class.h"

#include <gtest/gtest.h>

#include <cmath>

#include "audio/a_weighting.h"
#include "audio/golden_crops.h"

namespace stapes {
namespace {

TEST(BetweenClass, EqualsThePublishedMix) {
  const auto a = test::golden_crop_a(), b = test::golden_crop_b();
  AWeighting loudness(20000);
  std::vector<float> got(a.size());
  mix(a, b, mix_weights(loudness.gain_db(a), loudness.gain_db(b), 0.3), 1.0f, got);
  const auto want = test::read_golden<float>("mixed.f32");
  ASSERT_EQ(want.size(), got.size());
  for (std::size_t i = 0; i < want.size(); ++i) ASSERT_NEAR(got[i], want[i], 1e-4) << "sample " << i;
}

TEST(BetweenClass, EqualSoundsInEqualSharesGetEqualWeights) {
  const MixWeights weights = mix_weights(12, 12, 0.5);
  EXPECT_NEAR(weights.a, std::sqrt(0.5), 1e-6);
  EXPECT_NEAR(weights.b, std::sqrt(0.5), 1e-6);
}

TEST(BetweenClass, TheLouderSoundIsTurnedDown) {
  const MixWeights weights = mix_weights(20, 0, 0.5);  // a is 10 times as loud: t = 1 / 11
  EXPECT_NEAR(weights.a / weights.b, 0.1, 1e-6);
}

TEST(BetweenClass, WeightsHaveLengthOneAndTheEndsAreOneSoundAlone) {
  for (const double ratio : {0.0, 1e-9, 0.2, 0.7, 1 - 1e-9, 1.0}) {
    for (const double gap_db : {-80.0, 0.0, 35.0, 120.0}) {
      const MixWeights weights = mix_weights(gap_db, 0, ratio);
      EXPECT_NEAR(std::hypot(weights.a, weights.b), 1, 1e-6) << ratio << " " << gap_db;
    }
  }
  EXPECT_EQ(mix_weights(30, -20, 0).a, 0.0f);
  EXPECT_EQ(mix_weights(30, -20, 1).b, 0.0f);
}

TEST(BetweenClass, TheResultMayTakeTheFirstWavesPlace) {
  std::vector<float> a = {1, 2, 3};
  const std::vector<float> b = {10, 20, 30};
  mix(a, b, {.a = 2, .b = 1}, 0.5f, a);
  EXPECT_EQ(a, (std::vector<float>{6, 12, 18}));
}

}  // namespace
}  // namespace stapes
