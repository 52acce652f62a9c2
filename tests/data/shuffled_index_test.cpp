// SPDX-License-Identifier: Apache-2.0
#include "data/shuffled_index.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

namespace stapes {
namespace {

std::vector<std::uint32_t> order_of(std::uint32_t count, std::uint64_t seed, std::uint32_t epoch) {
  std::vector<std::uint32_t> order(count);
  for (std::uint32_t i = 0; i < count; ++i) order[i] = shuffled_index(i, count, seed, epoch);
  return order;
}

TEST(ShuffledIndex, IsAPermutationOfAnyCount) {
  for (const std::uint32_t count : {1u, 2u, 3u, 4u, 5u, 16u, 17u, 100u, 1000u, 5000u}) {
    std::vector<std::uint32_t> order = order_of(count, 1, 0), all(count);
    std::sort(order.begin(), order.end());
    std::iota(all.begin(), all.end(), 0u);
    EXPECT_EQ(order, all) << count;
  }
}

TEST(ShuffledIndex, ReachesTheLargestCount) {
  for (const std::uint32_t index : {0u, 1u, 0x7FFFFFFFu, 0xFFFFFFFEu}) {
    EXPECT_LT(shuffled_index(index, 0xFFFFFFFF, 1, 0), 0xFFFFFFFF);
  }
}

TEST(ShuffledIndex, SeedAndEpochNameTheOrder) {
  EXPECT_EQ(order_of(100, 3, 5), order_of(100, 3, 5));
  EXPECT_NE(order_of(100, 3, 5), order_of(100, 3, 6));
  EXPECT_NE(order_of(100, 3, 5), order_of(100, 4, 5));
}

// For random permutations of n, chi-squared over the n^2 cells is n / (n - 1) times a chi-squared variable with (n -
// 1)^2 degrees of freedom, since rows and columns have fixed sums. Its mean is n (n - 1) and its standard deviation
// sqrt(2) n. Five deviations are allowed.
TEST(ShuffledIndex, EveryPlaceHoldsEveryIndexEquallyOften) {
  constexpr std::uint32_t kEpochs = 4000;
  for (const std::uint32_t count : {4u, 10u, 21u}) {
    std::vector<double> seen(count * count);
    for (std::uint32_t epoch = 0; epoch < kEpochs; ++epoch) {
      for (std::uint32_t i = 0; i < count; ++i) ++seen[i * count + shuffled_index(i, count, 7, epoch)];
    }
    const double n = count, expected = kEpochs / n;
    double chi_squared = 0;
    for (const double times : seen) chi_squared += (times - expected) * (times - expected) / expected;
    EXPECT_NEAR(chi_squared, n * (n - 1), 5 * std::sqrt(2.0) * n) << count;
  }
}

// By chance, about two pairs of neighbors stay together, for any count.
TEST(ShuffledIndex, NeighborsArePulledApart) {
  const std::vector<std::uint32_t> order = order_of(50000, 1, 0);
  int adjacent = 0;
  for (std::size_t i = 1; i < order.size(); ++i) {
    adjacent += order[i] + 1 == order[i - 1] || order[i - 1] + 1 == order[i];
  }
  EXPECT_LT(adjacent, 12);
}

}  // namespace
}  // namespace stapes
