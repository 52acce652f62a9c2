// SPDX-License-Identifier: Apache-2.0
#include "study/report/recommend.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "base/error.h"
#include "study/report/report.h"
#include "study/report/report_data.h"
#include "study/report/study_verdict.h"
#include "study/study_fixture.h"

namespace stapes::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::ThrowsMessage;

// One fold of 80 clips: accuracies in steps of 1.25 %.
class RecommendTest : public testing::Test {
 protected:
  RecommendTest() {
    study_.class_counts = {10};
    study_.folds = {1};
    study_.series = {steady("micro", "fp32", 90, 560'000, 60'000, 250), steady("micro", "xnor", 85, 50'000, 20'000, 40),
                     steady("micro", "int8", 88.75, 90'000, 25'000, 50)};
    make();
  }

  void make() {
    results_ = fake_results(study_);
    for (FinishedCell& cell : results_.finished) {
      for (TargetCost& cost : cell.result.targets) {
        cost.hop_sound_ms = 100;
        cost.hop_ms = cost.window_ms / 2;
      }
    }
  }

  Recommendation ask() const { return recommend(results_, recommended_target(results_)); }

  FakeStudy study_;
  StudyResults results_;
};

TEST_F(RecommendTest, ShipsTheFastestThatIsAboutAsAccurateAsTheBest) {
  const Recommendation recommendation = ask();
  ASSERT_TRUE(recommendation.ship());
  EXPECT_EQ(recommendation.ship()->series, "micro int8");  // xnor is faster, but 5 points less accurate
  EXPECT_EQ(recommendation.reference()->series, "micro fp32");
  EXPECT_EQ(ship_sentence(recommendation),
            "Ship micro int8 on cortex-m4 (STM32F407, 168 MHz): 88.8 % accuracy on 80 test clips, 90.0 KB of flash, "
            "25.0 KB of RAM and an estimated 50.0 ms per window. Listening at a hop of 100 ms keeps the processor busy "
            "25 % of the time.");
  EXPECT_THAT(
      why_sentence(recommendation),
      AllOf(HasSubstr(
                "Of the models that fit, it is the fastest within 2 points of the most accurate, micro fp32 (90.0 %). "
                "Compared with full precision (micro fp32, 90.0 %), it loses 1.2 points (95 % interval "),
            HasSubstr(": no clear difference) and takes 16 % of the flash, 42 % of the RAM and 20 % of the "
                      "instructions.")));
}

TEST_F(RecommendTest, ShipsTheMostAccurateWhereFasterOnesAreFarBehind) {
  study_.series[2] = steady("micro", "int8", 86.25, 90'000, 25'000, 50);
  make();
  EXPECT_EQ(ask().ship()->series, "micro fp32");
  EXPECT_FALSE(ask().reference());
  EXPECT_EQ(
      why_sentence(ask()),
      "Of the models that fit, it is the most accurate; the faster ones are more than 2 points behind. It uses full "
      "precision.");
  EXPECT_THAT(ship_sentence(ask()),
              HasSubstr("At a hop of 100 ms, the model cannot keep up: each hop takes 125.0 ms to compute"));
}

TEST_F(RecommendTest, OfEqualTimeTheSmaller) {
  study_.series[0] = steady("micro", "fp32", 90, 560'000, 60'000, 50);
  make();
  EXPECT_EQ(ask().ship()->series, "micro int8");
}

TEST_F(RecommendTest, SaysWhatDoesNotFitTheChip) {
  study_.series[0] = steady("micro", "fp32", 90, 560'000, 300'000, 250);
  make();
  EXPECT_EQ(ask().ship()->series, "micro int8");
  EXPECT_THAT(
      why_sentence(ask()),
      AllOf(
          HasSubstr("Of the models that fit, it is the most accurate; the faster ones are more than 2 points behind."),
          HasSubstr("micro fp32 does not fit: it needs 101.0 KiB more RAM."), HasSubstr("8.3 % of the RAM")));
}

TEST_F(RecommendTest, SaysThatNoneFitsAndWhatWould) {
  study_.series = {steady("micro", "int8", 90, 90'000, 400'000, 50)};
  make();
  EXPECT_FALSE(ask().ship());
  EXPECT_EQ(ship_sentence(ask()),
            "No model fits cortex-m4 (STM32F407, 168 MHz), which has 1\xE2\x80\xAF"
            "049 KB of flash and 196.6 KB of RAM. "
            "The nearest, micro int8, needs 198.7 KiB more RAM; boards with enough memory: cortex-m33 (STM32U575), "
            "cortex-m7 (STM32H743), cortex-m55 (Alif Ensemble E3), riscv32 (ESP32-C3), riscv32-zbb (ESP32-C3-like "
            "chip).");
  EXPECT_EQ(why_sentence(ask()), "");
  study_.series = {steady("micro", "int8", 90, 90'000, 400'000'000, 50)};
  make();
  EXPECT_THAT(ship_sentence(ask()), HasSubstr("none of the boards that Stapes knows has enough memory"));
  EXPECT_TRUE(recommendation_json(ask(), results_).at("ship").is_null());
}

TEST_F(RecommendTest, ATargetWithoutFiguresIsAnErrorThatSaysWhy) {
  for (FinishedCell& cell : results_.finished) cell.result.targets[0].failure = "install gcc-arm-none-eabi";
  EXPECT_EQ(recommended_target(results_), "");
  EXPECT_EQ(first_target_failure(results_), "; first reason: install gcc-arm-none-eabi");
  EXPECT_THAT([&] { recommend(results_, "cortex-m4"); },
              ThrowsMessage<UsageError>(HasSubstr("(install gcc-arm-none-eabi)")));
}

TEST_F(RecommendTest, AChipGoesBeforeThisMachine) {
  study_.targets = {"host", "cortex-m4"};
  make();
  EXPECT_EQ(recommended_target(results_), "cortex-m4");
  study_.targets = {"host"};
  make();
  EXPECT_EQ(recommended_target(results_), "host");
  EXPECT_THAT(ship_sentence(ask()), AllOf(HasSubstr("Ship micro int8 on this machine:"), Not(HasSubstr("estimated"))));
}

TEST_F(RecommendTest, TheVerdictIsSentencesFirstThenTheModelsInThePlansOrder) {
  const std::string text = study_verdict(results_, ask());
  EXPECT_TRUE(text.starts_with("Ship micro int8 on cortex-m4")) << text;
  const std::size_t table = text.find("\nmodel  ");
  ASSERT_NE(table, std::string::npos) << text;
  EXPECT_LT(text.find("single fold"), table);
  EXPECT_LT(text.find("micro fp32 ", table), text.find("micro xnor ", table));
  EXPECT_THAT(text, AllOf(HasSubstr("<- ship this"), HasSubstr("88.8 (80.0 to 94.0)"), HasSubstr("ESTIMATE")));
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    EXPECT_LE(line.size(), static_cast<std::size_t>(lines.tellg()) < table ? 100u : 120u) << line;
  }
}

// fp32 and int8 are equally accurate. The recommended xnor loses the same amount on every fold.
TEST_F(RecommendTest, TheCautionIsAboutTheComparisonOfTheVerdict) {
  study_.folds = {1, 2, 3};
  study_.series[1] = steady("micro", "xnor", 88.75, 50'000, 20'000, 40);
  study_.series[2] = steady("micro", "int8", 90, 90'000, 25'000, 50);
  make();
  ASSERT_EQ(ask().ship()->series, "micro xnor");
  EXPECT_THAT(study_verdict(results_, ask()), HasSubstr("do not overlap in any comparison"));
  study_.series[1] = steady("micro", "xnor", 90, 50'000, 20'000, 40);
  make();
  EXPECT_THAT(study_verdict(results_, ask()), HasSubstr("overlap in 1 of 1 comparison"));
}

TEST_F(RecommendTest, PairsOfThePlanDoNotChangeTheCaution) {
  study_.folds = {1, 2, 3};
  make();
  const std::string without = study_verdict(results_, ask());
  results_.pairs = {{"90 KB", "micro int8", "micro xnor"}};
  EXPECT_EQ(study_verdict(results_, ask()), without);
}

TEST_F(RecommendTest, AModelWithoutAReferenceRestsOnItsFoldsToo) {
  study_.series = {steady("micro", "int8", 90, 90'000, 25'000, 50)};
  make();
  ASSERT_FALSE(ask().reference());
  EXPECT_THAT(study_verdict(results_, ask()), HasSubstr("it rests on a single fold"));
  study_.folds = {1, 2};
  make();
  EXPECT_THAT(study_verdict(results_, ask()), Not(HasSubstr("single fold")));
}

TEST_F(RecommendTest, JsonHasTheModelAndTheCommand) {
  const nlohmann::json json = recommendation_json(ask(), results_);
  EXPECT_EQ(json.at("ship"), "micro int8");
  EXPECT_EQ(json.at("full_precision"), "micro fp32");
  EXPECT_EQ(json.at("model"), "results/cells/esc10-f1-s1-micro-int8/model.stapes");
  EXPECT_THAT(json.at("command").get<std::string>(), HasSubstr("micro-int8/model.stapes --target cortex-m4"));
  EXPECT_EQ(json.at("best"), "micro fp32");
}

// ---- the report's first screen

TEST_F(RecommendTest, TheReportBeginsWithIt) {
  const std::string page = study_report(results_);
  const std::size_t verdict = page.find("<div id=\"verdict\">"), ship = page.find("<div id=\"ship\">");
  ASSERT_NE(ship, std::string::npos);
  EXPECT_LT(verdict, ship);
  EXPECT_LT(ship, page.find("<nav>"));
  const std::string first = page.substr(verdict, page.find("<nav>") - verdict);
  for (const char* part :
       {"Ship micro int8 on cortex-m4", "Compared with full precision", "single fold", "<td class=\"n ships\">25.0",
        "Accuracy against instructions, cortex-m4", ">ship</text>", "stapes export"}) {
    EXPECT_NE(first.find(part), std::string::npos) << part;
  }
}

TEST_F(RecommendTest, TheReportLinksToThePageOfItsModel) {
  ReportData data(results_);
  data.demo = "my demos/#1.html";
  EXPECT_NE(study_report(data).find("<a href=\"my%20demos/%231.html\">Try micro int8 in the browser</a>"),
            std::string::npos);
  EXPECT_EQ(study_report(results_).find("in the browser"), std::string::npos);
}

TEST_F(RecommendTest, SectionsWithoutContentAreLeftOut) {
  std::string page = study_report(results_);
  EXPECT_EQ(page.find("Accuracy by number of classes"), std::string::npos);
  EXPECT_NE(page.find("Accuracy against cost"), std::string::npos);
  for (FinishedCell& cell : results_.finished) cell.result.targets.clear();
  page = study_report(results_);
  EXPECT_EQ(page.find("<div id=\"ship\">"), std::string::npos);
  EXPECT_EQ(page.find("Accuracy against cost"), std::string::npos);
  study_.folds = {1, 2};
  make();
  EXPECT_NE(study_report(results_).find("Accuracy by number of classes"), std::string::npos);
}

TEST_F(RecommendTest, HostileNamesAreShownAsText) {
  study_.series[2].network = "<script>alert(1)</script>";
  make();
  EXPECT_EQ(study_report(results_).find("<script>alert"), std::string::npos);
}

TEST_F(RecommendTest, DutyIsStoredAndOldResultsHaveNone) {
  const CellResult& cell = results_.finished.front().result;
  nlohmann::json json = to_json(cell);
  EXPECT_DOUBLE_EQ(cell_result_from_json(json, "here").targets[0].duty_percent(), 125);
  json["targets"][0].erase("hop_ms");
  EXPECT_THROW(cell_result_from_json(json, "here"), Error);
  json["targets"][0].erase("hop_sound_ms");
  EXPECT_EQ(cell_result_from_json(json, "here").targets[0].duty_percent(), 0);
  json["targets"][0]["hop_ms"] = -1;
  json["targets"][0]["hop_sound_ms"] = 100;
  EXPECT_THROW(cell_result_from_json(json, "here"), Error);
}

}  // namespace
}  // namespace stapes::test
