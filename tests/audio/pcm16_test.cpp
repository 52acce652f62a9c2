// SPDX-License-Identifier: Apache-2.0
#include "audio/pcm16.h"

#include <gtest/gtest.h>

#include <vector>

namespace stapes {
namespace {

TEST(Pcm16, RoundsToTheNearestValueAndSaturates) {
  EXPECT_EQ(to_pcm16(0.0f), 0);
  EXPECT_EQ(to_pcm16(0.6f / 32768), 1);
  EXPECT_EQ(to_pcm16(-0.6f / 32768), -1);
  EXPECT_EQ(to_pcm16(0.4f / 32768), 0);
  EXPECT_EQ(to_pcm16(32766.6f / 32768), 32767);
  EXPECT_EQ(to_pcm16(1.0f), 32767);
  EXPECT_EQ(to_pcm16(-1.0f), -32768);
  EXPECT_EQ(to_pcm16(1e6f), 32767);
  EXPECT_EQ(to_pcm16(-1e6f), -32768);
}

TEST(Pcm16, EveryValueSurvivesTheWayThroughFloat) {
  for (int value = -32768; value <= 32767; ++value) {
    ASSERT_EQ(to_pcm16(static_cast<float>(value) / kPcm16Scale), value);
  }
}

TEST(Trimmed, CutsExactZerosOffBothEndsOnly) {
  const auto check = [](const std::vector<std::int16_t>& clip, const std::vector<std::int16_t>& want) {
    const auto got = trimmed(clip);
    EXPECT_EQ(std::vector<std::int16_t>(got.begin(), got.end()), want);
  };
  check({0, 0, 5, 0, -1, 0}, {5, 0, -1});
  check({1}, {1});
  check({0, 0}, {});
  check({}, {});
}

}  // namespace
}  // namespace stapes
