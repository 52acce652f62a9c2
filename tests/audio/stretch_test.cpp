// SPDX-License-Identifier: Apache-2.0
#include "audio/stretch.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/philox.h"
#include "support/shared_data.h"

namespace stapes {
namespace {

std::vector<std::int16_t> noise(std::size_t samples) {
  Philox random(3, Philox::Purpose::kTest);
  std::vector<std::int16_t> clip(samples);
  for (auto& x : clip) x = static_cast<std::int16_t>(random.next_u32());
  return clip;
}

std::vector<float> window(std::span<const std::int16_t> clip, double factor, std::ptrdiff_t first,
                          std::size_t samples) {
  std::vector<float> out(samples, 99.0f);
  stretched_window(clip, factor, first, out);
  return out;
}

TEST(Stretch, EqualsThePublishedStretch) {
  const auto clip = test::read_golden<std::int16_t>("clip_a.i16");
  const auto want = test::read_golden<double>("stretch_a_1p1.f64");
  ASSERT_EQ(stretched_length(clip.size(), 1.1), want.size());
  const auto got = window(clip, 1.1, 0, want.size());
  for (std::size_t i = 0; i < want.size(); ++i) ASSERT_NEAR(got[i], want[i] / 32768, 1e-4) << "sample " << i;
}

// The tolerance allows a position error of 1e-5 samples at a jump of 2 (full scale), plus rounding.
TEST(Stretch, EqualsLinearInterpolationAtEveryFactor) {
  const auto clip = noise(90000);
  for (const double factor : {0.8, 0.9371, 1.0, 1.1, 1.25, 3.7}) {
    const std::size_t length = stretched_length(clip.size(), factor);
    EXPECT_EQ(length, static_cast<std::size_t>(90000 * factor));
    const auto got = window(clip, factor, 0, length);
    for (std::size_t i = 0; i < length; ++i) {
      const double at = static_cast<double>(i) / factor;
      const std::size_t k = std::min(static_cast<std::size_t>(at), clip.size() - 1);
      const double f = at - static_cast<double>(k);
      const double want = (1 - f) * clip[k] + f * clip[std::min(k + 1, clip.size() - 1)];
      ASSERT_NEAR(got[i], want / 32768, 5e-5) << "factor " << factor << " sample " << i;
    }
  }
}

TEST(Stretch, AWindowIsACutOfTheWholeBetweenZeros) {
  const auto clip = noise(5000);
  const std::size_t length = stretched_length(clip.size(), 1.21);
  const auto whole = window(clip, 1.21, 0, length);
  for (const std::ptrdiff_t first : {-7000, -300, 0, 1, 4000, 6049, 6050, 9000}) {
    const auto part = window(clip, 1.21, first, 2000);
    for (std::size_t i = 0; i < part.size(); ++i) {
      const std::ptrdiff_t at = first + static_cast<std::ptrdiff_t>(i);
      const bool inside = at >= 0 && at < static_cast<std::ptrdiff_t>(length);
      ASSERT_NEAR(part[i], inside ? whole[static_cast<std::size_t>(at)] : 0.0f, 2e-6) << first << " + " << i;
    }
  }
}

TEST(Stretch, FactorOneIsTheClipItself) {
  const auto clip = noise(1000);
  const auto got = window(clip, 1.0, 0, 1000);
  for (std::size_t i = 0; i < clip.size(); ++i) ASSERT_EQ(got[i], static_cast<float>(clip[i]) / 32768);
}

TEST(Stretch, OneSampleStaysOneSample) {
  const std::vector<std::int16_t> clip = {16384};
  EXPECT_EQ(stretched_length(1, 0.8), 1u);
  EXPECT_EQ(window(clip, 0.8, -1, 3), (std::vector<float>{0, 0.5f, 0}));
  EXPECT_EQ(window(clip, 1.25, -1, 3), (std::vector<float>{0, 0.5f, 0}));
}

}  // namespace
}  // namespace stapes
