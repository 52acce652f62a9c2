// SPDX-License-Identifier: Apache-2.0
#include "listen/listener.h"

#include <gtest/gtest.h>

#include <tuple>

#include "audio/pcm16.h"
#include "listen/listened_model.h"

namespace stapes::test {
namespace {

using Found = std::vector<std::tuple<int, float, std::uint64_t>>;

DetectorOptions low_thresholds() {
  DetectorOptions options;
  options.thresholds = {{"", 0.25f}};
  options.hysteresis = 0;
  return options;
}

Found listen_in_blocks(const std::vector<float>& sound, int rate_hz, std::size_t block) {
  HostDetector detector(listened_model(), low_thresholds());
  Found found;
  Listener listener(detector, rate_hz,
                    [&](const TimedDetection& d) { found.emplace_back(d.class_index, d.score, d.end_sample); });
  for (std::span<const float> rest = sound; !rest.empty(); rest = rest.subspan(std::min(block, rest.size()))) {
    listener.add(rest.first(std::min(block, rest.size())));
  }
  listener.finish();
  return found;
}

class ListenerAtRate : public testing::TestWithParam<int> {};

TEST_P(ListenerAtRate, DetectsTheSameInBlocksOfAnySize) {
  const std::vector<float> sound = noise(2 * GetParam());
  const Found want = listen_in_blocks(sound, GetParam(), sound.size());
  ASSERT_GT(want.size(), 10u);
  for (const std::size_t block : {1, 13, 160, 5000}) {
    EXPECT_EQ(listen_in_blocks(sound, GetParam(), block), want) << "blocks of " << block;
  }
}

INSTANTIATE_TEST_SUITE_P(Rates, ListenerAtRate, testing::Values(8000, 11025, 48000, 192000));

// At the model's rate, a Listener only changes the sample format.
TEST(Listener, GivesWhatTheDetectorGivesForTheSamePcm) {
  const std::vector<float> sound = noise(9000);
  std::vector<std::int16_t> pcm;
  for (const float sample : sound) pcm.push_back(to_pcm16(sample));
  HostDetector detector(listened_model(), low_thresholds());
  Found want;
  std::uint64_t at = 0;
  for (std::span<const std::int16_t> rest = pcm; !rest.empty();) {
    Detection found;
    const auto [taken, scored, detected] = detector->push_pcm(rest, found);
    rest = rest.subspan(taken);
    at += taken;
    if (detected) want.emplace_back(found.class_index, found.score, at);
  }
  EXPECT_EQ(listen_in_blocks(sound, 8000, 100), want);
}

TEST(Listener, NoWindowReachesAcrossAGapButTimeGoesOn) {
  HostDetector detector(listened_model(), low_thresholds());
  std::vector<std::uint64_t> ends;
  Listener listener(detector, 8000, [&](const TimedDetection& d) { ends.push_back(d.end_sample); });
  listener.add(noise(150));
  listener.gap();
  EXPECT_EQ(listener.samples(), 150u);
  listener.add(noise(199));
  EXPECT_EQ(listener.windows(), 0u);
  listener.add(noise(1000));
  EXPECT_GT(listener.windows(), 0u);
  ASSERT_FALSE(ends.empty());
  EXPECT_GE(ends.front(), 150u + kTinySamples);
}

TEST(Listener, KeepsTheLastSamplesOldestFirst) {
  RecentSound recent(4);
  EXPECT_TRUE(recent.last().empty());
  recent.add(std::vector<std::int16_t>{1, 2, 3});
  EXPECT_EQ(recent.last(), (std::vector<std::int16_t>{1, 2, 3}));
  recent.add(std::vector<std::int16_t>{4, 5});
  EXPECT_EQ(recent.last(), (std::vector<std::int16_t>{2, 3, 4, 5}));
  recent.add(std::vector<std::int16_t>{6, 7, 8, 9, 10, 11});
  EXPECT_EQ(recent.last(), (std::vector<std::int16_t>{8, 9, 10, 11}));
  recent.clear();
  recent.add(std::vector<std::int16_t>{7});
  EXPECT_EQ(recent.last(), (std::vector<std::int16_t>{7}));
}

TEST(Listener, KeepsRecentSoundOnlyWhenAsked) {
  HostDetector detector(listened_model(), {});
  const auto size = static_cast<std::size_t>(detector->window_samples() + detector.average_samples());
  for (const auto recent : {Listener::Recent::kForget, Listener::Recent::kKeep}) {
    Listener listener(
        detector, 8000, [](const TimedDetection&) {}, recent);
    listener.add(noise(8000));
    EXPECT_EQ(listener.recent().last().size(), recent == Listener::Recent::kKeep ? size : 0);
  }
}

TEST(Listener, MeasuresTheLevelSinceTheLastTime) {
  HostDetector detector(listened_model(), {});
  Listener listener(detector, 8000, [](const TimedDetection&) {});
  listener.add(std::vector<float>(800, 0.5f));
  const Listener::Level level = listener.take_level();
  EXPECT_NEAR(level.power, 0.25, 1e-6);
  EXPECT_NEAR(level.peak, 0.5, 1e-6);
  EXPECT_EQ(listener.take_level().power, 0);
}

}  // namespace
}  // namespace stapes::test
