// SPDX-License-Identifier: Apache-2.0
#include "spotting/counting.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace stapes {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;

constexpr double kHour = 3600;

TEST(CountHits, AnEventIsHitFromItsStartUntilTheToleranceAfterItsEnd) {
  const std::vector<WantedEvent> events = {{10, 11, 0}, {20, 21, 0}, {30, 31, 0}, {40, 41, 0}};
  // Before event 1; at its start; within it; 0.1 s too late for event 2; at the last moment for event 3.
  const std::vector<DetectionTime> found = {{9.9, 0}, {10, 0}, {11.5, 0}, {22.1, 0}, {32, 0}};
  const Tally tally = count_hits(found, events, kHour, 1);
  EXPECT_EQ(tally.events, 4);
  EXPECT_EQ(tally.hits, 2);
  EXPECT_EQ(tally.false_accepts, 2);
  EXPECT_NEAR(tally.hours, (kHour - 4 * 2) / kHour, 1e-12);
  EXPECT_THAT(tally.latencies_s, ElementsAre(DoubleNear(-1, 1e-9), DoubleNear(1, 1e-9)));
}

TEST(CountHits, AnotherClassIsAFalseAccept) {
  const std::vector<WantedEvent> events = {{10, 11, 0}};
  const std::vector<DetectionTime> found = {{10.5, 1}, {11, 0}};
  const Tally tally = count_hits(found, events, 100, 1);
  EXPECT_EQ(tally.hits, 1);
  EXPECT_EQ(tally.false_accepts, 1);
}

// The second event starts within the tolerance of the first.
TEST(CountHits, TheNextEventTakesOver) {
  const std::vector<WantedEvent> events = {{10, 11, 0}, {11.5, 12, 0}};
  const std::vector<DetectionTime> found = {{11.2, 0}, {11.8, 0}};
  EXPECT_EQ(count_hits(found, events, 100, 1).hits, 2);
  EXPECT_EQ(count_mlperf(found, events, 100, 1).hits, 1) << "there, both belong to the first";
  EXPECT_NEAR(count_hits(found, events, 100, 1).hours * kHour, 97, 1e-9) << "10 to 13 is not counted twice";
}

TEST(CountHits, EventsAtTheEndsOfTheSoundTakeOnlyWhatThereIs) {
  const std::vector<WantedEvent> events = {{0, 1, 0}, {99, 100, 0}};
  EXPECT_NEAR(count_hits({}, events, 100, 1).hours * kHour, 97, 1e-9);
}

// As counted by streaming_ww_utils.calc_detection_stats().
TEST(CountMlperf, FalsePositivesWithinASecondCountOnce) {
  const std::vector<WantedEvent> events = {{10, 11, 0}, {20, 21, 0}, {30, 31, 0}};
  // 10.5 and 11.9 hit event 1. 22.0 hits event 2 at its last moment. Nothing hits event 3.
  // 12.5 is a false positive. 13.4 is ignored. 13.6 counts, being more than a second after 12.5.
  const std::vector<DetectionTime> found = {{10.5, 0}, {11.9, 0}, {12.5, 0}, {13.4, 0}, {13.6, 0}, {22.0, 0}};
  const Tally one = count_mlperf(found, events, 1200, 1);
  EXPECT_EQ(one.hits, 2);
  EXPECT_EQ(one.events - one.hits, 1);
  EXPECT_EQ(one.false_accepts, 2);
  EXPECT_NEAR(one.hours, 1200 / kHour, 1e-12);
  // With a tolerance of 2 s, 12.5 is also a hit. 13.4 counts, and 13.6 is ignored.
  const Tally two = count_mlperf(found, events, 1200, 2);
  EXPECT_EQ(two.hits, 2);
  EXPECT_EQ(two.false_accepts, 1);
}

TEST(CountMlperf, ExactlyASecondLaterIsLeftOut) {
  const std::vector<DetectionTime> found = {{5, 0}, {6, 0}, {6.5, 1}, {7.25, 0}};
  EXPECT_EQ(count_mlperf(found, {}, 100, 1).false_accepts, 3) << "5, 7.25 and the other class";
}

// One class, windows of 1 s at 100 Hz, hop 300 ms: 1.5 s are 5 hops.
ScoredRecording scored(std::vector<std::uint8_t> probabilities, std::vector<WantedEvent> events = {}) {
  ScoreTrack track{.classes = 1, .sample_rate_hz = 100, .window_samples = 100, .hop_samples = 30};
  track.loud.assign(probabilities.size(), 1);
  track.samples = 100 + 30 * (probabilities.size() - 1);
  track.probabilities = std::move(probabilities);
  return {std::move(track), std::move(events)};
}

std::vector<std::uint8_t> constant(std::size_t windows, std::uint8_t value) {
  return std::vector<std::uint8_t>(windows, value);
}

// As in test.compute_false_accepts_per_hour(): the cooldown starts at 5 and decreases before each score. So the fifth
// score is the first that can be accepted, then every fifth.
TEST(CountMicroWakeWord, MutesTheStartAndEachAccept) {
  // 24 windows have 20 means. Means 5, 10, 15 and 20 are accepts.
  const Tally tally = count_micro_wake_word(scored(constant(24, 200)), 32768, {true}, 1);
  EXPECT_EQ(tally.false_accepts, 4);
  EXPECT_NEAR(tally.hours * kHour, 20 * 0.3, 1e-9);
  EXPECT_EQ(count_micro_wake_word(scored(constant(23, 200)), 32768, {true}, 1).false_accepts, 3);
  EXPECT_EQ(count_micro_wake_word(scored(constant(24, 200)), 32768, {false}, 1).false_accepts, 0);
}

TEST(CountMicroWakeWord, ComparesMeansOfFiveWindowsAndMustBeAboveTheThreshold) {
  std::vector<std::uint8_t> peak = constant(24, 0);
  for (std::size_t w = 10; w < 15; ++w) peak[w] = 128;  // one mean of exactly 128 / 256
  EXPECT_EQ(count_micro_wake_word(scored(peak), 32768, {true}, 1).false_accepts, 0);
  EXPECT_EQ(count_micro_wake_word(scored(peak), 32767, {true}, 1).false_accepts, 1);
}

// Windows end at 1, 1.3, 1.6 ... s. The mean at 5.2 s covers windows 10 to 14.
TEST(CountMicroWakeWord, AnEventIsRejectedIfNoMeanInItIsAboveTheThreshold) {
  std::vector<std::uint8_t> peak = constant(100, 0);
  for (std::size_t w = 10; w < 15; ++w) peak[w] = 200;
  const Tally tally = count_micro_wake_word(scored(peak, {{4.5, 5, 0}, {20, 20.5, 0}}), 50000, {true}, 1);
  EXPECT_EQ(tally.events, 2);
  EXPECT_EQ(tally.hits, 1);
  EXPECT_EQ(tally.false_accepts, 0);
  EXPECT_THAT(tally.latencies_s, ElementsAre(DoubleNear(0.2, 1e-9)));
  EXPECT_EQ(count_micro_wake_word(scored(peak, {{4.0, 4.1, 0}}), 50000, {true}, 1).hits, 0) << "5.2 is too late";
}

// Two tracks: to 4 s, and from 6 to 30.7 s (window 99).
TEST(CountMicroWakeWord, SoundBetweenEventsIsATrack) {
  const ScoredRecording recording = scored(constant(100, 200), {{4, 5, 0}});
  const Tally tally = count_micro_wake_word(recording, 32768, {true}, 1);
  // 7 means end at 2.2 to 4.0 s; the fifth is an accept. 83 end at 6.1 to 30.7 s; 5, 10 ... 80 are accepts.
  EXPECT_EQ(tally.false_accepts, 1 + 16);
  EXPECT_NEAR(tally.hours * kHour, (7 + 83) * 0.3, 1e-9);
}

}  // namespace
}  // namespace stapes
