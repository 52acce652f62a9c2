// SPDX-License-Identifier: Apache-2.0
#include "study/report/report_verdict.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "study/report_fixture.h"

namespace stapes::test {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// "a int8" and "b xnor". With 40 clips per class, differences of 20 points are significant.
StudyResults study_of(std::function<double(int, int)> a, std::function<double(int, int)> b) {
  FakeStudy study;
  study.clips_per_class = 40;
  study.series = {FakeSeries{.network = "a", .route = "int8", .form = "int8", .accuracy = std::move(a)},
                  FakeSeries{.network = "b", .route = "xnor", .form = "xnor", .accuracy = std::move(b)}};
  StudyResults results = fake_results(study);
  results.pairs = {{"130 KB", "a int8", "b xnor"}};
  return results;
}

ReportVerdict verdict_of(const StudyResults& results) { return report_verdict(ReportData(results)); }

std::function<double(int, int)> always(double percent) {
  return [=](int, int) { return percent; };
}

TEST(ReportVerdict, SaysWhoOvertakesWhere) {
  // b leads by 20 points at 10 classes, a by 20 at 30 and 50. The lines cross halfway between 10 and 30.
  const ReportVerdict verdict =
      verdict_of(study_of(always(70), [](int classes, int) { return classes == 10 ? 90.0 : 50.0; }));
  EXPECT_THAT(verdict.finding,
              StartsWith("At equal flash, a int8 overtakes b xnor (130 KB) at about 20 classes (95 % interval "));
  EXPECT_THAT(verdict.finding, HasSubstr(" and then leads by 20.0 points at 50 classes (95 % interval 1"));
}

TEST(ReportVerdict, SaysFromWhereALeadIsClear) {
  const ReportVerdict verdict =
      verdict_of(study_of(always(70), [](int classes, int) { return classes == 10 ? 70.0 : 50.0; }));
  EXPECT_THAT(verdict.finding,
              StartsWith("At equal flash, a int8 beats b xnor (130 KB) from 30 classes upward, by 20.0 points at 50 "));
}

TEST(ReportVerdict, NamesTheSeriesAheadWhicheverIsFirst) {
  const ReportVerdict verdict = verdict_of(study_of(always(50), always(70)));
  EXPECT_THAT(verdict.finding, HasSubstr("b xnor beats a int8 (130 KB) from 10 classes upward, by 20.0 points"));
  EXPECT_THAT(verdict.finding, HasSubstr("(95 % interval 1"));
}

TEST(ReportVerdict, ClaimsNoLeadWhereTheIntervalHoldsZero) {
  const ReportVerdict verdict = verdict_of(study_of(always(70), always(69.9)));
  EXPECT_THAT(verdict.finding, HasSubstr("a int8 and b xnor (130 KB) cannot be told apart: a int8 is ahead by "));
  EXPECT_THAT(verdict.finding, HasSubstr("(95 % interval −"));
  EXPECT_THAT(verdict.finding, Not(HasSubstr("beats")));
}

TEST(ReportVerdict, SaysThatALeadAtFewClassesIsNotOneAtMany) {
  const ReportVerdict verdict =
      verdict_of(study_of([](int classes, int) { return classes == 10 ? 50.0 : 70.0; }, always(70)));
  EXPECT_THAT(verdict.finding, HasSubstr("cannot be told apart"));
  EXPECT_THAT(verdict.finding, HasSubstr("though b xnor is clearly ahead at 10 classes"));
  const ReportVerdict twice =
      verdict_of(study_of([](int classes, int) { return classes < 50 ? 50.0 : 70.0; }, always(70)));
  EXPECT_THAT(twice.finding, HasSubstr("though b xnor is clearly ahead at 10 and 30 classes"));
}

TEST(ReportVerdict, CautionsWithWhatIsUnderTrainedFailedAndMissing) {
  StudyResults results = study_of(always(70), always(50));
  for (std::size_t i = 0; i < 4; ++i) results.finished[i].result.published_epochs = 2000;
  results.failed.push_back({results.finished[0].result.id, "folder", "reason", 3});
  results.missing.assign(2, results.finished[0].result.id);
  EXPECT_EQ(verdict_of(results).caution,
            "This is provisional: 4 of the 12 cells behind it are under-trained (60 of 2000 published epochs), "
            "1 cell failed, and 2 cells must still run.");
}

// 40 and 60 % against 60 and 80 %: the t intervals with one degree of freedom are wide and overlap.
TEST(ReportVerdict, CautionsWhereIntervalsOverFoldsOverlap) {
  const ReportVerdict verdict = verdict_of(study_of([](int, int fold) { return fold == 1 ? 60.0 : 80.0; },
                                                    [](int, int fold) { return fold == 1 ? 40.0 : 60.0; }));
  EXPECT_THAT(verdict.finding, HasSubstr("a int8 beats b xnor"));
  EXPECT_THAT(verdict.caution, HasSubstr("the intervals of the two means over folds overlap in 3 of 3 comparisons"));
}

TEST(ReportVerdict, CautionsWhereOneFoldIsAllThereIs) {
  StudyResults results = study_of(always(70), always(50));
  std::erase_if(results.finished, [](const FinishedCell& cell) { return cell.result.id.fold == 2; });
  EXPECT_THAT(verdict_of(results).caution, HasSubstr("it rests on a single fold"));
}

TEST(ReportVerdict, CautionsWhereFilesAreNotEqualOrSourcesAreFew) {
  StudyResults results = study_of(always(70), always(50));
  for (FinishedCell& cell : results.finished) {
    if (cell.result.id.network == "a" && cell.result.id.class_count == 50)
      cell.result.file_bytes = cell.result.file_bytes * 112 / 100;
    if (cell.result.id.class_count != 10) continue;
    for (ClipDecision& clip : cell.result.clips) clip.source = clip.label < 5 ? "one" : "another";
  }
  const std::string caution = verdict_of(results).caution;
  EXPECT_THAT(caution, HasSubstr("file sizes differ by more than 10 % in 1 of 3 comparisons"));
  EXPECT_THAT(
      caution,
      HasSubstr("clips come from fewer than 20 sources in 1 of 3 comparisons (too few for reliable intervals)"));
}

TEST(ReportVerdict, HasNoCautionWhenNothingSpeaksAgainstIt) {
  EXPECT_EQ(verdict_of(study_of(always(70), always(50))).caution,
            "All 12 cells behind this finding were trained for the published number of epochs, and the intervals over "
            "folds do not overlap "
            "in any comparison.");
}

TEST(ReportVerdict, NamesTheMostAccurateSeriesWhenNothingIsPaired) {
  StudyResults results = study_of(always(70), always(50));
  results.pairs.clear();
  EXPECT_THAT(
      verdict_of(results).finding,
      HasSubstr("at 50 classes, a int8 is the most accurate, with 70.0 ± 0.0 %, ahead of b xnor with 50.0 ± 0.0 %"));
}

TEST(ReportVerdict, CautionsAboutTheTwoBestWhenNothingIsPaired) {
  StudyResults results = study_of(always(70), [](int, int fold) { return fold == 1 ? 60.0 : 70.0; });
  results.pairs.clear();
  EXPECT_THAT(verdict_of(results).caution, HasSubstr("overlap in 1 of 1 comparison"));
  std::erase_if(results.finished, [](const FinishedCell& cell) { return cell.result.id.fold == 2; });
  EXPECT_THAT(verdict_of(results).caution, HasSubstr("it rests on a single fold"));
}

TEST(ReportVerdict, TellsTheFirstOfManyPairsAndCountsThemByTheFormThatLeads) {
  StudyResults results = study_of(always(70), always(50));
  const std::string first = verdict_of(results).finding;
  results.pairs.assign(5, results.pairs[0]);
  results.pairs[4].second = "c xnor";
  EXPECT_EQ(verdict_of(results).finding,
            first.substr(0, first.size() - 1) +
                "; of 5 pairs at their largest number of classes, int8 clearly leads in 4, with 1 undecided.");
}

// The choice is by the mean over the test folds.
TEST(ReportVerdict, TakesTheMostAccurateOfSeveralSecondsAndSaysSo) {
  FakeStudy study;
  study.clips_per_class = 40;
  const auto series = [](const char* name, double percent) {
    return FakeSeries{.network = name, .route = "int8", .form = "int8", .accuracy = always(percent)};
  };
  study.series = {series("bits", 50), series("magnitude", 60), series("taylor", 70), series("other", 90)};
  StudyResults results = fake_results(study);
  results.pairs = {{"130 KB", "bits int8", "magnitude int8", {"taylor int8", "absent int8"}}};
  const ReportVerdict verdict = verdict_of(results);
  EXPECT_THAT(verdict.finding, HasSubstr("taylor int8 beats bits int8"));
  EXPECT_THAT(verdict.caution,
              HasSubstr("taylor int8 was chosen from 2 series (130 KB) by accuracy on the test folds"));
  const ReportData data(results);
  EXPECT_EQ(data.pairs[0].chosen_from, (std::vector<std::string>{"magnitude int8", "taylor int8"}));
  results.pairs = {{"130 KB", "bits int8", "absent int8", {"missing int8"}}};
  EXPECT_EQ(ReportData(results).pairs[0].failure, "no cell of absent int8 is finished");
}

}  // namespace
}  // namespace stapes::test
