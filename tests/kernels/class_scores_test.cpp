// SPDX-License-Identifier: Apache-2.0
#include "kernels/detector/class_scores.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "kernels/softmax/softmax_params.h"

namespace stapes {
namespace {

using Probabilities = std::vector<int>;

// Probabilities in 256ths.
std::vector<double> real_softmax(const std::vector<double>& logits) {
  const double largest = *std::max_element(logits.begin(), logits.end());
  double sum = 0;
  for (const double logit : logits) sum += std::exp(logit - largest);
  std::vector<double> out;
  for (const double logit : logits) out.push_back(256 * std::exp(logit - largest) / sum);
  return out;
}

ClassScoreParams on_grid(ScoreRule rule, int classes) {
  ClassScoreParams params{};
  params.rule = rule;
  params.classes = classes;
  if (rule == ScoreRule::kSoftmax) {
    const SoftmaxParams p = softmax_params(1.0 / 32);
    params.multiplier = p.multiplier, params.shift = p.shift, params.limit = p.diff_min;
  } else if (rule == ScoreRule::kLogistic) {
    const LogisticParams p = logistic_params(1.0 / 16);
    params.multiplier = p.multiplier, params.shift = p.shift, params.limit = p.range_radius;
  }
  return params;
}

// Integer logits in units of 2^-`bits`.
ClassScoreParams integers_on_grid(ScoreRule rule, int classes, int bits) {
  ClassScoreParams params = on_grid(rule, classes);
  params.step_multiplier = 1 << 30;
  params.step_shift = 30 + bits - (rule == ScoreRule::kSoftmax ? kSoftmaxGridBits : kLogisticGridBits);
  return params;
}

template <class Score>
Probabilities probabilities(const std::vector<Score>& scores, const ClassScoreParams& params) {
  std::vector<std::int8_t> grid(scores.size() + 1, 77);
  std::vector<std::uint8_t> out(scores.size() + 1, 77);
  class_scores(scores.data(), params, grid.data(), out.data());
  EXPECT_EQ(grid.back(), 77);
  EXPECT_EQ(out.back(), 77);
  return {out.begin(), out.end() - 1};
}

TEST(ClassScores, ProbabilitiesStayAsTheyAre) {
  EXPECT_EQ(probabilities<std::int32_t>({0, 17, 255}, on_grid(ScoreRule::kProbability, 3)),
            (Probabilities{0, 17, 255}));
}

TEST(ClassScores, FloatProbabilitiesAreRoundedTo256ths) {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN(), kInfinity = std::numeric_limits<float>::infinity();
  EXPECT_EQ(probabilities<float>({0, 0.0019f, 0.002f, 0.5f, 0.9f, 1, -0.1f, kNan, kInfinity, 1e30f},
                                 on_grid(ScoreRule::kProbability, 10)),
            (Probabilities{0, 0, 1, 128, 230, 255, 0, 0, 255, 255}));
}

// Rounding to the grid moves a logit or a difference by at most 1/64, so p by at most p (1 - p) / 64 <= 1/256. The int8
// softmax rounds by half of 1/256, its exponentials by less than that.
TEST(ClassScores, SoftmaxOfIntegersIsWithinTwoOfTheRealOne) {
  constexpr int kBits = 10;
  for (int i = 0; i < 2000; ++i) {
    std::vector<std::int32_t> scores;
    std::vector<double> logits;
    for (int c = 0; c < 5; ++c) {
      scores.push_back((i * 7919 + c * 104729 + i * c * 31) % 12000 - 6000);
      logits.push_back(std::ldexp(scores.back(), -kBits));
    }
    const Probabilities got = probabilities(scores, integers_on_grid(ScoreRule::kSoftmax, 5, kBits));
    const std::vector<double> want = real_softmax(logits);
    for (std::size_t c = 0; c < 5; ++c) EXPECT_NEAR(got[c], want[c], 2.0) << i;
  }
}

TEST(ClassScores, FloatsGiveTheSameAsIntegersOfTheSameValue) {
  const std::vector<std::int32_t> scores = {-1000, 512, 600, 3, -70000};
  std::vector<float> real;
  for (const std::int32_t score : scores) real.push_back(std::ldexp(static_cast<float>(score), -7));
  for (const ScoreRule rule : {ScoreRule::kSoftmax, ScoreRule::kLogistic}) {
    EXPECT_EQ(probabilities(real, on_grid(rule, 5)), probabilities(scores, integers_on_grid(rule, 5, 7)));
  }
}

TEST(ClassScores, LogisticIsOfEachScoreByItself) {
  const ClassScoreParams params = integers_on_grid(ScoreRule::kLogistic, 5, 4);
  // Logits 0, 1, -1, 8, -8
  EXPECT_EQ(probabilities<std::int32_t>({0, 16, -16, 128, -128}, params), (Probabilities{128, 187, 69, 255, 0}));
}

TEST(ClassScores, TakesTheFarthestIntegers) {
  constexpr std::int32_t kMin = std::numeric_limits<std::int32_t>::min();
  constexpr std::int32_t kMax = std::numeric_limits<std::int32_t>::max();
  for (const int step_shift : {0, 30, 62}) {
    ClassScoreParams params = on_grid(ScoreRule::kSoftmax, 2);
    params.step_multiplier = kMax;
    params.step_shift = step_shift;
    const Probabilities got = probabilities<std::int32_t>({kMin, kMax}, params);
    EXPECT_EQ(got[0] == 0, step_shift < 62) << "with step_shift 62, the difference is 2 grid steps";
  }
}

TEST(ClassScores, NonFiniteScoresHaveProbabilityZero) {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN(), kInfinity = std::numeric_limits<float>::infinity();
  const ClassScoreParams params = on_grid(ScoreRule::kSoftmax, 3);
  EXPECT_EQ(probabilities<float>({1, kNan, 20}, params), (Probabilities{0, 0, 255}));
  EXPECT_EQ(probabilities<float>({1, -kInfinity, 20}, params), (Probabilities{0, 0, 255}));
  EXPECT_EQ(probabilities<float>({kNan, 1, 2}, on_grid(ScoreRule::kLogistic, 3))[0], 0);
}

}  // namespace
}  // namespace stapes
