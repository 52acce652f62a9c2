// SPDX-License-Identifier: Apache-2.0
#include "data/formats/keywords.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <set>

#include "base/error.h"
#include "base/process.h"
#include "data/data_set.h"
#include "data/survey.h"
#include "support/temp_dir.h"

namespace stapes {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::ThrowsMessage;

bool can_speak() {
  try {
    run_program({"espeak-ng", "--version"}, "");
    return true;
  } catch (const Error&) {
    return false;
  }
}

ImportOptions at_16_khz(int threads = 2) { return {.sample_rate_hz = kKeywordRateHz, .threads = threads}; }

TEST(PlanUtterances, IsFourAccentsOfEachVoiceForEachWord) {
  const auto plan = plan_utterances({.classes = 10, .voices = 50, .seed = 1});
  EXPECT_EQ(plan.size(), 2000u);
  std::set<std::string> words, voices, accents, heard;
  int slowest = 999, fastest = 0, lowest = 999, highest = 0;
  for (const Utterance& u : plan) {
    words.insert(u.word);
    voices.insert(u.voice);
    accents.insert(u.accent);
    EXPECT_TRUE(heard.insert(u.word + " " + u.voice + " " + u.accent).second);
    slowest = std::min(slowest, u.words_per_minute);
    fastest = std::max(fastest, u.words_per_minute);
    lowest = std::min(lowest, u.pitch);
    highest = std::max(highest, u.pitch);
  }
  EXPECT_EQ(words.size(), 10u);
  EXPECT_EQ(voices.size(), 50u);
  EXPECT_EQ(accents.size(), 8u);
  EXPECT_EQ(slowest, 150);
  EXPECT_EQ(fastest, 210);
  EXPECT_EQ(lowest, 35);
  EXPECT_EQ(highest, 75);
}

TEST(PlanUtterances, AClipIsTheSameHoweverManyThereAre) {
  const auto all = plan_utterances({.classes = 20, .voices = 50, .seed = 4});
  for (const Utterance& few : plan_utterances({.classes = 3, .voices = 7, .seed = 4})) {
    const auto same = [&](const Utterance& u) {
      return u.word == few.word && u.voice == few.voice && u.accent == few.accent &&
             u.words_per_minute == few.words_per_minute && u.pitch == few.pitch;
    };
    EXPECT_EQ(std::count_if(all.begin(), all.end(), same), 1) << few.word << " " << few.voice << " " << few.accent;
  }
}

TEST(PlanUtterances, RefusesNumbersOutOfRange) {
  EXPECT_THROW(plan_utterances({.classes = 1}), UsageError);
  EXPECT_THROW(plan_utterances({.classes = max_keyword_classes() + 1}), UsageError);
  EXPECT_THROW(plan_utterances({.voices = 0}), UsageError);
  EXPECT_THROW(plan_utterances({.voices = max_keyword_voices() + 1}), UsageError);
  EXPECT_GE(max_keyword_classes(), 30);
}

TEST(RenderKeywords, FoldsShareNoVoiceAndNoTwoClipsAreAlike) {
  if (!can_speak()) GTEST_SKIP() << "no espeak-ng on this machine";
  const test::TempDir dir;
  const KeywordOptions keywords{.classes = 3, .voices = 10, .seed = 1};
  const ImportReport report = render_keywords(keywords, dir / "a.data", at_16_khz());
  EXPECT_EQ(report.clips, 120u);
  EXPECT_THAT(report.skipped, IsEmpty());
  const DataSet data(dir / "a.data");
  EXPECT_EQ(data.format(), "keywords");
  EXPECT_EQ(data.sample_rate_hz(), 16000);
  for (const ClipView& clip : data.clips()) {
    EXPECT_GT(clip.samples.size(), 1600u) << clip.name;
    EXPECT_LT(clip.samples.size(), 24000u) << clip.name;
  }
  const Survey survey = survey_data_set(data);
  EXPECT_THAT(survey.warnings,
              IsEmpty());  // a warning would mean a voice in two folds, or two voices that sound alike
  ASSERT_EQ(survey.folds.size(), 5u);
  for (const FoldSurvey& fold : survey.folds) EXPECT_EQ(fold.sources, 2u);
}

// If espeak-ng ignored a voice variant, two voices would sound the same.
TEST(RenderKeywords, EveryAccentTakesTheVoiceItIsGiven) {
  if (!can_speak()) GTEST_SKIP() << "no espeak-ng on this machine";
  std::set<std::string> accents;
  for (const Utterance& u : plan_utterances({.classes = 2, .voices = 50})) accents.insert(u.accent);
  for (const std::string& accent : accents) {
    const auto spoken = [&](const char* voice) {
      return run_program({"espeak-ng", "-v", accent + voice, "-s", "180", "-p", "50", "--stdout", "down"}, "");
    };
    EXPECT_NE(spoken("+f1"), spoken("+m3")) << accent;
    EXPECT_NE(spoken("+f1"), spoken("")) << accent;
  }
}

TEST(RenderKeywords, IsTheSameForAnyNumberOfThreads) {
  if (!can_speak()) GTEST_SKIP() << "no espeak-ng on this machine";
  const test::TempDir dir;
  const KeywordOptions keywords{.classes = 2, .voices = 3, .seed = 1};
  const std::string hash = render_keywords(keywords, dir / "a.data", at_16_khz(1)).hash;
  EXPECT_EQ(render_keywords(keywords, dir / "b.data", at_16_khz(4)).hash, hash);
  EXPECT_NE(render_keywords({.classes = 2, .voices = 3, .seed = 2}, dir / "c.data", at_16_khz(4)).hash, hash);
}

TEST(RenderKeywords, AMissingProgramNamesItsPackage) {
  const test::TempDir dir;
  const std::string path = std::getenv("PATH");
  ::setenv("PATH", dir.path().c_str(), 1);
  EXPECT_THAT([&] { render_keywords({}, dir / "a.data", at_16_khz()); },
              ThrowsMessage<Error>(HasSubstr("Debian package espeak-ng")));
  ::setenv("PATH", path.c_str(), 1);
  EXPECT_TRUE(std::filesystem::is_empty(dir.path()));
}

}  // namespace
}  // namespace stapes
