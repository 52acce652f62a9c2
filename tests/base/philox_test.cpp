// SPDX-License-Identifier: Apache-2.0
#include "base/philox.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

namespace stapes {
namespace {

// Key 0, counter 0.
TEST(Philox, EqualsThePublishedKnownAnswer) {
  Philox rng(0, Philox::Purpose{0});
  EXPECT_EQ(rng.next_u32(), 0x6627e8d5u);
  EXPECT_EQ(rng.next_u32(), 0xe169c58du);
  EXPECT_EQ(rng.next_u32(), 0xbc57ac4cu);
  EXPECT_EQ(rng.next_u32(), 0x9b00dbd8u);
}

TEST(Philox, SamplesAndEpochsHaveTheirOwnStreams) {
  Philox a(7, Philox::Purpose::kAugment, 1, 2), b(7, Philox::Purpose::kAugment, 2, 1);
  EXPECT_NE(a.next_u32(), b.next_u32());
}

TEST(Philox, BelowStaysBelowAndReachesEveryValue) {
  Philox rng(7, Philox::Purpose::kTest);
  std::array<int, 5> seen{};
  for (int i = 0; i < 500; ++i) ++seen.at(rng.below(5));
  for (const int n : seen) EXPECT_GT(n, 60);  // expected 100, standard deviation 9
}

TEST(Philox, NormalHasMeanZeroAndVarianceOne) {
  Philox rng(7, Philox::Purpose::kTest);
  double sum = 0, squares = 0;
  constexpr int kCount = 20000;
  for (int i = 0; i < kCount; ++i) {
    const double x = rng.normal();
    sum += x;
    squares += x * x;
  }
  EXPECT_NEAR(sum / kCount, 0, 5 / std::sqrt(kCount));
  EXPECT_NEAR(squares / kCount, 1, 5 * std::sqrt(2.0 / kCount));
}

}  // namespace
}  // namespace stapes
