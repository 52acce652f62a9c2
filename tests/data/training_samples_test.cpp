// SPDX-License-Identifier: Apache-2.0
#include "data/training_samples.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "base/error.h"
#include "data/tiny_data_set.h"
#include "support/audio_files.h"

namespace stapes {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

struct OwnedClips {
  std::vector<std::vector<std::int16_t>> samples;
  ClipSet set;

  void add(int label, std::vector<std::int16_t> clip) {
    samples.push_back(std::move(clip));
    set.clips.push_back({.samples = samples.back(), .label = label, .fold = 1, .name = "clip", .source = "s"});
    while (static_cast<int>(set.labels.size()) <= label) set.labels.push_back(std::to_string(set.labels.size()));
    set.sample_rate_hz = 16000;
  }
};

OwnedClips noise_clips(int clips, int labels) {
  OwnedClips owned;
  for (int i = 0; i < clips; ++i)
    owned.add(i % labels, test::noise_clip(static_cast<std::uint32_t>(i), 500 + 311 * static_cast<std::size_t>(i)));
  return owned;
}

struct Samples {
  std::vector<float> waves, targets;
  std::span<const float> wave(std::size_t i, std::size_t window) const {
    return std::span(waves).subspan(i * window, window);
  }
};

Samples draw(const TrainingSamples& from, std::size_t first, std::size_t count, int threads = 1,
             std::uint32_t epoch = 0) {
  Samples drawn{std::vector<float>(count * from.window_samples()), std::vector<float>(count * from.class_count())};
  from.fill(epoch, first, count, drawn.waves, drawn.targets, threads);
  return drawn;
}

TEST(TrainingSamples, DependOnSeedEpochAndNumberAlone) {
  const OwnedClips owned = noise_clips(9, 3);
  const TrainingSamples samples(owned.set, {.window_samples = 1000}, 5);
  const Samples all = draw(samples, 0, 32, 1);
  for (const int threads : {2, 5}) {
    const Samples again = draw(samples, 0, 32, threads);
    EXPECT_EQ(again.waves, all.waves);
    EXPECT_EQ(again.targets, all.targets);
  }
  const Samples one = draw(samples, 17, 1);
  EXPECT_TRUE(std::equal(one.waves.begin(), one.waves.end(), all.waves.begin() + 17 * 1000));
  EXPECT_NE(draw(samples, 0, 32, 1, 1).waves, all.waves);
  EXPECT_NE(draw(TrainingSamples(owned.set, {.window_samples = 1000}, 6), 0, 32).waves, all.waves);
}

TEST(TrainingSamples, TargetsHoldTwoClassesInUniformShares) {
  constexpr std::size_t kCount = 6000;
  const OwnedClips owned = noise_clips(12, 4);
  const TrainingSamples samples(owned.set, {.window_samples = 64}, 1);
  const Samples drawn = draw(samples, 0, kCount);
  std::vector<int> decile(10);
  std::map<std::pair<int, int>, int> pairs;
  for (std::size_t i = 0; i < kCount; ++i) {
    const auto row = std::span(drawn.targets).subspan(i * 4, 4);
    std::vector<int> present;
    float sum = 0;
    for (int c = 0; c < 4; ++c) {
      if (row[static_cast<std::size_t>(c)] > 0) present.push_back(c);
      sum += row[static_cast<std::size_t>(c)];
    }
    ASSERT_EQ(present.size(), 2u) << "sample " << i;
    EXPECT_NEAR(sum, 1, 1e-6);
    ++pairs[{present[0], present[1]}];
    ++decile[std::min<std::size_t>(9, static_cast<std::size_t>(row[static_cast<std::size_t>(present[0])] * 10))];
  }
  // Binomial with n = 6000: 600 +- 23 per decile, 1000 +- 29 for each of 6 pairs; five deviations are allowed.
  for (const int n : decile) EXPECT_NEAR(n, 600, 115);
  EXPECT_EQ(pairs.size(), 6u);
  for (const auto& [pair, n] : pairs) EXPECT_NEAR(n, 1000, 145) << pair.first << " and " << pair.second;
}

// Both classes are the same constant, so the mix is that constant times gain / sqrt(r^2 + (1 - r)^2).
TEST(TrainingSamples, GainIsUniformInDecibels) {
  OwnedClips owned;
  owned.set.clips.reserve(2);
  for (int label = 0; label < 2; ++label) owned.add(label, std::vector<std::int16_t>(100000, 8192));
  const TrainingSamples samples(owned.set, {.window_samples = 2048}, 3);
  const Samples drawn = draw(samples, 0, 2000);
  double sum = 0, low = 99, high = -99;
  int counted = 0;
  for (std::size_t i = 0; i < 2000; ++i) {
    const auto wave = drawn.wave(i, 2048);
    if (wave.front() != wave.back() || wave.front() != wave[1024]) continue;  // the crop reaches into the padding
    const double r = drawn.targets[2 * i];
    const double gain_db = 20 * std::log10(wave[0] / 0.25 * std::sqrt(r * r + (1 - r) * (1 - r)));
    sum += gain_db;
    low = std::min(low, gain_db);
    high = std::max(high, gain_db);
    ++counted;
  }
  EXPECT_GT(counted, 1800);
  EXPECT_NEAR(sum / counted, 0, 0.4);  // 6 / sqrt(3) / sqrt(1800) = 0.08
  EXPECT_NEAR(low, -6, 0.1);
  EXPECT_NEAR(high, 6, 0.1);
  EXPECT_GE(low, -6.0001);
  EXPECT_LE(high, 6.0001);
}

// One class is a tone, the other silence. The tone's period reveals the stretch.
TEST(TrainingSamples, StretchIsLogUniformWithinItsBounds) {
  OwnedClips owned;
  owned.samples.reserve(2);
  std::vector<std::int16_t> tone(200000);
  for (std::size_t i = 0; i < tone.size(); ++i) tone[i] = static_cast<std::int16_t>(i % 40 < 20 ? 10000 : -10000);
  owned.add(0, tone);
  owned.add(1, std::vector<std::int16_t>(200000));
  const TrainingSamples samples(owned.set, {.window_samples = 4000}, 9);
  const Samples drawn = draw(samples, 0, 1000);
  std::vector<double> logs;
  for (std::size_t i = 0; i < 1000; ++i) {
    const auto wave = drawn.wave(i, 4000);
    std::vector<std::size_t> rises;
    for (std::size_t k = 1; k < 4000; ++k) {
      if (wave[k - 1] < 0 && wave[k] >= 0) rises.push_back(k);
    }
    if (rises.size() < 70) continue;  // the crop reaches into the padding
    const double period = static_cast<double>(rises.back() - rises.front()) / static_cast<double>(rises.size() - 1);
    logs.push_back(std::log(period / 40) / std::log(1.25));
  }
  ASSERT_GT(logs.size(), 900u);
  double sum = 0;
  for (const double u : logs) sum += u;
  EXPECT_NEAR(sum / static_cast<double>(logs.size()), 0, 0.1);  // 1 / sqrt(3 * 900) = 0.02
  EXPECT_NEAR(*std::min_element(logs.begin(), logs.end()), -1, 0.03);
  EXPECT_NEAR(*std::max_element(logs.begin(), logs.end()), 1, 0.03);
}

// A constant against silence, both as long as the window. Zeros at one end show the crop's start.
TEST(TrainingSamples, CropsReachHalfAWindowIntoThePadding) {
  OwnedClips owned;
  owned.samples.reserve(2);
  owned.add(0, std::vector<std::int16_t>(1000, 10000));
  owned.add(1, std::vector<std::int16_t>(1000));
  const TrainingSamples samples(owned.set, {.window_samples = 1000, .max_stretch = 1}, 2);
  const Samples drawn = draw(samples, 0, 4000);
  std::size_t max_before = 0, max_after = 0;
  double before_sum = 0;
  for (std::size_t i = 0; i < 4000; ++i) {
    const auto wave = drawn.wave(i, 1000);
    const auto loud = [](float x) { return x != 0; };
    const auto before = static_cast<std::size_t>(std::find_if(wave.begin(), wave.end(), loud) - wave.begin());
    const auto after = static_cast<std::size_t>(std::find_if(wave.rbegin(), wave.rend(), loud) - wave.rbegin());
    if (before == 1000) continue;
    max_before = std::max(max_before, before);
    max_after = std::max(max_after, after);
    before_sum += static_cast<double>(before) - static_cast<double>(after);
  }
  EXPECT_LE(max_before, 500u);
  EXPECT_LE(max_after, 500u);
  EXPECT_GE(max_before, 495u);
  EXPECT_GE(max_after, 495u);
  EXPECT_NEAR(before_sum / 4000, 0, 25);  // uniform over +-500: 289 / sqrt(4000) = 4.6
}

TEST(TrainingSamples, OneSampleAndSilentClipsGiveFiniteWaves) {
  OwnedClips owned;
  owned.samples.reserve(3);
  owned.add(0, {32767});
  owned.add(1, std::vector<std::int16_t>(10));
  owned.add(2, {-32768, 32767});
  for (const int window : {1, 2, 7, 3000}) {
    const TrainingSamples samples(owned.set, {.window_samples = window}, 4);
    const Samples drawn = draw(samples, 0, 300);
    EXPECT_TRUE(std::all_of(drawn.waves.begin(), drawn.waves.end(), [](float x) { return std::isfinite(x); }));
  }
}

BackgroundMix mix_of(const OwnedClips& owned, double share, double min_db, double max_db) {
  return {.clips = owned.set, .min_snr_db = min_db, .max_snr_db = max_db, .share = share};
}

TEST(TrainingSamples, BackgroundsAreDrawnLastAndOnlyForAShare) {
  const OwnedClips owned = noise_clips(9, 3), background = noise_clips(4, 1);
  const AugmentSpec spec{.window_samples = 400};
  const TrainingSamples without(owned.set, spec, 5), with(owned.set, spec, 5, mix_of(background, 0.25, -5, 15));
  constexpr std::uint32_t kCount = 2000;
  int mixed = 0;
  double low = 99, high = -99;
  std::vector<int> of_clip(4);
  for (std::uint32_t i = 0; i < kCount; ++i) {
    const SampleDraw a = without.draw(3, i), b = with.draw(3, i);
    EXPECT_FALSE(a.background);
    EXPECT_EQ(a.a.clip, b.a.clip);
    EXPECT_EQ(a.b.first, b.b.first);
    EXPECT_EQ(a.ratio, b.ratio);
    EXPECT_EQ(a.gain, b.gain);
    if (!b.background) continue;
    ++mixed;
    ++of_clip[b.background->clip];
    low = std::min(low, b.background->snr_db);
    high = std::max(high, b.background->snr_db);
    EXPECT_GE(b.background->first, 0);
    EXPECT_LE(static_cast<std::size_t>(b.background->first) + 400, background.samples[b.background->clip].size());
  }
  EXPECT_NEAR(mixed, kCount / 4, 100);  // 5 standard deviations of sqrt(2000 * 3 / 16)
  for (const int n : of_clip) EXPECT_NEAR(n, mixed / 4, 55);
  EXPECT_NEAR(low, -5, 0.3);
  EXPECT_NEAR(high, 15, 0.3);
}

TEST(TrainingSamples, ABackgroundIsMixedUnderTheSampleAtTheDrawnRatio) {
  const OwnedClips owned = noise_clips(6, 3), background = noise_clips(4, 1);
  const AugmentSpec spec{.window_samples = 400};
  const TrainingSamples without(owned.set, spec, 5), with(owned.set, spec, 5, mix_of(background, 0.5, 0, 20));
  const Samples plain = draw(without, 0, 64), mixed = draw(with, 0, 64), again = draw(with, 0, 64, 3);
  EXPECT_EQ(plain.targets, mixed.targets);
  EXPECT_EQ(again.waves, mixed.waves);
  int unchanged = 0;
  for (std::uint32_t i = 0; i < 64; ++i) {
    const auto a = plain.wave(i, 400), b = mixed.wave(i, 400);
    const SampleDraw draw = with.draw(0, i);
    if (!draw.background) {
      EXPECT_TRUE(std::equal(a.begin(), a.end(), b.begin()));
      ++unchanged;
      continue;
    }
    const double q = std::pow(10, -draw.background->snr_db / 10), keep = 1 / std::sqrt(1 + q);
    const auto& clip = background.samples[draw.background->clip];
    double power = 0, noise = 0;
    const auto under = [&](std::size_t k) {
      return clip[static_cast<std::size_t>(draw.background->first) + k] / 32768.0;
    };
    for (std::size_t k = 0; k < 400; ++k) {
      power += a[k] * static_cast<double>(a[k]);
      noise += under(k) * under(k);
    }
    for (std::size_t k = 0; k < 400; ++k) {
      EXPECT_NEAR(b[k], keep * (a[k] + std::sqrt(q * power / noise) * under(k)), 1e-5);
    }
  }
  EXPECT_GT(unchanged, 15);
  EXPECT_LT(unchanged, 49);
}

TEST(TrainingSamples, RefuseBackgroundsThatCannotBeMixed) {
  const OwnedClips owned = noise_clips(4, 2), background = noise_clips(2, 1);
  const auto refusal = [&](const BackgroundMix& mix, const char* why) {
    EXPECT_THAT([&] { TrainingSamples(owned.set, {.window_samples = 400}, 1, mix); },
                ThrowsMessage<UsageError>(HasSubstr(why)));
  };
  refusal(mix_of(background, 1.5, 0, 10), "background share 1.5 is out of range");
  refusal(mix_of(background, 0.5, 10, 0),
          "signal-to-noise ratios: expected two values in dB from -30 to 60, the lower one first, such as 0,20; got "
          "'10,0'");
  refusal(mix_of(background, 0.5, -31, 0), "got '-31,0'");
  refusal(mix_of(background, 0.5, 0, 61), "got '0,61'");
  refusal(mix_of(background, 0.5, std::nan(""), 0), "got 'nan,0'");
  BackgroundMix other_rate = mix_of(background, 0.5, 0, 10);
  other_rate.clips.sample_rate_hz = 8000;
  refusal(other_rate, "backgrounds at 8000 Hz for clips at 16000 Hz");
  BackgroundMix images = mix_of(background, 0.5, 0, 10);
  images.clips.image = ImageSize{1, 1, 1};
  images.clips.sample_rate_hz = 0;
  refusal(images, "the backgrounds are images; expected sound");
  OwnedClips brief;
  brief.add(0, std::vector<std::int16_t>(399, 1));
  refusal(mix_of(brief, 0.5, 0, 10), "has 399 samples; expected at least 400, one window");
}

TEST(TrainingSamples, AnEpochIsTheClipsOverTheBatch) {
  const OwnedClips owned = noise_clips(130, 2);
  const TrainingSamples samples(owned.set, {.window_samples = 64}, 1);
  EXPECT_EQ(samples.batches_per_epoch(64), 2u);
  EXPECT_EQ(samples.batches_per_epoch(130), 1u);
  EXPECT_EQ(samples.batches_per_epoch(1000), 1u);
}

TEST(TrainingSamples, RefuseWhatCannotBeMixed) {
  const OwnedClips one_class = noise_clips(5, 1), two = noise_clips(4, 2);
  EXPECT_THAT([&] { TrainingSamples(one_class.set, {.window_samples = 64}, 1); },
              ThrowsMessage<UsageError>(HasSubstr("two classes")));
  EXPECT_THROW(TrainingSamples({}, {.window_samples = 64}, 1), UsageError);
  ClipSet images = two.set;
  images.image = ImageSize{1, 1, 1};
  EXPECT_THAT([&] { TrainingSamples(images, {.window_samples = 64}, 1); },
              ThrowsMessage<UsageError>(HasSubstr("holds images; expected sound")));
  EXPECT_THROW(TrainingSamples(two.set, {.window_samples = 0}, 1), UsageError);
  EXPECT_THROW(TrainingSamples(two.set, {.window_samples = 64, .max_stretch = 0.9}, 1), UsageError);
  EXPECT_THROW(TrainingSamples(two.set, {.window_samples = 64, .max_stretch = std::nan("")}, 1), UsageError);
  EXPECT_THROW(TrainingSamples(two.set, {.window_samples = 64, .max_gain_db = -1}, 1), UsageError);
}

TEST(TrainingSamples, RefuseBuffersOfAnotherSize) {
  const OwnedClips owned = noise_clips(4, 2);
  const TrainingSamples samples(owned.set, {.window_samples = 64}, 1);
  std::vector<float> waves(128), targets(4);
  EXPECT_THROW(samples.fill(0, 0, 3, waves, targets, 1), Error);
  EXPECT_THROW(samples.fill(0, 0, 2, waves, std::span(targets).first(3), 1), Error);
}

}  // namespace
}  // namespace stapes
