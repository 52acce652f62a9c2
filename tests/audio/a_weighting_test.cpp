#include "audio/a_weighting.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "audio/between_class.h"
#include "audio/pcm16.h"
#include "audio/stretch.h"
#include "base/philox.h"
#include "support/shared_data.h"

namespace stapes {
namespace {

// The two crops that golden/mixed.f32 was made of.
constexpr std::size_t kWindow = 30225;

std::vector<float> golden_crop(const std::string& clip, double factor, std::ptrdiff_t start) {
  const auto samples = test::read_golden<std::int16_t>(clip);
  std::vector<float> wave(kWindow);
  stretched_window(samples, factor, start - static_cast<std::ptrdiff_t>(kWindow / 2), wave);
  return wave;
}

TEST(AWeighting, EqualsThePublishedGains) {
  STAPES_NEEDS_SHARED("golden/gain_db_a.f64");
  AWeighting loudness(20000);
  const auto check = [&](const std::vector<float>& wave, const std::string& golden) {
    const auto want = test::read_golden<double>(golden);
    const auto got = loudness.frame_gains_db(wave);
    ASSERT_EQ(got.size(), want.size());
    for (std::size_t i = 0; i < want.size(); ++i) EXPECT_NEAR(got[i], want[i], 1e-3) << golden << " frame " << i;
  };
  check(golden_crop("clip_a.i16", 1.1, 5000), "gain_db_a.f64");
  check(golden_crop("clip_b.i16", 0.9, 20000), "gain_db_b.f64");
}

TEST(BetweenClass, EqualsThePublishedMix) {
  STAPES_NEEDS_SHARED("golden/mixed.f32");
  const auto a = golden_crop("clip_a.i16", 1.1, 5000);
  const auto b = golden_crop("clip_b.i16", 0.9, 20000);
  AWeighting loudness(20000);
  std::vector<float> got(kWindow);
  mix(a, b, mix_weights(loudness.gain_db(a), loudness.gain_db(b), 0.3), 1.0f, got);
  const auto want = test::read_golden<float>("mixed.f32");
  ASSERT_EQ(want.size(), got.size());
  for (std::size_t i = 0; i < want.size(); ++i) ASSERT_NEAR(got[i], want[i], 1e-4) << "sample " << i;
}

}  // namespace
}  // namespace stapes
