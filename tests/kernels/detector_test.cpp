// SPDX-License-Identifier: Apache-2.0
#include "kernels/detector/detector.h"

#include <gtest/gtest.h>

#include <vector>

namespace stapes {
namespace {

using Row = std::vector<std::uint8_t>;
using Found = std::vector<std::int32_t>;

constexpr std::uint16_t kHalf = 32768;

// The rule with memory of exactly the size it needs.
class TestedDetector {
 public:
  TestedDetector(const DetectorRules& rules, std::vector<std::uint16_t> thresholds)
      : rules_(rules), thresholds_(std::move(thresholds)) {
    const std::size_t classes = thresholds_.size();
    history_.assign(static_cast<std::size_t>(rules.average_windows) * classes, 0xFF);
    sums_.assign(classes, 0xFFFF);
    spent_.assign(classes, 0xFF);
    begin_detector(memory());
  }

  std::int32_t window(const Row& probabilities, bool loud = true) {
    std::uint8_t* const row = next_history_row(memory());
    std::copy(probabilities.begin(), probabilities.end(), row);
    return detect(memory(), row, loud);
  }
  // The class detected after each window, or -1.
  Found windows(const std::vector<Row>& rows) {
    Found found;
    for (const Row& row : rows) found.push_back(window(row));
    return found;
  }
  // The same for a single class.
  Found scores(const Row& row) {
    Found found;
    for (const std::uint8_t score : row) found.push_back(window({score}));
    return found;
  }
  std::uint16_t mean(std::int32_t c) { return mean_score(memory(), c); }
  DetectorMemory memory() {
    return {rules_,
            static_cast<std::int32_t>(thresholds_.size()),
            thresholds_.data(),
            history_.data(),
            sums_.data(),
            spent_.data(),
            {filled_, next_, quiet_}};
  }

 private:
  DetectorRules rules_;
  std::vector<std::uint16_t> thresholds_;
  std::vector<std::uint8_t> history_, spent_;
  std::vector<std::uint16_t> sums_;
  std::int32_t filled_ = 0, next_ = 0, quiet_ = 0;
};

DetectorRules rules(int average, int minimum = 1, int refractory = 0, std::uint16_t hysteresis = 0) {
  return {average, minimum, refractory, -1, 0, hysteresis, /*gate_power=*/0};
}

// Thresholds in 256ths. A mean equal to the threshold is a detection.
TEST(DetectorRule, ComparesTheMeanOfTheLastWindowsWithTheThreshold) {
  TestedDetector detector(rules(3), {kHalf});
  // Means: 90, 105, 128 (384 / 3), 127.67 (383 / 3), 161.67 (485 / 3)
  EXPECT_EQ(detector.scores({90, 120, 174, 89, 222}), (Found{-1, -1, 0, -1, 0}));
  EXPECT_EQ(detector.mean(0), 485 * 256 / 3);
}

TEST(DetectorRule, AveragesWhatThereIsBeforeTheHistoryIsFull) {
  TestedDetector detector(rules(4), {kHalf});
  EXPECT_EQ(detector.scores({128, 127, 129}), (Found{0, -1, 0}));
}

TEST(DetectorRule, WaitsForTheMinimumOfWindows) {
  TestedDetector detector(rules(4, 3), {kHalf});
  EXPECT_EQ(detector.scores({255, 255, 255, 255}), (Found{-1, -1, 0, 0}));
}

TEST(DetectorRule, KeepsQuietForTheRefractoryWindows) {
  TestedDetector detector(rules(1, 1, 2), {kHalf});
  EXPECT_EQ(detector.scores({200, 200, 200, 200, 10, 200, 200}), (Found{0, -1, -1, 0, -1, -1, 0}));
}

TEST(DetectorRule, TheRefractoryTimeHoldsForAllClasses) {
  TestedDetector detector(rules(1, 1, 1), {kHalf, kHalf});
  EXPECT_EQ(detector.windows({{200, 0}, {0, 200}, {0, 200}}), (Found{0, -1, 1}));
}

TEST(DetectorRule, WithoutHysteresisASoundThatStaysIsDetectedAgain) {
  TestedDetector detector(rules(1, 1, 1), {kHalf});
  EXPECT_EQ(detector.scores({200, 200, 200, 200}), (Found{0, -1, 0, -1}));
}

// Threshold 128, hysteresis 28: the class is released only below 100.
TEST(DetectorRule, WithHysteresisTheClassMustFallBelowItFirst) {
  TestedDetector detector(rules(1, 1, 0, 28 * 256), {kHalf});
  EXPECT_EQ(detector.scores({200, 200, 100, 200, 99, 128, 128}), (Found{0, -1, -1, -1, -1, 0, -1}));
}

TEST(DetectorRule, HysteresisHoldsForEachClassByItself) {
  TestedDetector detector(rules(1, 1, 0, 256), {kHalf, kHalf});
  EXPECT_EQ(detector.windows({{200, 0}, {200, 130}, {200, 130}, {0, 130}, {200, 130}}), (Found{0, 1, -1, -1, 0}));
}

// A mean of 0 releases a class whose threshold is below the hysteresis.
TEST(DetectorRule, HysteresisBelowZeroEndsAtZero) {
  TestedDetector detector(rules(1, 1, 0, 20000), {10000});
  EXPECT_EQ(detector.scores({100, 1, 100, 0, 100}), (Found{0, -1, -1, -1, 0}));
}

TEST(DetectorRule, TheReleaseIsSeenDuringTheRefractoryTime) {
  TestedDetector detector(rules(1, 1, 2, 256), {kHalf});
  EXPECT_EQ(detector.scores({200, 0, 200, 200}), (Found{0, -1, -1, 0}));
}

TEST(DetectorRule, TakesTheLargestMeanAndOfEqualsTheFirst) {
  TestedDetector detector(rules(1), {kHalf, kHalf, kHalf});
  EXPECT_EQ(detector.windows({{150, 160, 155}, {160, 160, 160}, {127, 128, 127}}), (Found{1, 0, 1}));
}

TEST(DetectorRule, EachClassHasAThresholdOfItsOwn) {
  TestedDetector detector(rules(1), {60000, 20000});
  EXPECT_EQ(detector.windows({{200, 100}, {240, 100}, {200, 10}}), (Found{1, 0, -1}));
}

TEST(DetectorRule, AClassThatIsNeverDetectedIsNot) {
  TestedDetector detector(rules(1), {kNeverDetected, 0});
  EXPECT_EQ(detector.windows({{255, 0}, {255, 1}}), (Found{1, 1}));
  TestedDetector longest(rules(kMaxAverageWindows), {kNeverDetected});
  for (int i = 0; i < 600; ++i) EXPECT_EQ(longest.window({255}), -1);
}

TEST(DetectorRule, NothingIsDetectedWhileTheGateIsClosed) {
  DetectorRules gated = rules(2);
  gated.gate_class = 1;
  gated.gate_threshold = 25600;  // a mean of 100
  TestedDetector detector(gated, {kHalf, kNeverDetected});
  // Means of the gate: 99, 99.5, 100, 55
  EXPECT_EQ(detector.windows({{200, 99}, {200, 100}, {200, 100}, {200, 10}}), (Found{-1, -1, 0, -1}));
}

// A quiet window counts in the means and in the refractory time.
TEST(DetectorRule, NothingIsDetectedInAQuietWindow) {
  TestedDetector detector(rules(2, 2, 1), {kHalf});
  EXPECT_EQ(detector.window({200}, true), -1) << "one window";
  EXPECT_EQ(detector.window({200}, false), -1);
  EXPECT_EQ(detector.window({60}, true), 0) << "(200 + 60) / 2";
  EXPECT_EQ(detector.window({255}, false), -1) << "refractory";
  EXPECT_EQ(detector.window({255}, false), -1);
  EXPECT_EQ(detector.window({255}, true), 0);
}

// 255 windows of 255 give the largest sums, which must return to 0.
TEST(DetectorRule, TheLongestMeanIsExact) {
  TestedDetector detector(rules(kMaxAverageWindows), {65280});
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(detector.window({255}), 0);
  EXPECT_EQ(detector.mean(0), 65280);
  for (int i = 0; i < kMaxAverageWindows; ++i) EXPECT_EQ(detector.window({0}), -1);
  EXPECT_EQ(detector.mean(0), 0);
}

TEST(DetectorRule, KnowsWhichRulesAreValid) {
  EXPECT_TRUE(are_valid(rules(1), 1, 1));
  EXPECT_FALSE(are_valid(rules(0, 0), 1, 1));
  EXPECT_FALSE(are_valid(rules(2), 1, 1));
  EXPECT_FALSE(are_valid(rules(2, 3), 1, 2));
  EXPECT_FALSE(are_valid(rules(2, 0), 1, 2));
  EXPECT_FALSE(are_valid(rules(1, 1, -1), 1, 1));
  DetectorRules gated = rules(1);
  gated.gate_class = 3;
  EXPECT_FALSE(are_valid(gated, 3, 1));
  EXPECT_TRUE(are_valid(gated, 4, 1));
  gated.gate_class = -2;
  EXPECT_FALSE(are_valid(gated, 4, 1));
}

}  // namespace
}  // namespace stapes
