// SPDX-License-Identifier: Apache-2.0
#include "evaluate/detector_figures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.h"

namespace stapes {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;
using Scores = std::vector<double>;

ClipView clip(std::span<const std::int16_t> samples, int label) {
  return {.samples = samples, .label = label, .fold = 1, .name = "clip", .source = "source"};
}

struct Judged {
  ClipSet windows{.clips = {}, .labels = {"yes", "no", "unknown", "background"}, .sample_rate_hz = 1000};
  Evaluation evaluation{4};
  std::vector<std::int16_t> sound;

  explicit Judged(std::size_t samples) : sound(samples) {}
  void add(int label, Scores probabilities) {
    windows.clips.push_back(clip(sound, label));
    evaluation.add(label, std::move(probabilities));
  }
  DetectorFigures figures() const { return detector_figures(evaluation, windows); }
};

TEST(DetectorFigures, TakeTheLowestThresholdWithoutFalseAcceptsInFewHours) {
  Judged judged(3600);
  judged.add(0, {0.9, 0.0, 0.1, 0.0});    // 230 of 256
  judged.add(0, {0.3, 0.1, 0.6, 0.0});    // 77: below the threshold
  judged.add(0, {0.2, 0.55, 0.2, 0.05});  // classified as "no": a false accept up to threshold 141
  judged.add(1, {0.0, 0.6, 0.4, 0.0});    // 154
  judged.add(2, {0.5, 0.0, 0.5, 0.0});    // 128: a false accept up to threshold 128
  judged.add(3, {0.1, 0.0, 0.0, 0.9});    // 26
  const DetectorFigures figures = judged.figures();
  EXPECT_EQ(figures.threshold, 142);
  EXPECT_EQ(figures.events, 4);
  EXPECT_EQ(figures.hits, 2);
  EXPECT_EQ(figures.false_accepts, 0);
  EXPECT_DOUBLE_EQ(figures.recall(), 50);
  EXPECT_DOUBLE_EQ(figures.hours, 2 * 3.6 / 3600);
  // Scores 0.9, 0.4, 0.75 and 0.6 against 0.5 and 0.1: the positive wins seven of eight pairs.
  EXPECT_DOUBLE_EQ(figures.auroc, 7.0 / 8);
}

// In 4 hours, half a false accept per hour allows two.
TEST(DetectorFigures, AllowHalfAFalseAcceptPerHour) {
  Judged judged(3600 * 1000);
  judged.add(0, {0.25, 0, 0.75, 0});
  for (const double p : {0.9, 0.8, 0.1, 0.1}) judged.add(3, {p, 0, 0, 1 - p});
  const DetectorFigures figures = judged.figures();
  EXPECT_DOUBLE_EQ(figures.hours, 4);
  EXPECT_EQ(figures.false_accepts, 2);
  EXPECT_EQ(figures.hits, 1);
  EXPECT_EQ(figures.threshold, 27);  // 0.1 is 26
}

// Both scores are 255 of 256: no threshold separates them on a device.
TEST(DetectorFigures, SaturatedProbabilitiesAreEqual) {
  Judged judged(1000);
  judged.add(0, {0.9999, 0, 0.0001, 0});
  judged.add(2, {0.9980, 0, 0.0020, 0});
  const DetectorFigures figures = judged.figures();
  EXPECT_EQ(figures.threshold, 256);
  EXPECT_EQ(figures.hits, 0);
  EXPECT_EQ(figures.false_accepts, 0);
  EXPECT_EQ(figures.auroc, 1);
}

TEST(DetectorFigures, AreComparedByHitsThenFalseAcceptsThenAuroc) {
  const DetectorFigures base{.hours = 1, .events = 9, .hits = 5, .false_accepts = 1, .threshold = 9, .auroc = 0.5};
  DetectorFigures other = base;
  EXPECT_FALSE(is_better(other, base));
  other.auroc = 0.6;
  EXPECT_TRUE(is_better(other, base));
  other.false_accepts = 2;
  EXPECT_FALSE(is_better(other, base));
  other.hits = 6;
  EXPECT_TRUE(is_better(other, base));
  EXPECT_FALSE(is_better(base, other));
}

TEST(DetectorFigures, ABetterDetectorOutweighsAccuracyWhichDecidesBetweenEquals) {
  const DetectorFigures base{.hours = 1, .events = 9, .hits = 5, .false_accepts = 1, .threshold = 9, .auroc = 0.5};
  DetectorFigures better = base;
  better.hits = 6;
  EXPECT_TRUE(is_better_epoch(better, 70, base, 90));
  EXPECT_FALSE(is_better_epoch(base, 90, better, 70));
  EXPECT_TRUE(is_better_epoch(base, 90, base, 70));
  EXPECT_FALSE(is_better_epoch(base, 70, base, 70));
}

TEST(DetectorFigures, JsonKeepsEveryBit) {
  const DetectorFigures figures{
      .hours = 1.0 / 3, .events = 9, .hits = 5, .false_accepts = 1, .threshold = 201, .auroc = 0.1 + 0.2};
  const DetectorFigures read = detector_figures_from_json(nlohmann::json::parse(to_json(figures).dump()));
  EXPECT_EQ(read.hours, figures.hours);
  EXPECT_EQ(read.auroc, figures.auroc);
  EXPECT_EQ(read.threshold, 201);
  EXPECT_EQ(read.hits, 5);
  EXPECT_EQ(read.events, 9);
  EXPECT_EQ(read.false_accepts, 1);
}

TEST(DetectorWindows, CoverTheSoundToRejectSideBySide) {
  std::vector<std::int16_t> sound(1050);
  ClipSet clips{.clips = {}, .labels = {"yes", "background"}, .sample_rate_hz = 1000};
  clips.clips = {clip(sound, 0), clip(sound, 1), clip(std::span(sound).first(70), 1)};
  const ClipSet windows = detector_windows(clips, 500);
  std::vector<std::size_t> sizes;
  for (const ClipView& clip : windows.clips) sizes.push_back(clip.samples.size());
  EXPECT_THAT(sizes, ElementsAre(1050, 500, 500, 70));
  EXPECT_EQ(windows.clips[2].samples.data(), sound.data() + 500);
}

TEST(DetectorClips, AreOfBothKindsAndSound) {
  ClipSet clips{.clips = {}, .labels = {"yes", "unknown"}, .sample_rate_hz = 1000};
  clips.clips.push_back(clip({}, 0));
  EXPECT_THAT([&] { check_detector_clips(clips); },
              ThrowsMessage<UsageError>(HasSubstr("needs validation clips of a class 'unknown' or 'background'")));
  clips.clips.push_back(clip({}, 1));
  EXPECT_NO_THROW(check_detector_clips(clips));
  clips.clips.erase(clips.clips.begin());
  EXPECT_THROW(check_detector_clips(clips), UsageError);
  clips.image = ImageSize{1, 1, 1};
  EXPECT_THAT([&] { check_detector_clips(clips); }, ThrowsMessage<UsageError>(HasSubstr("is for sound")));
}

}  // namespace
}  // namespace stapes
