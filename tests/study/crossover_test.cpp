// SPDX-License-Identifier: Apache-2.0
#include "study/results/crossover.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <random>

#include "base/error.h"
#include "study/study_fixture.h"

namespace stapes {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

SignChange change_of(std::vector<double> differences) {
  std::vector<double> x;
  for (std::size_t i = 0; i < differences.size(); ++i) x.push_back(10.0 * static_cast<double>(i + 1));
  return last_sign_change(x, differences);
}

TEST(SignChange, IsWhereTheStraightLineCrossesZero) {
  const SignChange change = change_of({3, -1});
  ASSERT_TRUE(change.x);
  EXPECT_DOUBLE_EQ(*change.x, 17.5);
  EXPECT_EQ(change.ahead, Ahead::kSecond);
  EXPECT_EQ(change.count, 1);
  EXPECT_EQ(change_of({-3, -1, 1}).ahead, Ahead::kFirst);
}

TEST(SignChange, IsTheLastOfSeveral) {
  const SignChange change = change_of({2, -2, 2, 1, -3});
  ASSERT_TRUE(change.x);
  EXPECT_DOUBLE_EQ(*change.x, 42.5);
  EXPECT_EQ(change.ahead, Ahead::kSecond);
  EXPECT_EQ(change.count, 3);
}

TEST(SignChange, IsTheEndOfAStretchOfTies) {
  EXPECT_DOUBLE_EQ(change_of({2, 0, -2}).x.value(), 20);
  EXPECT_DOUBLE_EQ(change_of({2, 0, 0, -2}).x.value(), 30);
}

TEST(SignChange, IsNotATieAtAnEndOrOnTheWay) {
  for (const std::vector<double>& differences :
       {std::vector<double>{2, 1, 3}, {0, 2, 1}, {2, 1, 0}, {2, 0, 1}, {2}, {1e-13, 2}, {-1e-13, 2}}) {
    const SignChange change = change_of(differences);
    EXPECT_FALSE(change.x);
    EXPECT_EQ(change.ahead, Ahead::kFirst);
  }
  EXPECT_EQ(change_of({0, 0}).ahead, Ahead::kNeither);
  EXPECT_EQ(change_of({}).ahead, Ahead::kNeither);
}

class CrossoverOf : public testing::Test {
 protected:
  using Accuracy = std::function<double(int, int)>;

  void make(const Accuracy& first, const Accuracy& second) {
    study_.series = {test::FakeSeries{.route = "xnor", .accuracy = first},
                     test::FakeSeries{.route = "int8", .accuracy = second}};
    results_ = test::fake_results(study_);
  }

  Crossover find(Protocol protocol = Protocol::kTenCrops, const BootstrapOptions& options = {.draws = 400}) const {
    return find_crossover(test::fake_series(results_, "micro xnor"), test::fake_series(results_, "micro int8"),
                          protocol, options);
  }
  std::string text() const { return describe(find(), "xnor", "int8"); }

  void erase(const std::string& route, int class_count, int fold) {
    std::erase_if(results_.finished, [&](const FinishedCell& cell) {
      const CellId& id = cell.result.id;
      return id.route == route && id.class_count == class_count && id.fold == fold;
    });
  }

  test::FakeStudy study_{.class_counts = {10, 20, 30, 40, 50}, .clips_per_class = 20};
  StudyResults results_;
};

// 90 - n / 2 = 70 + n / 10 at n = 33.3 classes.
TEST_F(CrossoverOf, StraightLinesIsWhereTheyCross) {
  make([](int n, int) { return 90 - n / 2.0; }, [](int n, int) { return 70 + n / 10.0; });
  const Crossover crossover = find();
  EXPECT_THAT(crossover.class_counts, ElementsAre(10, 20, 30, 40, 50));
  EXPECT_THAT(crossover.folds, ElementsAre(1, 2));
  EXPECT_NEAR(crossover.differences[0], 14, 1e-9);
  ASSERT_TRUE(crossover.change.x);
  EXPECT_NEAR(*crossover.change.x, 100 / 3.0, 1e-9);
  EXPECT_EQ(crossover.change.ahead, Ahead::kSecond);
  EXPECT_EQ(crossover.draws, 400);
  EXPECT_GT(crossover.share, 0.99);
  ASSERT_TRUE(crossover.interval_95);
  EXPECT_LT(crossover.interval_95->low, 100 / 3.0);
  EXPECT_GT(crossover.interval_95->high, 100 / 3.0);
  EXPECT_GT(crossover.interval_95->low, 20);
  EXPECT_THAT(text(), HasSubstr("int8 overtakes xnor at 33.3 classes"));
  const auto json = to_json(crossover);
  EXPECT_EQ(json.at("ahead"), "second");
  EXPECT_NEAR(json.at("position").get<double>(), 100 / 3.0, 1e-9);
}

TEST_F(CrossoverOf, FarApartIsNoneInAnyDraw) {
  make([](int, int) { return 90; }, [](int, int) { return 50; });
  const Crossover crossover = find();
  EXPECT_FALSE(crossover.change.x);
  EXPECT_EQ(crossover.change.ahead, Ahead::kFirst);
  EXPECT_EQ(crossover.share, 0);
  EXPECT_FALSE(crossover.interval_95);
  EXPECT_EQ(text(), "none up to 50 classes: xnor leads throughout (0 % of 400 bootstrap draws have a crossover)");
}

TEST_F(CrossoverOf, CloseCurvesIsNoneButDrawsDoubtIt) {
  make([](int, int) { return 80; }, [](int, int) { return 79; });
  const Crossover crossover = find();
  EXPECT_FALSE(crossover.change.x);
  EXPECT_GT(crossover.share, 0.1);
  EXPECT_LT(crossover.share, 0.9);
  EXPECT_TRUE(crossover.interval_95);
}

// All clips agree, so no uncertainty remains.
TEST_F(CrossoverOf, SourcesThatAllAgreeHaveAnIntervalWithoutWidth) {
  make([](int n, int) { return n < 30 ? 100 : 0; }, [](int n, int) { return n < 30 ? 0 : 100; });
  const Crossover crossover = find();
  EXPECT_DOUBLE_EQ(crossover.change.x.value(), 25);
  EXPECT_EQ(crossover.share, 1);
  EXPECT_DOUBLE_EQ(crossover.interval_95.value().low, 25);
  EXPECT_DOUBLE_EQ(crossover.interval_95.value().high, 25);
}

// Each series gets the same clips right at 10 and at 20 classes, so a draw's two differences are equal. With separate
// draws, half of them would show a crossover.
TEST_F(CrossoverOf, OneDrawServesAllClassCounts) {
  study_.class_counts = {10, 20};
  make([](int, int) { return 75; }, [](int, int) { return 75; });
  for (FinishedCell& cell : results_.finished) {
    std::erase_if(cell.result.clips, [](const ClipDecision& clip) { return clip.label >= 10; });
    const std::string salt = cell.result.id.route;  // decisions depend on clip and route, not on the class count
    for (ClipDecision& clip : cell.result.clips)
      clip.ten_crops = test::fake_hash(clip.name + salt) % 4 ? clip.label : 9 - clip.label;
  }
  const Crossover crossover = find();
  EXPECT_EQ(crossover.differences[0], crossover.differences[1]);
  EXPECT_EQ(crossover.share, 0);
}

TEST_F(CrossoverOf, EqualSeriesIsATie) {
  make([](int, int) { return 80; }, [](int, int) { return 80; });
  for (FinishedCell& cell : results_.finished) {
    for (ClipDecision& clip : cell.result.clips) clip.ten_crops = clip.label;
  }
  EXPECT_EQ(find().change.ahead, Ahead::kNeither);
  EXPECT_THAT(text(), HasSubstr("equal throughout"));
  study_.class_counts = {10};
  make([](int, int) { return 80; }, [](int, int) { return 80; });
  EXPECT_EQ(text(), "xnor and int8 are equal at 10 classes");
}

TEST_F(CrossoverOf, OneClassCountCannotTell) {
  study_.class_counts = {10};
  make([](int, int) { return 80; }, [](int, int) { return 70; });
  const Crossover crossover = find();
  EXPECT_EQ(crossover.draws, 0);
  EXPECT_FALSE(crossover.change.x);
  EXPECT_THAT(text(), HasSubstr("xnor leads by 10.0 points at 10 classes"));
}

TEST_F(CrossoverOf, UnequalSetsIsTakenOverTheCommonOnes) {
  make([](int n, int) { return 90 - n / 2.0; }, [](int, int) { return 70; });
  for (const int fold : {1, 2}) erase("int8", 30, fold);
  for (const int fold : {1, 2}) erase("xnor", 50, fold);
  EXPECT_THAT(find().class_counts, ElementsAre(10, 20, 40));
  erase("int8", 10, 2);  // the fold is then ignored at every class count
  EXPECT_THAT(find().folds, ElementsAre(1));
  erase("int8", 20, 1);
  erase("xnor", 40, 2);
  EXPECT_TRUE(find().class_counts.empty());
  EXPECT_THAT(text(), HasSubstr("there is no fold that xnor and int8 both finished at every class count"));
}

TEST_F(CrossoverOf, TheSingleWindowIsAnotherCurve) {
  make([](int, int) { return 80; }, [](int n, int) { return 60 + n; });
  EXPECT_NEAR(find().change.x.value(), 20, 1e-9);
  for (FinishedCell& cell : results_.finished) {
    if (cell.result.id.route != "xnor") continue;
    for (ClipDecision& clip : cell.result.clips) clip.single_window = clip.label;
  }
  EXPECT_FALSE(find(Protocol::kSingleWindow).change.x.has_value());
}

// Whole folds are drawn: contradicting folds leave more uncertainty.
TEST_F(CrossoverOf, FoldsThatDisagreeLeaveMoreDoubt) {
  const auto width = [&] {
    const auto interval = find().interval_95.value();
    return interval.high - interval.low;
  };
  make([](int n, int) { return 90 - n / 2.0; }, [](int, int) { return 75; });
  const double agreeing = width();
  make([](int n, int) { return 90 - n / 2.0; }, [](int, int fold) { return fold == 1 ? 69 : 81; });
  EXPECT_GT(width(), 1.5 * agreeing);
}

TEST_F(CrossoverOf, DrawsDependOnTheSeedAlone) {
  make([](int n, int) { return 90 - n / 2.0; }, [](int, int) { return 75; });
  const auto before = to_json(find(Protocol::kTenCrops, {.draws = 50, .seed = 1}));
  for (FinishedCell& cell : results_.finished) std::reverse(cell.result.clips.begin(), cell.result.clips.end());
  EXPECT_EQ(to_json(find(Protocol::kTenCrops, {.draws = 50, .seed = 1})), before);
  EXPECT_NE(to_json(find(Protocol::kTenCrops, {.draws = 50, .seed = 2})), before);
}

}  // namespace
}  // namespace stapes
