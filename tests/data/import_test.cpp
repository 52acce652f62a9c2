#include "data/import.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "base/error.h"
#include "data/data_set.h"
#include "data/ordered_work.h"
#include "support/temp_dir.h"

namespace stapes {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(OrderedParallelFor, TakesInOrderAndNeverMoreThanAllowedAhead) {
  std::atomic<std::size_t> taken = 0, furthest_ahead = 0;
  std::vector<std::size_t> order;
  ordered_parallel_for<std::size_t>(
      200, 4, 8, 1000,
      [&](std::size_t i) {
        furthest_ahead = std::max<std::size_t>(furthest_ahead, i - std::min<std::size_t>(i, taken));
        if (i % 16 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(2));
        return i * i;
      },
      [](std::size_t) { return std::size_t{1}; },
      [&](std::size_t i, std::size_t result) {
        EXPECT_EQ(result, i * i);
        order.push_back(i);
        taken = i + 1;
      });
  ASSERT_EQ(order.size(), 200u);
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
  EXPECT_LE(furthest_ahead, 8u);
}

TEST(OrderedParallelFor, ABudgetOfNothingStillGetsDone) {
  std::size_t sum = 0;
  ordered_parallel_for<std::size_t>(
      50, 3, 8, 0, [](std::size_t i) { return i; }, [](std::size_t) { return std::size_t{1000}; },
      [&](std::size_t, std::size_t i) { sum += i; });
  EXPECT_EQ(sum, 1225u);
}

TEST(OrderedParallelFor, AFailureOfEitherSideEndsIt) {
  for (const bool in_make : {true, false}) {
    const auto run = [&] {
      ordered_parallel_for<std::size_t>(
          500, 4, 4, 1000,
          [&](std::size_t i) {
            if (in_make && i == 100) throw Error("made no {}", i);
            return i;
          },
          [](std::size_t) { return std::size_t{1}; },
          [&](std::size_t i, std::size_t) {
            if (!in_make && i == 100) throw Error("took no {}", i);
          });
    };
    EXPECT_THAT(run, ThrowsMessage<Error>(HasSubstr(in_make ? "made no 100" : "took no 100")));
  }
}

ImportPlan plan_of_three() {
  ImportPlan plan{
      .format = "test", .labels = {"unused", "a", "b"}, .clips = {}, .skipped = {}, .keep_empty_labels = false};
  for (int i = 0; i < 3; ++i) {
    plan.clips.push_back(
        {.info = {.name = std::to_string(i), .source = "s", .label = i == 2 ? 2 : 1, .fold = 1}, .file = {}});
  }
  return plan;
}

TEST(WriteDataSet, LabelsWithoutClipsGoUnlessTheyMeanSomething) {
  const test::TempDir dir;
  const ClipLoader load = [](const ClipPlan&, std::size_t) { return std::vector<std::int16_t>{1, 2}; };
  write_data_set(plan_of_three(), load, dir / "a", {});
  EXPECT_THAT(DataSet(dir / "a").labels(), ElementsAre("a", "b"));
  EXPECT_EQ(DataSet(dir / "a").clips()[2].label, 1);
  ImportPlan plan = plan_of_three();
  plan.keep_empty_labels = true;
  write_data_set(std::move(plan), load, dir / "b", {});
  EXPECT_THAT(DataSet(dir / "b").labels(), ElementsAre("unused", "a", "b"));
}

TEST(WriteDataSet, OnlyErrorsOfTheClipAreSkipped) {
  const test::TempDir dir;
  const auto run = [&] {
    write_data_set(plan_of_three(),
                   [](const ClipPlan&, std::size_t index) -> std::vector<std::int16_t> {
                     if (index == 1) throw std::bad_alloc();
                     return {1};
                   },
                   dir / "a", {});
  };
  EXPECT_THROW(run(), std::bad_alloc);
  EXPECT_TRUE(std::filesystem::is_empty(dir.path()));
}

}  // namespace
}  // namespace stapes
