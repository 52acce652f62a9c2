// SPDX-License-Identifier: Apache-2.0
#include "data/formats/import.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "base/error.h"
#include "data/data_set.h"
#include "data/formats/ordered_work.h"
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
  const ClipLoader load = [](const ClipPlan&) { return std::vector<std::int16_t>{1, 2}; };
  write_data_set(plan_of_three(), load, dir / "a", {});
  EXPECT_THAT(DataSet(dir / "a").labels(), ElementsAre("a", "b"));
  EXPECT_EQ(DataSet(dir / "a").clips()[2].label, 1);
  ImportPlan plan = plan_of_three();
  plan.keep_empty_labels = true;
  write_data_set(std::move(plan), load, dir / "b", {});
  EXPECT_THAT(DataSet(dir / "b").labels(), ElementsAre("unused", "a", "b"));
}

// Circular links and overlong names make std::filesystem throw.
TEST(Importers, AFolderThatCannotBeLookedIntoIsRefusedByName) {
  const test::TempDir dir;
  std::filesystem::create_symlink("loop", dir / "loop");
  const struct {
    ImportReport (*import)(const std::filesystem::path&, const std::filesystem::path&, const ImportOptions&);
    const char* message;
  } importers[] = {{import_esc50, "is not ESC-50"},
                   {import_urbansound8k, "is not UrbanSound8K"},
                   {import_speech_commands, "is not a folder; expected one folder per word"},
                   {import_cifar10, "expected the binary version of cifar10"}};
  for (const auto& importer : importers) {
    for (const std::string& name : {std::string("loop"), std::string(300, 'x')}) {
      EXPECT_THAT([&] { importer.import(dir / name, dir / "out", {}); },
                  ThrowsMessage<Error>(testing::AllOf(HasSubstr(name), HasSubstr(importer.message))));
    }
  }
}

// Clip i has class i % 2, fold i % 3 + 1 and its number as name.
ImportPlan numbered_plan(int clips) {
  ImportPlan plan;
  plan.format = "test";
  plan.labels = {"a", "b"};
  for (int i = 0; i < clips; ++i) {
    plan.clips.push_back(
        {.info = {.name = std::to_string(i), .source = "s", .label = i % 2, .fold = i % 3 + 1}, .file = {}});
  }
  return plan;
}

std::set<std::string> names_kept(int clips, const ImportOptions& options) {
  const test::TempDir dir;
  std::set<std::string> loaded, kept;
  std::mutex mutex;
  write_data_set(
      numbered_plan(clips),
      [&](const ClipPlan& clip) {
        const std::lock_guard lock(mutex);
        loaded.insert(clip.info.name);
        return std::vector<std::int16_t>{1};
      },
      dir / "a", options);
  const DataSet data(dir / "a");
  int before = -1;
  for (const ClipView& clip : data.clips()) {
    kept.insert(std::string(clip.name));
    EXPECT_GT(std::stoi(std::string(clip.name)), before) << "out of the order of the plan";
    before = std::stoi(std::string(clip.name));
  }
  EXPECT_EQ(loaded, kept) << "the others are not even read";
  return kept;
}

TEST(WriteDataSet, ALimitKeepsSomeOfEachClassAndFoldAsTheSeedSays) {
  const std::set<std::string> five = names_kept(120, {.seed = 1, .limit = 5});
  EXPECT_EQ(five.size(), 30u);
  std::map<int, int> of_class_and_fold;
  for (const std::string& name : five) ++of_class_and_fold[std::stoi(name) % 6];
  for (const auto& [group, count] : of_class_and_fold) EXPECT_EQ(count, 5);
  EXPECT_EQ(names_kept(120, {.threads = 1, .seed = 1, .limit = 5}), five);
  EXPECT_NE(names_kept(120, {.seed = 2, .limit = 5}), five);
  const std::set<std::string> two = names_kept(120, {.seed = 1, .limit = 2});
  EXPECT_TRUE(std::includes(five.begin(), five.end(), two.begin(), two.end())) << "fewer are some of more";
  EXPECT_EQ(names_kept(120, {.seed = 1, .limit = 20}).size(), 120u);
  EXPECT_EQ(names_kept(7, {.seed = 1, .limit = 1}).size(), 6u);
}

// A class without clips in the published test part cannot be evaluated.
TEST(WriteDataSet, AClassThatAPublishedPartLacksIsWarnedAbout) {
  const test::TempDir dir;
  ImportPlan plan = numbered_plan(8);
  plan.format = "images-split";
  plan.image = ImageSize{1, 1, 1};
  for (ClipPlan& clip : plan.clips) clip.info.fold = clip.info.label == 0 ? kTestPart : kTrainingPart;
  const ImportReport report =
      write_data_set(std::move(plan), [](const ClipPlan&) { return std::vector<std::int16_t>{0}; }, dir / "a", {});
  EXPECT_THAT(report.warnings, ElementsAre(HasSubstr("class a has no clips in the published training part"),
                                           HasSubstr("class b has no clips in the published test part")))
      << "and no word on silence";
}

TEST(WriteDataSet, OnlyErrorsOfTheClipAreSkipped) {
  const test::TempDir dir;
  const auto run = [&] {
    write_data_set(plan_of_three(),
                   [](const ClipPlan& clip) -> std::vector<std::int16_t> {
                     if (clip.info.name == "1") throw std::bad_alloc();
                     return {1};
                   },
                   dir / "a", {});
  };
  EXPECT_THROW(run(), std::bad_alloc);
  EXPECT_TRUE(std::filesystem::is_empty(dir.path()));
}

}  // namespace
}  // namespace stapes
