// SPDX-License-Identifier: Apache-2.0
#include "compress/range_histogram.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "base/philox.h"

namespace stapes {
namespace {

TEST(RangeHistogram, OfNothingIsZero) {
  const Range range = RangeHistogram().shrunken_range();
  EXPECT_EQ(range.low, 0);
  EXPECT_EQ(range.high, 0);
}

TEST(RangeHistogram, KeepsTheExtremes) {
  RangeHistogram histogram;
  histogram.add(std::vector<float>{0.1f, -3.0f, 700.0f});
  EXPECT_EQ(histogram.full_range().low, -3.0f);
  EXPECT_EQ(histogram.full_range().high, 700.0f);
}

std::vector<float> uniform_values(int count, std::uint32_t number = 0) {
  Philox rng(7, Philox::Purpose::kTest, number);
  std::vector<float> values;
  for (int i = 0; i < count; ++i) values.push_back(static_cast<float>(rng.uniform()));
  return values;
}

TEST(RangeHistogram, UniformValuesKeepTheirWholeRange) {
  RangeHistogram histogram;
  histogram.add(uniform_values(20000));
  EXPECT_GT(histogram.shrunken_range().high, 0.98);
}

TEST(RangeHistogram, OneFarOutlierIsClipped) {
  RangeHistogram histogram;
  std::vector<float> values = uniform_values(200000);
  values.push_back(20.0f);
  histogram.add(values);
  // Cost of an upper end h: 200000 * (h/255)^2 / 12 for rounding + (20 - h)^2 for clipping. The minimum is at h = 20 /
  // 1.256 = 15.9.
  EXPECT_NEAR(histogram.shrunken_range().high, 15.9, 0.5);
}

// Two loud windows among 998 that are 40 dB quieter. Absolute errors keep the whole range of the loud ones. Weighted by
// energy, clipping them costs less than rounding the quiet ones.
TEST(RangeHistogram, QuietWindowsCountAsMuchAsLoudOnes) {
  RangeHistogram quiet_and_loud, loud_only;
  for (std::uint32_t i = 0; i < 1000; ++i) {
    std::vector<float> window = uniform_values(200, i);
    const float volume = i % 500 == 0 ? 1.0f : 0.01f;
    for (float& v : window) v *= volume;
    quiet_and_loud.add(window);
    if (volume == 1.0f) loud_only.add(window);
  }
  EXPECT_GT(loud_only.shrunken_range().high, 0.98);
  EXPECT_LT(quiet_and_loud.shrunken_range().high, 0.9);
}

TEST(RangeHistogram, WhatIsNotFiniteIsNoticed) {
  RangeHistogram histogram;
  histogram.add(std::vector<float>{1.0f, 2.0f});
  EXPECT_TRUE(histogram.finite());
  histogram.add(std::vector<float>{std::numeric_limits<float>::infinity()});
  EXPECT_FALSE(histogram.finite());
}

TEST(RangeHistogram, OrderDoesNotMatterWhenTheLimitGrows) {
  RangeHistogram up, down;
  std::vector<float> values;
  for (int i = 1; i <= 4096; ++i) values.push_back(static_cast<float>(i % 2 == 0 ? i : -i) / 16);
  up.add(values);
  std::vector<float> reversed(values.rbegin(), values.rend());
  down.add(reversed);
  EXPECT_NEAR(up.shrunken_range().high, down.shrunken_range().high, 0.02 * up.full_range().high);
}

}  // namespace
}  // namespace stapes
