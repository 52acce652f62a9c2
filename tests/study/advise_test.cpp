// SPDX-License-Identifier: Apache-2.0
#include "study/report/advise.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "emulate/memory_units.h"
#include "study/study_fixture.h"

namespace stapes {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::ThrowsMessage;

// 80 clips per fold: accuracies in steps of 1.25 %.
class AdviseTest : public testing::Test {
 protected:
  AdviseTest() {
    study_.class_counts = {10};
    study_.series = {test::steady("tiny", "int8", 70, 50 * kKiB, 10 * kKiB, 20),
                     test::steady("wide", "int8", 90, 294 * kKiB, 60 * kKiB, 212),
                     test::steady("micro", "xnor", 77.5, 150 * kKiB, 30 * kKiB, 100),
                     test::steady("micro", "int8", 80, 200 * kKiB, 40 * kKiB, 150)};
    request_.target = "cortex-m4";
    request_.limits = {.flash_bytes = 256 * kKiB, .ram_bytes = 64 * kKiB, .latency_ms = 200, .accuracy = {}};
    make();
  }

  void make() { results_ = test::fake_results(study_); }
  Advice ask() const { return advise(results_, request_); }
  std::string text() const { return advice_text(ask(), results_); }
  static std::vector<std::string> names(const Advice& advice) {
    std::vector<std::string> all;
    for (const AdviceCandidate& candidate : advice.candidates) all.push_back(candidate.series);
    return all;
  }
  static std::vector<std::string> shortfalls(const AdviceCandidate& candidate) {
    std::vector<std::string> all;
    for (const Shortfall& shortfall : candidate.shortfalls) all.push_back(shortfall.text);
    return all;
  }
  CellResult& cell(const std::string& series, int fold) {
    return std::ranges::find_if(results_.finished,
                                [&](const FinishedCell& cell) {
                                  return series_name(cell.result.id) == series && cell.result.id.fold == fold;
                                })
        ->result;
  }

  test::FakeStudy study_;
  StudyResults results_;
  AdviceRequest request_;
};

TEST_F(AdviseTest, PicksTheMostAccurateThatFitsAndSaysWhatTheOthersLack) {
  const Advice advice = ask();
  EXPECT_THAT(names(advice), ElementsAre("micro int8", "micro xnor", "tiny int8", "wide int8"));
  ASSERT_TRUE(advice.best());
  EXPECT_EQ(advice.best()->series, "micro int8");
  EXPECT_EQ(advice.runner_up()->series, "micro xnor");
  EXPECT_FALSE(advice.nearest());
  EXPECT_EQ(advice.candidates[1].behind, "2.50 points less accurate");
  EXPECT_EQ(advice.candidates[2].behind, "10.00 points less accurate");
  EXPECT_THAT(shortfalls(advice.candidates[3]), ElementsAre("needs 38.0 KiB more flash", "12.0 ms too slow"));
  EXPECT_THAT(advice_text(advice, results_),
              AllOf(HasSubstr("3 of 4 models fit"), HasSubstr("runner-up: 2.50 points less accurate"),
                    HasSubstr("needs 38.0 KiB more flash; 12.0 ms too slow"),
                    HasSubstr("stapes export results/cells/esc10-f1-s1-micro-int8/model.stapes --target cortex-m4 "
                              "-o micro_int8_cortex-m4 --name micro_int8\n")));
}

TEST_F(AdviseTest, RanksByAurocIfAsked) {
  for (const int fold : {1, 2}) {
    cell("tiny int8", fold).auroc = 0.90 + 0.02 * fold;
    cell("micro xnor", fold).auroc = 0.95;
    cell("micro xnor", fold).window_auroc = 0.5;
    cell("wide int8", fold).auroc = 0.99;
  }
  EXPECT_EQ(names(ask()).front(), "micro int8");
  EXPECT_EQ(advice_json(ask(), results_).at("rank"), "accuracy");
  request_.rank = AdviceRank::kAuroc;
  const Advice advice = ask();
  EXPECT_THAT(names(advice), ElementsAre("micro xnor", "tiny int8", "wide int8", "micro int8"));
  EXPECT_EQ(advice.candidates[1].behind, "AUROC lower by 0.0200");
  EXPECT_FALSE(advice.candidates[3].failure.empty());
  EXPECT_THAT(advice_text(advice, results_),
              AllOf(HasSubstr("0.9500"), HasSubstr("runner-up: AUROC lower by 0.0200"),
                    HasSubstr("no AUROC: the model has no class 'unknown' or 'background'"),
                    HasSubstr("AUROC: known classes against unknown and background, mean over folds")));
  const auto json = advice_json(advice, results_);
  EXPECT_EQ(json.at("rank"), "auroc");
  EXPECT_NEAR(json.at("candidates")[1].at("auroc").at("mean").get<double>(), 0.93, 1e-12);
  EXPECT_TRUE(json.at("candidates")[3].at("auroc").is_null());
  request_.protocol = Protocol::kSingleWindow;
  EXPECT_THAT(names(ask()).front(), "micro xnor");
  EXPECT_EQ(ask().fitting(), 1u);
}

TEST_F(AdviseTest, TheLeadIsTakenOnTheSameClips) {
  const Advice advice = ask();
  ASSERT_TRUE(advice.lead);
  EXPECT_NEAR(advice.lead->difference, 2.5, 1e-9);
  EXPECT_EQ(advice.lead->judgements, 160);
  EXPECT_THAT(text(), HasSubstr("too close to tell which is better"));  // 4 of 160 clips, in pairs from one source
  study_.series[2] = test::steady("micro", "xnor", 20, 150 * kKiB, 30 * kKiB, 100);
  study_.series[0] = test::steady("tiny", "int8", 10, 50 * kKiB, 10 * kKiB, 20);
  make();
  EXPECT_THAT(text(), AllOf(HasSubstr("scores +60.00 points relative to micro xnor"), Not(HasSubstr("too close"))));
}

TEST_F(AdviseTest, LimitsAreMetExactlyAndMissedByAByte) {
  request_.limits.flash_bytes = 294 * kKiB;
  request_.limits.latency_ms = 212;
  request_.limits.ram_bytes = 60 * kKiB;
  EXPECT_EQ(ask().best()->series, "wide int8");
  request_.limits.ram_bytes = 60 * kKiB - 20;
  EXPECT_THAT(shortfalls(ask().candidates.back()), ElementsAre("needs 20 bytes more RAM"));
  EXPECT_EQ(ask().best()->series, "micro int8");
}

TEST_F(AdviseTest, EqualAccuracyIsDecidedByFlash) {
  study_.series[2] = test::steady("micro", "xnor", 80, 250 * kKiB, 30 * kKiB, 100);  // earlier in the plan, but larger
  make();
  EXPECT_EQ(ask().best()->series, "micro int8");
  EXPECT_EQ(ask().runner_up()->behind, "equal accuracy, but needs 50.0 KiB more flash");
}

TEST_F(AdviseTest, TheLargestModelOfTheFoldsMustFit) {
  cell("micro int8", 2).targets[0].ram_bytes = 65 * kKiB;
  EXPECT_EQ(ask().best()->series, "micro xnor");
  EXPECT_THAT(shortfalls(ask().candidates.back()), testing::SizeIs(2));  // wide int8 exceeds the limits by more
  EXPECT_THAT(shortfalls(ask().candidates[2]), ElementsAre("needs 1.0 KiB more RAM"));
}

TEST_F(AdviseTest, ExportsTheFirstFoldHoweverWellAnotherDidOnItsTest) {
  study_.folds = {3, 2};
  study_.seeds = {5, 4};
  study_.series[3].accuracy = [](int, int fold) { return fold == 2 ? 70.0 : 90.0; };
  make();
  EXPECT_EQ(ask().best()->first_cell().folder, "esc10-f2-s4-micro-int8");
  EXPECT_THAT(text(), HasSubstr("the model of fold 2, the first"));
}

// "both" exceeds two limits by 30 %, "one" exceeds one limit by 40 %. By the sum, "one" would be nearer.
TEST_F(AdviseTest, NearestIsTheSmallestLargestExcess) {
  study_.series = {test::steady("one", "int8", 80, 140 * kKiB, 100 * kKiB, 10),
                   test::steady("both", "int8", 60, 130 * kKiB, 130 * kKiB, 10)};
  make();
  request_.limits = {.flash_bytes = 100 * kKiB, .ram_bytes = 100 * kKiB, .latency_ms = {}, .accuracy = {}};
  const Advice advice = ask();
  EXPECT_FALSE(advice.best());
  EXPECT_FALSE(advice.lead);
  ASSERT_TRUE(advice.nearest());
  EXPECT_EQ(advice.nearest()->series, "both int8");
  EXPECT_NEAR(advice.nearest()->excess(), 0.3, 1e-12);
  EXPECT_EQ(why_none(advice),
            "no model for classes esc10 fits cortex-m4 within these limits; the nearest is both int8: needs 30.0 KiB "
            "more flash, "
            "needs 30.0 KiB more RAM");
  EXPECT_THAT(text(), AllOf(HasSubstr("(30.0 % outside the limits)"), Not(HasSubstr("stapes export"))));
  EXPECT_TRUE(advice_json(advice, results_).at("best").is_null());
}

TEST_F(AdviseTest, AMinimumOfAccuracyIsALimitToo) {
  request_.limits = {.flash_bytes = {}, .ram_bytes = {}, .latency_ms = {}, .accuracy = 80};
  EXPECT_THAT(names(ask()), ElementsAre("wide int8", "micro int8", "micro xnor", "tiny int8"));
  EXPECT_EQ(ask().fitting(), 2u);
  EXPECT_THAT(shortfalls(ask().candidates[2]), ElementsAre("2.50 points less accurate than required"));
  EXPECT_NEAR(ask().candidates[2].excess(), 2.5 / 80, 1e-9);
}

TEST_F(AdviseTest, SingleWindowsAreJudgedApart) {
  study_.series[3].single_window_loss = 30;  // 50 %, against 72.5 % for micro xnor
  make();
  request_.protocol = Protocol::kSingleWindow;
  EXPECT_EQ(ask().best()->series, "micro xnor");
  EXPECT_EQ(ask().best()->accuracy.mean, 72.5);
  EXPECT_THAT(text(), HasSubstr("accuracy (single window"));
}

TEST_F(AdviseTest, ClassesAreLeftOutOnlyWhenThereIsOneChoice) {
  study_.class_counts = {10, 30};
  make();
  EXPECT_THAT([&] { ask(); }, ThrowsMessage<UsageError>(HasSubstr("--classes: esc10, esc30")));
  request_.classes = "esc20";
  EXPECT_THAT([&] { ask(); }, ThrowsMessage<UsageError>(AllOf(HasSubstr("esc20"), HasSubstr("esc10, esc30"))));
  request_.classes = "esc30";
  EXPECT_EQ(ask().class_count, 30);
  EXPECT_EQ(ask().candidates.size(), 4u);
  EXPECT_EQ(ask().best()->first_cell().result.id.class_count, 30);
}

TEST_F(AdviseTest, TargetsWithoutFiguresAreRefusedNamingThoseThereAre) {
  request_.target = "cortex-m0";
  EXPECT_THAT([&] { ask(); },
              ThrowsMessage<UsageError>(AllOf(HasSubstr("cortex-m0"), HasSubstr("choose from cortex-m4"))));
  request_.target = "cortex-m";  // the family
  EXPECT_EQ(ask().request.target, "cortex-m4");
  for (FinishedCell& cell : results_.finished) cell.result.targets[0].failure = "no compiler";
  EXPECT_THAT([&] { ask(); },
              ThrowsMessage<UsageError>(HasSubstr("no target has figures; add an available target to the plan")));
  results_.finished.clear();
  EXPECT_THAT([&] { ask(); }, ThrowsMessage<Error>(HasSubstr("no cell is finished")));
}

TEST_F(AdviseTest, NothingIsAdvisedWithoutFiguresOrThatComputesSomethingElse) {
  cell("micro int8", 1).targets[0].failure = "the core has no room";
  cell("micro xnor", 2).targets[0].same_result = false;
  EXPECT_EQ(ask().best()->series, "tiny int8");
  EXPECT_FALSE(ask().runner_up());
  EXPECT_THAT(text(),
              AllOf(HasSubstr("the measurement failed: the core has no room"),
                    HasSubstr("esc10-f2-s1-micro-xnor computes different scores on cortex-m4 than on the host")));
  EXPECT_EQ(advice_json(ask(), results_).at("candidates").at(2).count("flash_bytes"), 0u);
}

TEST_F(AdviseTest, SaysWhatIsEstimatedUnderTrainedAndUnfinished) {
  EXPECT_THAT(text(), AllOf(HasSubstr("ESTIMATE: ms"), Not(HasSubstr("under-trained")), Not(HasSubstr("Unfinished"))));
  study_.targets = {"host"};
  study_.series[3].epochs = 40;
  make();
  results_.missing.push_back({});
  cell("micro int8", 1).caveats = "origin unknown";
  request_.target = "host";
  EXPECT_THAT(text(),
              AllOf(Not(HasSubstr("ESTIMATE")), HasSubstr("under-trained: as few as 40 of the published 60 epochs"),
                    HasSubstr("80.00 (80.0 to 80.0) *"), HasSubstr("micro int8: origin unknown"),
                    HasSubstr("Unfinished study: 8 of 9 cells finished")));
  EXPECT_EQ(advice_json(ask(), results_).at("candidates").at(0).at("under_trained"), true);
}

TEST_F(AdviseTest, SaysWhenMeansAreOverDifferentFolds) {
  EXPECT_THAT(text(), Not(HasSubstr("different folds")));
  std::erase_if(results_.finished, [](const FinishedCell& cell) { return cell.folder == "esc10-f2-s1-tiny-int8"; });
  EXPECT_THAT(text(), HasSubstr("different folds"));
}

TEST_F(AdviseTest, TheCommandSurvivesAShellAndNamesATerminal) {
  results_.path = "my results/it's";
  EXPECT_THAT(export_command(ask(), results_),
              HasSubstr("stapes export 'my results/it'\\''s/cells/esc10-f1-s1-micro-int8/model.stapes' --target"));
  study_.series[3].network = "mi\x1b[2Jcro";
  make();
  EXPECT_THAT(text(), AllOf(Not(HasSubstr("\x1b")), HasSubstr("mi [2Jcro int8")));
}

}  // namespace
}  // namespace stapes
