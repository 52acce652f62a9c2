// SPDX-License-Identifier: Apache-2.0
#include "compress/threshold.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/philox.h"

namespace stapes {
namespace {

// The activation in real numbers.
double activated(double s, Affine before, Activation f) {
  const double above = before.scale * s + before.shift - f.threshold;
  return std::min((above > 0 ? above : f.slope * above) + f.offset, f.ceiling);
}

bool bit_by_decision(std::int64_t s, const Decision& decision) { return (s >= decision.threshold) != decision.falling; }

// Checks every sum of random layers with activations from `make`.
template <class MakeActivation>
void expect_the_definition(MakeActivation make) {
  Philox rng(7, Philox::Purpose::kTest);
  int checked = 0;
  for (int trial = 0; trial < 2000; ++trial) {
    const Affine before{rng.normal() * 0.1, trial % 3 == 0 ? 0.0 : rng.normal()};
    const Affine next{rng.normal(), rng.normal()};
    const Activation f = make(rng, trial);
    const Decision decision = fold_decision(before, next, f);
    const double t = -next.shift / next.scale;
    for (int s = -64; s <= 64; ++s) {
      const double v = activated(s, before, f);
      if (std::fabs(v - t) < 1e-9) continue;  // too close to call in double
      ASSERT_EQ(bit_by_decision(s, decision), next.scale * v + next.shift > 0)
          << "s " << s << " before " << before.scale << "," << before.shift << " next " << next.scale << ","
          << next.shift << " activation " << f.threshold << "," << f.slope << "," << f.offset;
      ++checked;
    }
  }
  EXPECT_GT(checked, 250000);
}

TEST(Threshold, EqualsTheDefinitionForEverySum) {
  expect_the_definition([](Philox&, int) { return Activation{}; });
}

TEST(Threshold, FoldsRprelu) {
  expect_the_definition([](Philox& rng, int trial) {
    return Activation{rng.normal(), trial % 4 == 0 ? 0.0 : std::fabs(rng.normal()) * 0.3, rng.normal()};
  });
}

TEST(Threshold, FoldsRelu6) {
  expect_the_definition([](Philox& rng, int) { return Activation{.ceiling = std::fabs(rng.normal())}; });
}

TEST(Threshold, NothingIsAboveTheCeiling) {
  EXPECT_EQ(fold_decision({1, 0}, {1, -6}, {.ceiling = 6}).threshold, Decision::kNever) << "sign(6 - 6) is -1";
  EXPECT_EQ(fold_decision({1, 0}, {1, -5}, {.ceiling = 6}).threshold, 6);
  EXPECT_EQ(fold_decision({1, 0}, {-1, 7}, {.ceiling = 6}).threshold, Decision::kAlways);
}

TEST(Threshold, OnTheThresholdTheBitIsMinusOne) {
  // v = s and bit = (v - 3 > 0): at s = 3 the sign of 0 is -1.
  const Decision decision = fold_decision({1, 0}, {1, -3});
  EXPECT_FALSE(bit_by_decision(3, decision));
  EXPECT_TRUE(bit_by_decision(4, decision));
}

TEST(Threshold, ANegativeThresholdIsAlwaysOne) {
  EXPECT_EQ(fold_decision({0.5, 0}, {1, 0.1}).threshold, Decision::kAlways);
}

TEST(Threshold, DeadChannelsAreConstant) {
  EXPECT_EQ(fold_decision({0, 0}, {1, -0.1}).threshold, Decision::kNever);  // alpha = 0
  EXPECT_EQ(fold_decision({1, 0}, {0, 0.1}).threshold, Decision::kAlways);  // batch-norm scale = 0
  EXPECT_EQ(fold_decision({1, 0}, {0, -0.1}).threshold, Decision::kNever);
}

TEST(Threshold, WhatNoSumReachesIsNever) { EXPECT_EQ(fold_decision({1e-12, 0}, {1, -1}).threshold, Decision::kNever); }

}  // namespace
}  // namespace stapes
