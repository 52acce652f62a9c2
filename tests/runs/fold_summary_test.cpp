// SPDX-License-Identifier: Apache-2.0
#include "runs/fold_summary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.h"

namespace stapes {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::ThrowsMessage;

TrainResult some_result() {
  return {.epochs = 40,
          .last_accuracy = 80,
          .best_accuracy = 90,
          .best_epoch = 32,
          .selected_on = "validation",
          .ema_accuracy = 85,
          .best_validation_accuracy = 70,
          .clips_per_second = 100,
          .seconds = 12};
}

FoldSummary two_of_three() {
  TrainResult other = some_result();
  other.last_accuracy = 84;
  return summarize({{1, "r/fold-1", some_result()}, {2, "r/fold-2", other}, {3, "r/fold-3", std::nullopt}});
}

TEST(TrainResult, JsonKeepsEveryField) {
  TrainResult result = some_result();
  EXPECT_EQ(to_json(train_result_from_json(to_json(result), "r")), to_json(result));
  result.ema_accuracy.reset();
  result.best_validation_accuracy.reset();
  EXPECT_EQ(to_json(train_result_from_json(to_json(result), "r")), to_json(result));
  for (const char* damaged : {"[]", "{}", "3", R"({"epochs":"many"})"}) {
    EXPECT_THAT([&] { train_result_from_json(nlohmann::json::parse(damaged), "run/result.json"); },
                ThrowsMessage<Error>(HasSubstr("run/result.json")));
  }
}

TEST(FoldSummary, AveragesFinishedFolds) {
  const FoldSummary summary = two_of_three();
  ASSERT_TRUE(summary.last);
  EXPECT_DOUBLE_EQ(summary.last->mean, 82);
  EXPECT_EQ(summary.last->count, 2);
  EXPECT_DOUBLE_EQ(summary.ema->mean, 85);
  EXPECT_DOUBLE_EQ(summary.best->mean, 90);
  const nlohmann::json json = to_json(summary);
  EXPECT_EQ(json.at("folds").size(), 3u);
  EXPECT_FALSE(json.at("folds")[2].at("finished"));
  EXPECT_EQ(json.at("folds")[1].at("last_accuracy"), 84);
  EXPECT_EQ(json.at("last_accuracy").at("mean"), 82);
}

TEST(FoldSummary, TheTableSaysWhatItsFiguresAreWorth) {
  const std::string table = fold_table(two_of_three(), InputKind::kSound);
  EXPECT_THAT(table, HasSubstr("not finished"));
  EXPECT_THAT(table, HasSubstr("82.00"));
  EXPECT_THAT(table, HasSubstr("\n95 % CI "));
  EXPECT_THAT(table, HasSubstr("Accuracy before packing, 10 crops. Interval: Student's t over 2 folds"));
  EXPECT_THAT(table, HasSubstr("optimistic"));
  EXPECT_THAT(table, HasSubstr("chosen on validation clips"));
  TrainResult on_test = some_result();
  on_test.selected_on = "test";
  EXPECT_THAT(fold_table(summarize({{1, "r", on_test}}), InputKind::kSound),
              HasSubstr("chosen on the test folds, so their accuracies are biased upward"));
  EXPECT_THAT(fold_table(two_of_three(), InputKind::kImage), HasSubstr("Accuracy before packing, whole images. "));
  EXPECT_THAT(fold_table(two_of_three(), InputKind::kFeatures), HasSubstr("Accuracy before packing, whole inputs. "));
}

TEST(FoldSummary, WithoutResultsThereIsNoMean) {
  const FoldSummary summary = summarize({{1, "r", std::nullopt}});
  EXPECT_FALSE(summary.last);
  EXPECT_TRUE(to_json(summary).at("last_accuracy").is_null());
  EXPECT_THAT(fold_table(summary, InputKind::kSound), Not(HasSubstr("mean")));
}

TEST(FoldSummary, OneFoldWithoutAveragedWeightsLeavesNoMeanOfThem) {
  TrainResult without = some_result();
  without.ema_accuracy.reset();
  EXPECT_FALSE(summarize({{1, "a", some_result()}, {2, "b", without}}).ema);
}

}  // namespace
}  // namespace stapes
