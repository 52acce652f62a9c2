// SPDX-License-Identifier: Apache-2.0
#include "data/survey.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/tiny_data_set.h"
#include "support/temp_dir.h"

namespace stapes {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class SurveyTest : public testing::Test {
 protected:
  test::TempDir dir;
  DataSetWriter writer{dir / "a.data", Existing::kRefuse};

  void add(const std::string& name, const std::string& source, int fold, const std::vector<std::int16_t>& samples,
           int label = 0) {
    writer.add({.name = name, .source = source, .label = label, .fold = fold}, samples);
  }
  Survey survey() {
    writer.finish("folders", 16000, {"a", "b"});
    return survey_data_set(DataSet(dir / "a.data"));
  }
};

TEST_F(SurveyTest, CountsClipsAndSecondsPerClassAndFold) {
  add("1", "s1", 1, test::noise_clip(1, 16000), 0);
  add("2", "s1", 1, test::noise_clip(2, 16000), 1);
  add("3", "s3", 4, test::noise_clip(3, 8000), 0);
  add("4", "s4", 4, test::noise_clip(4, 8000), 1);
  const Survey s = survey();
  EXPECT_EQ(s.clips, 4u);
  EXPECT_DOUBLE_EQ(s.seconds, 3);
  EXPECT_EQ(s.clipped_share, 0);
  ASSERT_EQ(s.classes.size(), 2u);
  EXPECT_EQ(s.classes[0].label, "a");
  EXPECT_DOUBLE_EQ(s.classes[0].seconds, 1.5);
  EXPECT_THAT(s.classes[0].clips_per_fold, ElementsAre(1, 1));
  ASSERT_EQ(s.folds.size(), 2u);
  EXPECT_EQ(s.folds[1].fold, 4);
  EXPECT_EQ(s.sources, 3u);
  EXPECT_THAT(s.straddling_sources, IsEmpty());
  EXPECT_EQ(s.folds[0].sources, 1u);
  EXPECT_EQ(s.folds[1].sources, 2u);
  EXPECT_THAT(s.warnings, IsEmpty());
}

TEST_F(SurveyTest, FindsASourceInTwoFolds) {
  for (int i = 0; i < 4; ++i)
    add(std::to_string(i), i < 2 ? "site3" : fmt::format("s{}", i), i + 1,
        test::noise_clip(static_cast<std::uint32_t>(i), 100), i % 2);
  const Survey s = survey();
  EXPECT_THAT(s.warnings, ElementsAre(AllOf(HasSubstr("leak"), HasSubstr("site3 (folds 1, 2)"))));
  EXPECT_EQ(s.sources, 3u);
  EXPECT_THAT(s.straddling_sources, ElementsAre("site3 (folds 1, 2)"));
}

TEST_F(SurveyTest, FindsClipsWithTheSameSamples) {
  add("one", "s1", 1, test::noise_clip(1, 100), 0);
  add("two", "s2", 2, test::noise_clip(1, 100), 0);
  add("three", "s3", 1, test::noise_clip(3, 100), 1);
  add("four", "s3", 1, test::noise_clip(3, 100), 1);
  EXPECT_THAT(survey().warnings,
              ElementsAre(AllOf(HasSubstr("one = two"), HasSubstr("different folds")), HasSubstr("three = four")));
}

TEST_F(SurveyTest, FindsSilenceClippingAndLonelyClasses) {
  add("quiet", "s1", 1, std::vector<std::int16_t>(100));
  std::vector<std::int16_t> clipped = test::noise_clip(1, 100);
  clipped[3] = 32767;
  clipped[4] = -32768;
  add("loud", "s2", 1, clipped);
  add("nearly", "s3", 1, [] {
    auto c = test::noise_clip(2, 100);
    c[0] = 32767;
    return c;
  }());
  add("alone", "s4", 1, test::noise_clip(4, 100), 1);
  const Survey s = survey();
  EXPECT_DOUBLE_EQ(s.clipped_share, 3.0 / 400);
  EXPECT_THAT(s.warnings, ElementsAre(AllOf(HasSubstr("1 silent"), HasSubstr("quiet")),
                                      AllOf(HasSubstr("1 clip with more than 1 %"), HasSubstr("loud (2.0 %)")),
                                      AllOf(HasSubstr("fewer than two clips"), HasSubstr("b (1)"))));
}

// Black, white and gray are neither silent nor clipped. Duplicates are reported as for sound.
TEST_F(SurveyTest, ImagesHaveNoSecondsAndNoLoudness) {
  const ImageSize size{4, 4, 3};
  add("gray", "s1", kTestPart, std::vector<std::int16_t>(48, 0));
  add("white", "s2", kTrainingPart, std::vector<std::int16_t>(48, 32512));
  add("black", "s3", kTrainingPart, std::vector<std::int16_t>(48, -32768), 1);
  add("again", "s4", kTestPart, std::vector<std::int16_t>(48, -32768), 1);
  add("alone", "s5", kTestPart, test::noise_image(1, size), 2);
  writer.finish("images-split", 0, {"a", "b", "c"}, size);
  const Survey s = survey_data_set(DataSet(dir / "a.data"));
  EXPECT_EQ(s.image, size);
  EXPECT_EQ(s.clips, 5u);
  EXPECT_EQ(s.seconds, 0);
  EXPECT_EQ(s.sample_rate_hz, 0);
  EXPECT_TRUE(s.published_split);
  EXPECT_THAT(s.classes[1].clips_per_fold, ElementsAre(1, 1));
  EXPECT_THAT(s.warnings, ElementsAre(AllOf(HasSubstr("images with the same pixels in different folds"),
                                            HasSubstr("black = again")),
                                      AllOf(HasSubstr("fewer than two images"), HasSubstr("c (1)"))));
}

TEST(SurveyOfFeatures, HasTheirShapeAndNoSeconds) {
  const test::TempDir dir;
  DataSetWriter writer(dir / "a.data", Existing::kRefuse);
  const FeatureSize size{2, 2, 1};
  for (int i = 0; i < 4; ++i) {
    const std::vector<float> values = {1, 2, 3, i < 2 ? 0.0f : static_cast<float>(i)};
    const std::string name = fmt::format("clip{}", i);
    writer.add({.name = name, .source = name, .label = i / 2, .fold = i + 1}, halves_of(values));
  }
  writer.finish("features", 0, {"a", "b"}, {}, size);
  const Survey survey = survey_data_set(DataSet(dir / "a.data"));
  EXPECT_EQ(survey.features, size);
  EXPECT_EQ(survey.kind, InputKind::kFeatures);
  EXPECT_EQ(survey.seconds, 0);
  ASSERT_EQ(survey.warnings.size(), 1u);
  EXPECT_THAT(survey.warnings[0], testing::HasSubstr("clips with the same values in different folds (a leak)"));
}

TEST_F(SurveyTest, LongListsAreCut) {
  for (std::uint32_t i = 0; i < 20; ++i)
    add(std::to_string(i), fmt::format("s{}", i), 1, std::vector<std::int16_t>(10 + i), i % 2 == 0);
  EXPECT_THAT(survey().warnings, ElementsAre(AllOf(HasSubstr("20 silent"), HasSubstr("0, 1, 2, 3, 4, ..."))));
}

}  // namespace
}  // namespace stapes
