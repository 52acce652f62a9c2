// SPDX-License-Identifier: Apache-2.0
#include "evaluate/open_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.h"

namespace stapes {
namespace {

using Scores = std::vector<double>;
using Labels = std::vector<std::string>;

TEST(Auroc, IsTheShareOfPairsInTheRightOrder) {
  EXPECT_DOUBLE_EQ(auroc(Scores{0.9, 0.8}, Scores{0.1, 0.2}).value(), 1);
  EXPECT_DOUBLE_EQ(auroc(Scores{0.1, 0.2}, Scores{0.9, 0.8}).value(), 0);
  // Of the six pairs, 0.9 wins three and 0.4 wins one (against 0.3).
  EXPECT_DOUBLE_EQ(auroc(Scores{0.9, 0.4}, Scores{0.3, 0.5, 0.8}).value(), 4.0 / 6);
}

TEST(Auroc, CountsTiesHalf) {
  EXPECT_DOUBLE_EQ(auroc(Scores{1, 1, 1}, Scores{1, 1}).value(), 0.5);
  // 0.5 wins against 0.2, ties with both 0.5: 2 of 3; 0.7 wins three: (2 + 3) / 6.
  EXPECT_DOUBLE_EQ(auroc(Scores{0.7, 0.5}, Scores{0.5, 0.2, 0.5}).value(), 5.0 / 6);
}

TEST(Auroc, NeedsScoresOfBothKinds) {
  EXPECT_FALSE(auroc({}, Scores{1}));
  EXPECT_FALSE(auroc(Scores{1}, {}));
}

TEST(OpenSet, CountsByHand) {
  const Labels labels = {"yes", "background", "no", "unknown"};
  Evaluation evaluation(4);
  evaluation.add(0, Scores{0.7, 0.1, 0.1, 0.1});    // yes, correct: score 0.8
  evaluation.add(0, Scores{0.2, 0.1, 0.6, 0.1});    // yes, taken for no: 0.8
  evaluation.add(2, Scores{0.1, 0.2, 0.3, 0.4});    // no, rejected: 0.4
  evaluation.add(3, Scores{0.0, 0.75, 0.0, 0.25});  // unknown, rejected as background: 0
  evaluation.add(3, Scores{0.5, 0.0, 0.3, 0.2});    // unknown, accepted: 0.8
  evaluation.add(1, Scores{0.0, 0.5, 0.25, 0.25});  // background, rejected: 0.25
  const std::optional<OpenSet> open_set = open_set_of(evaluation, labels);
  ASSERT_TRUE(open_set);
  EXPECT_EQ(open_set->correct, 1);
  EXPECT_EQ(open_set->wrong_class, 1);
  EXPECT_EQ(open_set->rejected, 1);
  EXPECT_EQ(open_set->unknown->accepted, 1);
  EXPECT_EQ(open_set->unknown->rejected, 1);
  EXPECT_EQ(open_set->background->accepted, 0);
  EXPECT_EQ(open_set->background->rejected, 1);
  EXPECT_EQ(open_set->negatives(), 3);
  EXPECT_EQ(open_set->accepted(), 1);
  // 0.8 and 0.8 win against 0 and 0.25 and tie with 0.8; 0.4 wins two: (2.5 + 2.5 + 2) / 9.
  EXPECT_DOUBLE_EQ(open_set->auroc.value(), 7.0 / 9);
  const nlohmann::json json = to_json(*open_set);
  EXPECT_EQ(json.at("known"), (nlohmann::json{{"clips", 3}, {"correct", 1}, {"wrong_class", 1}, {"rejected", 1}}));
  EXPECT_EQ(json.at("unknown"), (nlohmann::json{{"clips", 2}, {"accepted", 1}, {"rejected", 1}}));
  EXPECT_EQ(json.at("background").at("clips"), 1);
}

TEST(OpenSet, IsOfModelsThatCanReject) {
  Evaluation evaluation(2);
  evaluation.add(0, Scores{0.7, 0.3});
  EXPECT_FALSE(open_set_of(evaluation, {"yes", "no"}));
  EXPECT_FALSE(open_set_of(evaluation, {"unknown", "background"}));  // has no known class
  const std::optional<OpenSet> without_negatives = open_set_of(evaluation, {"yes", "unknown"});
  ASSERT_TRUE(without_negatives);
  EXPECT_FALSE(without_negatives->auroc);
  EXPECT_TRUE(to_json(*without_negatives).at("auroc").is_null());
  EXPECT_FALSE(without_negatives->background);
}

TEST(OpenSet, NeedsProbabilitiesOfAllClips) {
  Evaluation evaluation(2);
  evaluation.add(0, Scores{0.7, 0.3});
  evaluation.add(1, 1);
  EXPECT_THROW(open_set_of(evaluation, {"yes", "unknown"}), Error);
}

}  // namespace
}  // namespace stapes
