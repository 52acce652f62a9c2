// SPDX-License-Identifier: Apache-2.0
#include "study/report/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "plot/count_parts.h"
#include "study/report_fixture.h"

namespace stapes::test {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string kAttack = "<script>alert(1)</script>\"' onload='x";

// Unlike HasSubstr, does not print the page on failure.
testing::AssertionResult holds(const std::string& page, const std::string& part) {
  const bool found = page.find(part) != std::string::npos;
  return (found ? testing::AssertionSuccess() : testing::AssertionFailure()) << "the page and " << part;
}

// The table row that contains all of `parts`.
std::string row_with(const std::string& page, const std::vector<std::string>& parts,
                     const std::string& table_id = "summary") {
  const std::size_t table = page.find("<table id=\"" + table_id + "\"");
  const std::size_t end = page.find("</table>", table);
  for (std::size_t at = page.find("<tr><th scope=\"row\"", table); at < end;
       at = page.find("<tr><th scope=\"row\"", at + 1)) {
    const std::string row = page.substr(at, page.find("</tr>", at) - at);
    bool all = true;
    for (const std::string& part : parts) all &= row.find(part) != std::string::npos;
    if (all) return row;
  }
  return "";
}

TEST(Report, HasEverySection) {
  StudyResults results = realistic_results();
  lose_cells(results);
  const std::string page = study_report(results);
  for (const char* id :
       {"pairs", "table", "classes", "cost", "training", "binary", "confusion", "absent", "provenance", "evidence"}) {
    EXPECT_EQ(count_parts(page, "<section id=\"" + std::string(id) + "\">"), 1) << id;
    EXPECT_EQ(count_parts(page, "href=\"#" + std::string(id) + "\""), 1) << id;
  }
}

// An image is evaluated once, so it has one figure where sound has two.
TEST(Report, OfImagesHasNoSingleWindow) {
  StudyResults results = realistic_results();
  const std::string sound = study_report(results);
  results.kind = InputKind::kImage;
  const std::string page = study_report(results);
  for (const char* text : {"Single window", "single window", "10 crops"}) {
    EXPECT_TRUE(holds(sound, text));
    EXPECT_EQ(count_parts(page, text), 0) << text;
  }
  EXPECT_TRUE(holds(page, "Accuracy by number of classes, whole images"));
  EXPECT_TRUE(holds(page, "Binary training"));
  EXPECT_TRUE(holds(sound, "conv3"));
  EXPECT_FALSE(holds(page, "conv3")) << "of ACDNet";
  EXPECT_EQ(count_parts(page, "<figure"), count_parts(sound, "<figure") - 1);
  // A row has a cell for every column.
  const auto cells = [](const std::string& text) { return count_parts(text, "<td") + count_parts(text, "<th scope"); };
  const std::vector<std::string> parts = {"xnor"};
  EXPECT_EQ(cells(row_with(page, parts)), cells(row_with(sound, parts)) - 1);
}

// Six series, four with curves; three choices of classes; three targets with three quantities each.
TEST(Report, HasEveryFigure) {
  const std::string page = study_report(realistic_results());
  const int accuracy = 3, cost = 3 * 3, curves = 4, matrices = 6 * 3;
  EXPECT_EQ(count_parts(page, "<figure"), accuracy + cost + curves + matrices);
  EXPECT_EQ(count_parts(page, "</svg><figcaption>") + count_parts(page, "</svg>\n<figcaption>") +
                count_parts(page, "</svg>\n</div><figcaption>"),
            accuracy + cost + curves + matrices);
  for (const char* text : {"Accuracy against flash, cortex-m4", "Accuracy against RAM, cortex-m0",
                           "Accuracy against instructions, cortex-m4", "Accuracy against time, host"}) {
    EXPECT_TRUE(holds(page, text));
  }
}

// 80, 70 and 75 percent right in three folds: mean 75, and 75 ± 4.3027 * 5 / sqrt(3) = 12.4 (Student's t, 2 degrees of
// freedom). 100 KB of flash, a file of 70 KB, 20 KB of RAM. 50 ms of 84000 instructions each: 4.2 M.
TEST(Report, ShowsTheFiguresOfASeries) {
  FakeStudy study;
  study.folds = {1, 2, 3};
  study.class_counts = {10};
  study.clips_per_class = 10;
  study.published_epochs = 2000;
  study.series[0].accuracy = [](int, int fold) { return fold == 1 ? 80.0 : fold == 2 ? 70.0 : 75.0; };
  const std::string row = row_with(study_report(fake_results(study)), {"micro", "int8"});
  for (const char* cell : {">75.0 ± 12.4 †<", ">70.0 ± 12.4 †<", ">70.0<", ">100.0<", ">20.0<", ">4.20<", ">50.0<",
                           "data-value=\"10\"", ">60 / 2000 †<"}) {
    EXPECT_THAT(row, HasSubstr(cell));
  }
}

TEST(Report, ShowsTheOpenSetWhereThereIsOne) {
  FakeStudy study;
  study.class_counts = {10};
  study.series = {FakeSeries{}, FakeSeries{.network = "older"}};
  StudyResults results = fake_results(study);
  EXPECT_THAT(study_report(results), testing::Not(HasSubstr("AUROC")));
  for (FinishedCell& cell : results.finished) {
    cell.result.labels[9] = "unknown";
    for (ClipDecision& clip : cell.result.clips) clip.ten_crops = clip.label == 9 ? 0 : clip.label;
    if (cell.result.id.network == "micro") cell.result.auroc = cell.result.id.fold == 1 ? 0.9 : 0.95;
  }
  const std::string page = study_report(results);
  EXPECT_THAT(row_with(page, {"micro", "int8"}), testing::AllOf(HasSubstr(">0.9250<"), HasSubstr(">100.0<")));
  EXPECT_THAT(row_with(page, {"older", "int8"}), HasSubstr("some cells have no AUROC: an earlier version ran them"));
  EXPECT_THAT(page, HasSubstr("AUROC: known classes against unknown and background"));
}

// The network peaks at 60 % and ends at chance, with an alpha near 0.
TEST(Report, ShowsACollapseThatTheBestEpochHides) {
  FakeStudy study;
  study.class_counts = {10};
  study.folds = {4};
  study.series = {FakeSeries{.network = "micro", .route = "xnor-paper", .form = "xnor"}};
  StudyResults results = fake_results(study);
  const std::string without_alpha = study_report(results);
  results.finished[0].result.curve = {{.epoch = 100, .loss = 2, .accuracy = 61.25, .alpha = 0.1},
                                      {.epoch = 800, .loss = 2.3, .accuracy = 10, .alpha = 0.0003}};
  const std::string page = study_report(results);
  const std::string row = row_with(page, {"micro xnor-paper", "61.25"}, "binary-courses");
  for (const char* text : {">100<", ">10.00<", ">800<", ">51.25<", ">0.0003<"}) EXPECT_TRUE(holds(row, text)) << text;
  EXPECT_EQ(count_parts(page, "smallest alpha of a layer"), 1) << "next to loss and accuracy";
  EXPECT_FALSE(holds(without_alpha, "smallest alpha of a layer"));  // no alpha in the result
}

TEST(Report, MarksOnlyUnderTrainedSeries) {
  FakeStudy study = realistic_study();
  study.published_epochs = 60;
  EXPECT_THAT(row_with(study_report(realistic_results(study)), {"micro"}), Not(HasSubstr("†")));
  study.published_epochs = 61;
  EXPECT_THAT(row_with(study_report(realistic_results(study)), {"micro"}), HasSubstr("60 / 61 †"));
}

TEST(Report, SaysWhyATargetHasNoFigures) {
  const std::string row = row_with(study_report(realistic_results()), {"acdnet", "fp32"});
  EXPECT_EQ(count_parts(row, "data-value=\"\" title=\"its arena of 1480000 bytes exceeds the RAM of the board\""), 4);
}

TEST(Report, SaysWhyASeriesHasNoDuty) {
  FakeStudy study;
  study.series = {FakeSeries{}, FakeSeries{.network = "older"}};
  StudyResults results = fake_results(study);
  for (FinishedCell& cell : results.finished) {
    if (cell.result.id.network == "older") continue;
    cell.result.targets.front().hop_ms = 30;
    cell.result.targets.front().hop_sound_ms = 100;
  }
  const std::string page = study_report(results);
  const char* why_not =
      "title=\"some cells have no figures per hop: an earlier version ran them, or the model cannot be streamed\"";
  EXPECT_THAT(row_with(page, {"micro", "int8"}), testing::AllOf(HasSubstr(">30.0<"), Not(HasSubstr(why_not))));
  EXPECT_THAT(row_with(page, {"older", "int8"}), HasSubstr(why_not));
}

TEST(Report, ListsFailedAndMissingCells) {
  StudyResults results = realistic_results();
  EXPECT_TRUE(holds(study_report(results), "failed on cortex-m0")) << "a target that failed is not in the figures";
  lose_cells(results);
  const std::string page = study_report(results);
  EXPECT_TRUE(holds(page, "<td>failed</td><td>loss is not finite from epoch 12 on (3 attempts)</td>"));
  EXPECT_TRUE(holds(page, "<td>missing</td>"));
  FakeStudy whole;
  EXPECT_FALSE(holds(study_report(fake_results(whole)), "Failed and missing"));
}

TEST(Report, HoldsTheProvenanceOfEveryCell) {
  StudyResults results = realistic_results();
  results.finished[0].result.threads = 2;
  results.finished[1].result.threads = 1;
  const std::string page = study_report(results);
  EXPECT_EQ(count_parts(page, "<dt>machine</dt><dd>2 x Intel Xeon 2.6 GHz, AVX-512</dd>"), 52);
  EXPECT_EQ(count_parts(page, "<dt>machine</dt><dd>2 x Intel Xeon 2.6 GHz, AVX-512, 2 threads</dd>"), 1);
  EXPECT_EQ(count_parts(page, "<dt>machine</dt><dd>2 x Intel Xeon 2.6 GHz, AVX-512, 1 thread</dd>"), 1);
  EXPECT_EQ(count_parts(page, "<dt>data hash</dt>"), 1 + 54);
  EXPECT_EQ(count_parts(page, "stapes pack cells/x/run -o cells/x/model.stapes"), 54);
}

TEST(Report, IsDatedByTheLastCellBegun) {
  StudyResults results = realistic_results();
  results.finished[7].result.started = "2026-03-04T05:06:07Z";
  EXPECT_TRUE(holds(study_report(results), "<span>2026-03-04</span>"));
}

TEST(Report, HasTheSameBytesForTheSameResults) {
  EXPECT_TRUE(study_report(realistic_results()) == study_report(realistic_results()));
}

TEST(Report, RefersToNothingOutside) {
  const std::string page = study_report(realistic_results());
  for (const char* reference : {"http:", "https:", "//www", " src=", "url(", "@import", "<link", "<img", "<iframe"}) {
    EXPECT_FALSE(holds(page, reference));
  }
  EXPECT_TRUE(holds(page, "default-src 'none'"));
}

TEST(Report, ShowsHostileTextAsText) {
  FakeStudy study = realistic_study();
  study.class_counts = {10, 30};
  study.series = {costing(falling(kAttack, kAttack, "xnor", 80, 60), 100'000, 10'000, 5),
                  costing(falling("micro", kAttack, kAttack, 70, 50), 100'000, 10'000, 5)};
  study.targets = {kAttack, "cortex-m0", "host"};
  StudyResults results = realistic_results(study);
  results.name = results.plan_text = results.data_name = results.data_hash = results.version = kAttack;
  for (FinishedCell& cell : results.finished) {
    CellResult& result = cell.result;
    cell.folder = result.id.classes = result.parent = result.data_hash = result.version = result.machine = kAttack;
    result.started = result.caveats = result.labels[0] = kAttack;
    result.commands = {kAttack};
    result.targets[1].failure = kAttack;
  }
  results.failed.push_back({results.finished[0].result.id, kAttack, kAttack, 1});
  results.missing.push_back(results.finished[0].result.id);
  results.pairs = {{kAttack, results.finished[0].result.id.network + " " + kAttack, "micro " + kAttack},
                   {kAttack, kAttack, kAttack}};
  const std::string page = study_report(results);
  EXPECT_EQ(count_parts(page, "<script"), 1) << "the page's own";
  EXPECT_TRUE(holds(page, "title=\"&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39; onload=&#39;x\""));
  EXPECT_GT(count_parts(page, "&lt;script&gt;alert(1)&lt;/script&gt;"), 100);
}

TEST(Report, SaysWhatKeepsAPairFromBeingCompared) {
  StudyResults results = realistic_results();
  for (FinishedCell& cell : results.finished) {
    if (series_name(cell.result.id) == "x147 xnor") cell.result.clips[0].name = "another clip";
  }
  results.pairs.push_back({"none", "micro int8", "nano int8"});
  const std::string page = study_report(results);
  EXPECT_TRUE(holds(page, "micro int8 and x147 xnor cannot be compared: "));
  EXPECT_TRUE(holds(page, "micro int8 and nano int8 cannot be compared: no cell of nano int8 is finished"));
}

// The version of the program that writes the report does not matter.
TEST(Report, NamesTheVersionsThatMadeTheFigures) {
  StudyResults results = realistic_results();
  for (FinishedCell& cell : results.finished) cell.result.version = "7.0.1";
  EXPECT_TRUE(holds(study_report(results), "<span>Stapes 7.0.1</span>"));
  results.finished[0].result.version = "7.0.0";
  EXPECT_TRUE(holds(study_report(results), "<span>Stapes 7.0.0, 7.0.1</span>"));
  results.finished.clear();
  results.version = "6.9.0";
  EXPECT_TRUE(holds(study_report(results), "<span>Stapes 6.9.0</span>"));
}

TEST(Report, IsWrittenOfAStudyWithoutAnyResult) {
  StudyResults results = realistic_results();
  results.missing.push_back(results.finished[0].result.id);
  results.finished.clear();
  const std::string page = study_report(results);
  EXPECT_TRUE(holds(page, "No cell is finished"));
  EXPECT_FALSE(holds(page, ">nan"));
}

// 20 series at 5 choices of classes in 5 folds, with curves of 2000 epochs.
TEST(Report, StaysBelowFiveMegabytesWithFiveHundredCells) {
  FakeStudy study = realistic_study();
  study.class_counts = {10, 20, 30, 40, 50};
  study.folds = {1, 2, 3, 4, 5};
  study.series.clear();
  for (int i = 0; i < 20; ++i) {
    study.series.push_back(
        costing(falling("network" + std::to_string(i / 4), "route" + std::to_string(i % 4), "xnor", 85 - i, 60 - i),
                100'000 + 10'000 * i, 50'000 + 1'000 * i, 100 + 10 * i));
    study.series.back().epochs = 2000;
  }
  StudyResults results = realistic_results(study);
  results.pairs.clear();
  for (int i = 0; i + 1 < 20; i += 2) {
    const auto name = [](int of) { return "network" + std::to_string(of / 4) + " route" + std::to_string(of % 4); };
    results.pairs.push_back({"pair " + std::to_string(i), name(i), name(i + 1)});
  }
  ASSERT_EQ(results.finished.size(), 500u);
  const std::string page = study_report(results);
  EXPECT_LT(page.size(), 5'000'000u);
  EXPECT_GT(page.size(), 1'000'000u) << "something is missing";
}

TEST(Report, FiguresAreThoseOfThePageAsFiles) {
  StudyResults results = realistic_results();
  const std::vector<Figure> figures = study_figures(results);
  const auto named = [&](const std::string& name) {
    return std::ranges::count_if(figures, [&](const Figure& figure) { return figure.name == name; });
  };
  for (const char* name :
       {"accuracy", "accuracy-window", "difference", "cortex-m4-flash", "cortex-m4-ram", "cortex-m4-instructions"}) {
    EXPECT_EQ(named(name), 1) << name;
  }
  for (const Figure& figure : figures) {
    EXPECT_THAT(figure.svg, testing::StartsWith("<svg ")) << figure.name;
    EXPECT_THAT(figure.svg, HasSubstr("<style>")) << figure.name;
  }
  for (FinishedCell& cell : results.finished) {
    for (TargetCost& cost : cell.result.targets) cost.target = "../up";
  }
  EXPECT_TRUE(std::ranges::any_of(study_figures(results), [](const Figure& f) { return f.name == "___up-flash"; }));
}

}  // namespace
}  // namespace stapes::test
