// SPDX-License-Identifier: Apache-2.0
#include "audio/loud_span.h"

#include <gtest/gtest.h>

#include <vector>

namespace stapes::test {
namespace {

constexpr int kRateHz = 1000;  // a frame has 30 samples, a hop 10

// Frames of constant level: `amplitude` and -`amplitude` alternate.
void append_square(std::vector<std::int16_t>& samples, std::size_t count, int amplitude) {
  for (std::size_t i = 0; i < count; ++i)
    samples.push_back(static_cast<std::int16_t>(i % 2 == 0 ? amplitude : -amplitude));
}

TEST(LoudSpan, CutsTheQuietAtBothEnds) {
  std::vector<std::int16_t> samples;
  append_square(samples, 200, 10);
  append_square(samples, 100, 10000);  // samples 200 to 299
  append_square(samples, 300, 10);
  // The first frame with loud samples starts at 180; 10 of its 30 are loud: -4.8 dB.
  const SampleSpan within_6_db = loud_span(samples, kRateHz, 6);
  EXPECT_EQ(within_6_db.first, 180u);
  EXPECT_EQ(within_6_db.count, 140u);
  const SampleSpan within_3_db = loud_span(samples, kRateHz, 3);  // a frame that is two thirds loud is at -1.8 dB
  EXPECT_EQ(within_3_db.first, 190u);
  EXPECT_EQ(within_3_db.count, 120u);
  EXPECT_EQ(loud_span(samples, kRateHz, 70).count, samples.size());  // the quiet parts are at -60 dB
}

TEST(LoudSpan, KeepsQuietBetweenSounds) {
  std::vector<std::int16_t> samples;
  append_square(samples, 60, 8000);
  append_square(samples, 500, 1);
  append_square(samples, 60, 4000);
  append_square(samples, 500, 1);
  const SampleSpan span = loud_span(samples, kRateHz, 20);
  EXPECT_EQ(span.first, 0u);
  EXPECT_EQ(span.count, 640u);                           // to the end of the frame at 610, with 10 loud samples of 30
  EXPECT_EQ(loud_span(samples, kRateHz, 5).count, 80u);  // without the quieter sound
}

TEST(LoudSpan, LeavesShortAndSilentRecordingsWhole) {
  EXPECT_EQ(loud_span({}, kRateHz, 25).count, 0u);
  EXPECT_EQ(loud_span(std::vector<std::int16_t>(29, 5), kRateHz, 25).count, 29u);
  EXPECT_EQ(loud_span(std::vector<std::int16_t>(500, 0), kRateHz, 25).count, 500u);
  EXPECT_EQ(loud_span(std::vector<std::int16_t>(500, -32768), kRateHz, 25).count, 500u);
}

}  // namespace
}  // namespace stapes::test
