// SPDX-License-Identifier: Apache-2.0
#include "evaluate/evaluation.h"

#include <gtest/gtest.h>

#include <vector>

namespace stapes {
namespace {

TEST(Evaluation, CountsByHand) {
  Evaluation evaluation(3);
  for (const auto& [label, decision] : {std::pair{0, 0}, {0, 1}, {1, 1}, {2, 2}}) evaluation.add(label, decision);
  EXPECT_EQ(evaluation.clips(), 4);
  EXPECT_EQ(evaluation.correct(), 3);
  EXPECT_DOUBLE_EQ(evaluation.accuracy(), 75);
  EXPECT_EQ(evaluation.confusion()[0], (std::vector<int>{1, 1, 0}));
}

// Wilson, 8 of 10: (0.8 + 0.19207)/1.38415 -+ 1.95996*sqrt(0.016+0.0096036)/1.38415: 49.02 to 94.33 %.
TEST(Evaluation, IntervalsAreWilsons) {
  const Interval interval = wilson_interval(8, 10);
  EXPECT_NEAR(interval.low, 49.02, 0.01);
  EXPECT_NEAR(interval.high, 94.33, 0.01);
  EXPECT_EQ(wilson_interval(0, 10).low, 0);
  EXPECT_NEAR(wilson_interval(80, 80).high, 100, 1e-9);
}

TEST(Evaluation, ProbabilitiesAreAveragedNotLogits) {
  // One window is certain of class 1, nine slightly favor class 0. The mean softmax favors class 0, the mean logit
  // class 1.
  std::vector<float> logits = {0, 50};
  for (int i = 0; i < 9; ++i) logits.insert(logits.end(), {1, 0});
  const std::vector<double> mean = mean_softmax(logits, 2);
  EXPECT_GT(mean[0], mean[1]);
  EXPECT_NEAR(mean_softmax(std::vector<float>{0, 0, 0, 0}, 4)[2], 0.25, 1e-12);
}

TEST(Evaluation, HugeLogitsStayFinite) {
  const auto mean = mean_softmax(std::vector<float>{3e38f, -3e38f}, 2);
  EXPECT_DOUBLE_EQ(mean[0], 1);
  EXPECT_DOUBLE_EQ(mean[1], 0);
}

}  // namespace
}  // namespace stapes
