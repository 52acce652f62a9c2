// SPDX-License-Identifier: Apache-2.0
#include "spotting/composed_sound.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "support/tiny_models.h"

namespace stapes::test {
namespace {

constexpr int kRateHz = 8000;

class Background final : public SoundSource {
 public:
  explicit Background(std::vector<float> samples) : samples_(std::move(samples)) {}
  int sample_rate_hz() const override { return kRateHz; }
  Block next() override {
    const std::size_t count = std::min<std::size_t>(1000, samples_.size() - at_);
    at_ += count;
    return {.samples = std::span(samples_).subspan(at_ - count, count), .end = count == 0};
  }

 private:
  std::vector<float> samples_;
  std::size_t at_ = 0;
};

// Clips of half a second, each of a constant value.
struct Clips {
  std::vector<std::vector<std::int16_t>> samples;
  ClipSet set;

  explicit Clips(int count) {
    for (int i = 0; i < count; ++i) samples.emplace_back(4000, static_cast<std::int16_t>(1000 + i));
    for (int i = 0; i < count; ++i)
      set.clips.push_back(
          {.samples = samples[static_cast<std::size_t>(i)], .label = i % 2, .fold = 1, .name = "", .source = ""});
    set.labels = {"yes", "no"};
    set.sample_rate_hz = kRateHz;
  }
};

struct Composed {
  std::vector<float> samples;
  std::vector<PlacedClip> placed;
};

Composed compose(std::vector<float> background, ClipDeal& deal, const CompositionOptions& options,
                 std::uint32_t number = 0) {
  ComposedSound sound(std::make_unique<Background>(std::move(background)), deal, kRateHz, options, number);
  Composed made;
  for (SoundSource::Block block = sound.next(); !block.end; block = sound.next()) {
    made.samples.insert(made.samples.end(), block.samples.begin(), block.samples.end());
  }
  made.placed = sound.placed();
  return made;
}

std::size_t at(double seconds) { return static_cast<std::size_t>(std::lround(seconds * kRateHz)); }

TEST(ComposedSound, PutsEachClipWholeWhereItSays) {
  const Clips clips(6);
  const CompositionOptions options{.every_s = 2, .seed = 5};
  ClipDeal deal(clips.set, options);
  const Composed made = compose(std::vector<float>(60 * kRateHz), deal, options);
  ASSERT_EQ(made.placed.size(), 6u);
  EXPECT_EQ(deal.left(), 0u);
  ASSERT_EQ(made.samples.size(), 60u * kRateHz) << "as long as the background";
  std::set<float> values;
  double last_end = 0;
  for (const PlacedClip& clip : made.placed) {
    EXPECT_NEAR(clip.end_s - clip.start_s, 0.5, 1e-9);
    EXPECT_GE(clip.start_s - last_end, 1 - 1e-9);
    EXPECT_LE(clip.start_s - last_end, 3);
    last_end = clip.end_s;
    const float value = made.samples[at(clip.start_s)];
    EXPECT_EQ(value * 32768, std::round(value * 32768)) << "over silence a clip keeps its level";
    EXPECT_EQ(clip.label, static_cast<int>(value * 32768) % 2 == 0 ? "yes" : "no");
    EXPECT_EQ(made.samples[at(clip.end_s) - 1], value);
    EXPECT_EQ(made.samples[at(clip.start_s) - 1], 0);
    EXPECT_EQ(made.samples[at(clip.end_s)], 0);
    values.insert(value);
  }
  EXPECT_EQ(values.size(), 6u) << "each once";
}

TEST(ComposedSound, HasTheSnrThatWasAskedFor) {
  const Clips clips(4);
  std::vector<float> background = TinyRandom(3).floats(30 * kRateHz, 0.1);
  for (std::size_t i = 0; i < background.size() / 2; ++i)
    background[i] *= 0.1f;  // the second half is louder, so the clips must be too
  const CompositionOptions options{.snr_db = {6}, .every_s = 4, .seed = 2};
  ClipDeal deal(clips.set, options);
  const Composed made = compose(background, deal, options);
  ASSERT_EQ(made.placed.size(), 4u);
  for (const PlacedClip& clip : made.placed) {
    double power = 0, noise = 0;
    for (std::size_t i = at(clip.start_s); i < at(clip.end_s); ++i) {
      power += std::pow(made.samples[i] - background[i], 2);
      noise += std::pow(background[i], 2);
    }
    EXPECT_NEAR(10 * std::log10(power / noise), 6, 0.01);
  }
}

TEST(ComposedSound, DependsOnTheSeedAlone) {
  const Clips clips(6);
  const std::vector<float> background = TinyRandom(3).floats(40 * kRateHz, 0.1);
  const auto composed = [&](std::uint64_t seed, std::uint32_t number) {
    const CompositionOptions options{.snr_db = {0, 10, 20}, .every_s = 3, .seed = seed};
    ClipDeal deal(clips.set, options);
    return compose(background, deal, options, number).samples;
  };
  EXPECT_EQ(composed(1, 0), composed(1, 0));
  EXPECT_NE(composed(1, 0), composed(2, 0));
  EXPECT_NE(composed(1, 0), composed(1, 1));
}

TEST(ComposedSound, WhatDoesNotFitComesInTheNextBackground) {
  const Clips clips(6);
  const CompositionOptions options{.every_s = 2, .seed = 5};
  ClipDeal deal(clips.set, options);
  const std::vector<float> silence(4 * kRateHz);
  const std::size_t first = compose(silence, deal, options, 0).placed.size();
  EXPECT_GE(first, 1u);
  EXPECT_LT(first, 6u);
  EXPECT_EQ(deal.left(), 6 - first);
  EXPECT_EQ(compose(std::vector<float>(60 * kRateHz), deal, options, 1).placed.size(), 6 - first);
  EXPECT_TRUE(compose({}, deal, options, 2).samples.empty());
}

}  // namespace
}  // namespace stapes::test
