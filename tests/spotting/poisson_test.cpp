// SPDX-License-Identifier: Apache-2.0
#include "spotting/poisson.h"

#include <gtest/gtest.h>

#include <cmath>

namespace stapes {
namespace {

TEST(Poisson, AddsUpProbabilities) {
  EXPECT_DOUBLE_EQ(poisson_at_most(0, 2), std::exp(-2));
  EXPECT_NEAR(poisson_at_most(2, 2), std::exp(-2) * (1 + 2 + 2), 1e-15);
  EXPECT_NEAR(poisson_at_most(3, 0.5), std::exp(-0.5) * (1 + 0.5 + 0.125 + 0.125 / 6), 1e-15);
  EXPECT_EQ(poisson_at_most(5, 0), 1);
  EXPECT_NEAR(poisson_at_most(100000, 1e6), 0, 1e-300);
  EXPECT_NEAR(poisson_at_most(1000000, 1e5), 1, 1e-15);
}

// Values of Garwood's table.
TEST(Poisson, IntervalsAreThoseOfTheTable) {
  const struct {
    int count;
    double low, high;
  } table[] = {{0, 0, 3.6889}, {1, 0.0253, 5.5716}, {2, 0.2422, 7.2247}, {5, 1.6235, 11.6683}, {10, 4.7954, 18.3904}};
  for (const auto& [count, low, high] : table) {
    EXPECT_NEAR(poisson_interval_95(count).low, low, 1e-4) << count;
    EXPECT_NEAR(poisson_interval_95(count).high, high, 1e-4) << count;
  }
}

TEST(Poisson, LargeCountsAreNearlyNormal) {
  const Interval interval = poisson_interval_95(100000);
  EXPECT_NEAR(interval.low, 100000 - 1.96 * std::sqrt(1e5), 3);
  EXPECT_NEAR(interval.high, 100000 + 1.96 * std::sqrt(1e5), 3);
}

}  // namespace
}  // namespace stapes
