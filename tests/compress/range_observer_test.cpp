// SPDX-License-Identifier: Apache-2.0
#include "compress/range_observer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "base/error.h"
#include "base/philox.h"

namespace stapes {
namespace {

TEST(RangeObserver, NamesAreReadBack) {
  for (const auto& [rule, name] : kNames<RangeRule>) EXPECT_EQ(parse_name<RangeRule>(name, "observer"), rule);
  EXPECT_THAT([] { parse_name<RangeRule>("median", "observer"); },
              testing::ThrowsMessage<UsageError>(testing::HasSubstr("energy, mse, histogram or min-max")));
}

Range range_of(RangeRule rule, const std::vector<std::vector<float>>& windows) {
  RangeHistogram seen = histogram_for(rule);
  for (const auto& window : windows) seen.add(window);
  return range_by(rule, seen);
}

std::vector<float> normal_values(int count, double deviation, std::uint32_t number) {
  Philox rng(7, Philox::Purpose::kTest, number);
  std::vector<float> values;
  for (int i = 0; i < count; ++i) values.push_back(static_cast<float>(deviation * rng.normal()));
  return values;
}

// An outlier on one side: min-max keeps it, mse must shrink both sides, histogram trims each side separately.
TEST(RangeObserver, OnlyHistogramCutsOneSideAlone) {
  std::vector<float> values(2'000'000);
  Philox rng(7, Philox::Purpose::kTest);
  for (float& v : values) v = static_cast<float>(rng.uniform(-1, 1));
  values.push_back(-60);
  const Range all = range_of(RangeRule::kMinMax, {values});
  EXPECT_EQ(all.low, -60);
  EXPECT_NEAR(all.high, 1, 0.01);
  const Range mse = range_of(RangeRule::kMse, {values});
  EXPECT_LT(mse.high, 0.99 * all.high);
  EXPECT_NEAR(mse.high / all.high, mse.low / all.low, 1e-9);
  const Range histogram = range_of(RangeRule::kHistogram, {values});
  EXPECT_NEAR(histogram.high, all.high, 0.05);
  EXPECT_GT(histogram.low, -2);
}

// One loud window of 1000 values with standard deviation 1, 50 quiet ones with 0.01. `energy` fits the quiet windows,
// `mse` the loud one.
TEST(RangeObserver, EnergyFitsTheQuietWindows) {
  std::vector<std::vector<float>> windows = {normal_values(1000, 1, 0)};
  for (std::uint32_t i = 1; i <= 50; ++i) windows.push_back(normal_values(1000, 0.01, i));
  EXPECT_LT(range_of(RangeRule::kEnergy, windows).high, 0.7 * range_of(RangeRule::kMse, windows).high);
}

// Both rules clip near 3.92 sigma, the known optimum of 8-bit uniform quantization.
TEST(RangeObserver, NormalValuesAreClippedWhereTheTextbookSays) {
  const std::vector<std::vector<float>> values = {normal_values(2'000'000, 1, 0)};
  EXPECT_NEAR(range_of(RangeRule::kMse, values).high, 3.92, 0.25);
  EXPECT_NEAR(range_of(RangeRule::kHistogram, values).high, 3.92, 0.4);
}

TEST(RangeObserver, OfNothingIsZero) {
  for (const auto& [rule, name] : kNames<RangeRule>) {
    const Range range = range_of(rule, {});
    EXPECT_EQ(range.low, 0);
    EXPECT_EQ(range.high, 0);
  }
}

}  // namespace
}  // namespace stapes
