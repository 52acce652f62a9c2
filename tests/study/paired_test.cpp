// SPDX-License-Identifier: Apache-2.0
#include "study/results/paired.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <random>

#include "base/error.h"
#include "study/study_fixture.h"

namespace stapes {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

// Two cells, each the only cell of its series.
class PairedDifferenceOf : public testing::Test {
 protected:
  PairedDifferenceOf() {
    for (FinishedCell* cell : {&first_, &second_}) {
      cell->result.id = {.classes = "two", .class_count = 2, .fold = 1, .network = "net", .route = "a"};
      cell->result.labels = {"yes", "no"};
    }
    second_.result.id.route = "b";
  }

  // A clip with label 0 that each model gets right (1) or wrong (0).
  void clip(const std::string& source, int first_right, int second_right) {
    const std::string name = "clip" + std::to_string(first_.result.clips.size());
    first_.result.clips.push_back({name, source, 0, 1 - first_right, 1});
    second_.result.clips.push_back({name, source, 0, 1 - second_right, 0});
  }

  PairedDifference compare(Protocol protocol = Protocol::kTenCrops, const BootstrapOptions& options = {}) const {
    SeriesPoint a, b;
    a.cells = {&first_};
    b.cells = {&second_};
    return paired_difference(a, b, protocol, options).value();
  }

  FinishedCell first_, second_;
};

// By hand: 5 of 8 against 3 of 8.
TEST_F(PairedDifferenceOf, CountsWhoIsRight) {
  for (int i = 0; i < 3; ++i) clip(std::to_string(i), 1, 0);
  for (int i = 3; i < 5; ++i) clip(std::to_string(i), 1, 1);
  clip("s5", 0, 1);
  for (int i = 6; i < 8; ++i) clip(std::to_string(i), 0, 0);
  const PairedDifference paired = compare();
  EXPECT_DOUBLE_EQ(paired.first, 62.5);
  EXPECT_DOUBLE_EQ(paired.second, 37.5);
  EXPECT_DOUBLE_EQ(paired.difference, 25);
  EXPECT_EQ(paired.only_first_right, 3);
  EXPECT_EQ(paired.only_second_right, 1);
  EXPECT_DOUBLE_EQ(paired.mcnemar_p, 0.625);  // 2 (1 + 4) / 2^4
  EXPECT_TRUE(paired.mcnemar_apt);
  EXPECT_EQ(paired.judgements, 8);
  EXPECT_EQ(paired.sources, 8);
  EXPECT_DOUBLE_EQ(compare(Protocol::kSingleWindow).difference,
                   -100);  // there, the first is always wrong, the second never
}

TEST_F(PairedDifferenceOf, ClipsThatAreAllTheSameLeaveNoDoubt) {
  for (int i = 0; i < 10; ++i) clip(std::to_string(i), 1, 0);
  const PairedDifference paired = compare();
  ASSERT_TRUE(paired.interval_95);
  EXPECT_DOUBLE_EQ(paired.interval_95->low, 100);
  EXPECT_DOUBLE_EQ(paired.interval_95->high, 100);
  EXPECT_TRUE(paired.is_clear());
}

// 100 sources of one clip, half of them in favor of the first. A draw's difference is Bin(100, 1/2): 95 % of draws lie
// between 40 and 60 (binomial tables).
TEST_F(PairedDifferenceOf, TheIntervalOfIndependentClipsIsBinomial) {
  for (int i = 0; i < 100; ++i) clip(std::to_string(i), i % 2, 0);
  const PairedDifference paired = compare(Protocol::kTenCrops, {.draws = 20000, .seed = 3});
  ASSERT_TRUE(paired.interval_95);
  EXPECT_DOUBLE_EQ(paired.interval_95->low, 40);
  EXPECT_DOUBLE_EQ(paired.interval_95->high, 60);
}

// The same clips from 10 recordings, each entirely right or wrong: 10 Bin(10, 1/2), between 20 and 80.
TEST_F(PairedDifferenceOf, ClipsOfOneSourceAreDrawnTogether) {
  for (int i = 0; i < 100; ++i) clip(std::to_string(i % 10), i % 2, 0);
  const PairedDifference paired = compare(Protocol::kTenCrops, {.draws = 20000, .seed = 3});
  ASSERT_TRUE(paired.interval_95);
  EXPECT_DOUBLE_EQ(paired.interval_95->low, 20);
  EXPECT_DOUBLE_EQ(paired.interval_95->high, 80);
  EXPECT_FALSE(paired.mcnemar_apt);
}

TEST_F(PairedDifferenceOf, OneSourceHasNoInterval) {
  clip("s", 1, 0);
  clip("s", 0, 0);
  EXPECT_FALSE(compare().interval_95);
  EXPECT_TRUE(to_json(compare()).at("interval_95").is_null());
}

TEST_F(PairedDifferenceOf, AClipWithoutASourceIsItsOwn) {
  clip("", 1, 0);
  clip("", 0, 0);
  EXPECT_EQ(compare().sources, 2);
}

TEST_F(PairedDifferenceOf, DrawsDependOnTheSeedAndNotOnTheOrderOfClips) {
  for (int i = 0; i < 30; ++i) clip(std::to_string(i / (1 + i % 3)), i % 2, i % 5 == 0);
  const BootstrapOptions options{.draws = 101, .seed = 1}, other{.draws = 101, .seed = 2};
  const auto before = to_json(compare(Protocol::kTenCrops, options));
  EXPECT_NE(to_json(compare(Protocol::kTenCrops, other)), before);
  std::reverse(first_.result.clips.begin(), first_.result.clips.end());
  EXPECT_EQ(to_json(compare(Protocol::kTenCrops, options)), before);
}

TEST_F(PairedDifferenceOf, OtherClipsOrLabelsAreRefused) {
  for (int i = 0; i < 4; ++i) clip(std::to_string(i), 1, 0);
  const CellResult whole = second_.result;
  const auto refuses = [&](const char* because) {
    EXPECT_THAT([&] { compare(); }, ThrowsMessage<Error>(testing::AllOf(HasSubstr(because), HasSubstr("net b"))));
    second_.result = whole;
  };
  second_.result.clips[2].label = 1;
  refuses("the label of clip clip2 differs");
  second_.result.clips[2].name = "other";
  refuses("only the first was tested on clip clip2");
  second_.result.clips.push_back({"more", "s", 0, 0, 0});
  refuses("only the second was tested on clip more");
  second_.result.clips[2].name = "clip1";
  refuses("in the second, two clips are named clip1");
  first_.result.clips[2].name = "clip1";
  refuses("in the first, two clips are named clip1");
  first_.result.clips[2].name = "clip2";
  second_.result.labels[0] = "maybe";
  refuses("classes differ");
}

TEST(PairedDifference, PoolsFoldsAndSeedsThatBothFinished) {
  test::FakeSeries better{.route = "xnor"}, worse{.route = "int8"};
  better.accuracy = [](int, int fold) { return fold == 1 ? 90.0 : 80.0; };
  worse.accuracy = [](int, int) { return 75.0; };
  StudyResults results =
      test::fake_results({.class_counts = {10}, .folds = {1, 2}, .seeds = {1, 2}, .series = {better, worse}});
  std::erase_if(results.finished, [](const FinishedCell& cell) {
    return cell.result.id.route == "int8" && cell.result.id.fold == 2 && cell.result.id.seed == 2;
  });
  const Series first = test::fake_series(results, "micro xnor"), second = test::fake_series(results, "micro int8");
  const auto paired = paired_difference(first.points[0], second.points[0], Protocol::kTenCrops);
  ASSERT_TRUE(paired);
  EXPECT_EQ(paired->cells, 3);
  EXPECT_EQ(paired->judgements, 3 * 80);
  EXPECT_EQ(paired->sources, 2 * 40);
  EXPECT_NEAR(paired->first, (90 + 90 + 80) / 3.0, 1e-9);
  EXPECT_NEAR(paired->second, 75, 1e-9);
  EXPECT_FALSE(paired->mcnemar_apt);
  std::erase_if(results.finished, [](const FinishedCell& cell) { return cell.result.id.route == "int8"; });
  EXPECT_FALSE(
      paired_difference(test::fake_series(results, "micro xnor").points[0], SeriesPoint{}, Protocol::kTenCrops));
}

TEST(McNemar, IsTheBinomialTail) {
  EXPECT_NEAR(mcnemar_exact(1, 9), 22 / 1024.0, 1e-12);  // 2 (1 + 10) / 2^10
  EXPECT_NEAR(mcnemar_exact(9, 1), 22 / 1024.0, 1e-12);
  EXPECT_NEAR(mcnemar_exact(0, 6), 2 / 64.0, 1e-12);
  EXPECT_DOUBLE_EQ(mcnemar_exact(0, 0), 1);
  EXPECT_DOUBLE_EQ(mcnemar_exact(5, 5), 1);
  // 2000 clips, far from equal: normal distribution with continuity correction, (|1060 - 940| - 1) / sqrt(2000).
  EXPECT_NEAR(mcnemar_exact(1060, 940), std::erfc(119 / std::sqrt(2000.0) / std::sqrt(2.0)), 1e-4);
}

// Known difference: each recording favors the first, the second or neither, and its 1 to 4 clips agree. About 95 of
// 100 intervals must contain the truth. With a bootstrap over single clips, 15 % fewer would.
TEST(PairedDifference, TheIntervalHoldsTheTruthAboutAsOftenAsItSays) {
  constexpr int kDataSets = 200;
  constexpr double kTruth = 100 * (0.3 - 0.2);
  std::mt19937 random(11);  // portable, unlike the std distributions
  int held = 0;
  for (int set = 0; set < kDataSets; ++set) {
    FinishedCell first, second;
    for (int source = 0; source < 80; ++source) {
      const double kind = static_cast<double>(random()) * 0x1p-32;
      const int clips = 1 + static_cast<int>(random() % 4);
      for (int i = 0; i < clips; ++i) {
        const std::string name = std::to_string(source) + "-" + std::to_string(i);
        first.result.clips.push_back({name, std::to_string(source), 0, kind < 0.3 ? 0 : 1, 0});
        second.result.clips.push_back({name, std::to_string(source), 0, kind >= 0.3 && kind < 0.5 ? 0 : 1, 0});
      }
    }
    SeriesPoint a, b;
    a.cells = {&first};
    b.cells = {&second};
    const auto interval =
        paired_difference(a, b, Protocol::kTenCrops, {.draws = 500, .seed = static_cast<std::uint64_t>(set)})
            ->interval_95;
    held += interval->low <= kTruth && kTruth <= interval->high;
  }
  EXPECT_GE(held, kDataSets * 90 / 100);
  EXPECT_LE(held, kDataSets * 99 / 100);
}

}  // namespace
}  // namespace stapes
