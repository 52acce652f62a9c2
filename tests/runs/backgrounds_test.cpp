// SPDX-License-Identifier: Apache-2.0
#include "runs/backgrounds.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "data/tiny_data_set.h"
#include "runs/lineage.h"
#include "runs/run_provenance.h"
#include "support/temp_dir.h"

namespace stapes {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

struct Sound {
  const char* name;
  int label, fold;
  std::size_t samples;
};

class BackgroundsTest : public testing::Test {
 protected:
  // The source of "x#1" is "x".
  void write(const std::vector<Sound>& sounds, int rate = 8000,
             const std::vector<std::string>& labels = {"yes", "background"}, const std::string& format = "folders") {
    DataSetWriter writer(dir_ / "b.data", Existing::kReplace);
    for (const Sound& sound : sounds) {
      const std::string name = sound.name;
      std::vector<std::int16_t> samples = test::noise_clip(1, sound.samples);
      if (name.starts_with("silent")) samples.assign(sound.samples, 0);
      writer.add({.name = name, .source = name.substr(0, name.find('#')), .label = sound.label, .fold = sound.fold},
                 samples);
    }
    writer.finish(format, rate, labels);
    config_.background = (dir_ / "b.data").string();
    config_.spec.input = AudioInput{8000, 1000};
    adopt_background(config_);
  }
  Backgrounds read(const ClipSet& choosing = {}, const ClipSet& test = {}) const {
    return backgrounds_of(config_, {.training = {}, .choosing = choosing}, test);
  }
  static std::vector<std::string> names(const Backgrounds& backgrounds) {
    std::vector<std::string> all;
    for (const ClipView& clip : backgrounds.mix.clips.clips) all.emplace_back(clip.name);
    return all;
  }
  auto refuses(const std::string& why) { return ThrowsMessage<Error>(HasSubstr(why)); }

  test::TempDir dir_;
  TrainConfig config_;
};

TEST_F(BackgroundsTest, AreClipsOfTheirClassOutsideTheTestFold) {
  write({{"a#1", 1, 2, 1000},
         {"a#2", 1, 2, 2000},
         {"yes", 0, 2, 2000},
         {"b", 1, 1, 2000},
         {"short", 1, 3, 999},
         {"silent", 1, 3, 1000}});
  const Backgrounds backgrounds = read();
  EXPECT_THAT(names(backgrounds), ElementsAre("a#1", "a#2"));
  EXPECT_EQ(backgrounds.held_out, 1u);
  EXPECT_EQ(backgrounds.too_short, 1u);
  EXPECT_EQ(backgrounds.silent, 1u);
  EXPECT_DOUBLE_EQ(backgrounds.seconds(), 3000 / 8000.0);
  EXPECT_EQ(backgrounds.mix.share, config_.background_share);
  EXPECT_EQ(backgrounds.mix.max_snr_db, 20);
}

// The backgrounds may come from the clips' data set, or from another one of the same recordings.
TEST_F(BackgroundsTest, ASourceThatTestsOrValidatesIsLeftOutInEveryFold) {
  write({{"a#1", 1, 2, 1000}, {"b#1", 1, 2, 1000}, {"b#2", 1, 3, 1000}, {"c", 1, 3, 1000}});
  ClipSet choosing, test;
  choosing.clips.push_back({.samples = {}, .name = "b#1", .source = "b"});
  test.clips.push_back({.samples = {}, .name = "c", .source = "c"});
  EXPECT_THAT(names(read(choosing, test)), ElementsAre("a#1"));
}

TEST_F(BackgroundsTest, OfAPublishedSplitTheValidationPartIsHeldOutIfItValidates) {
  write({{"a", 1, kTrainingPart, 1000}, {"b", 1, kValidationPart, 1000}, {"c", 1, kTestPart, 1000}}, 8000,
        {"yes", "background"}, "folders-split");
  EXPECT_THAT(names(read()), ElementsAre("a", "b"));
  for (const Select select : {Select::kValidation, Select::kDetector}) {
    config_.select = select;
    EXPECT_THAT(names(read()), ElementsAre("a"));
  }
}

TEST_F(BackgroundsTest, ARunWithoutThemHasNone) {
  const Backgrounds none = backgrounds_of({}, {}, {});
  EXPECT_TRUE(none.mix.empty());
  EXPECT_EQ(none.seconds(), 0);
}

TEST_F(BackgroundsTest, WhatCannotBeUsedIsRefused) {
  write({{"a", 0, 2, 1000}}, 8000, {"yes", "no"});
  EXPECT_THAT([&] { read(); }, refuses("has no class 'background'; import recordings"));
  write({{"a", 1, 2, 1000}}, 16000);
  EXPECT_THAT([&] { read(); },
              refuses("is at 16000 Hz, but the run is at 8000 Hz; import it again with --sample-rate 8000"));
  write({{"a", 1, 1, 1000}, {"b", 1, 2, 999}, {"silent", 1, 2, 1000}});
  EXPECT_THAT([&] { read(); },
              ThrowsMessage<Error>(AllOf(HasSubstr("1 held out (test fold 1"),
                                         HasSubstr("1 shorter than the window of 1000 samples, 1 silent"))));
  write({{"a", 1, 2, 1000}});
  config_.background_hash = "0123456789abcdef";
  EXPECT_THAT([&] { read(); }, refuses("has changed since the run began"));
  test::write_tiny_images(dir_ / "images");
  config_.background = (dir_ / "images").string();
  adopt_background(config_);
  EXPECT_THAT([&] { read(); }, refuses("holds images; expected sound"));
  test::write_tiny_features(dir_ / "features");
  config_.background = (dir_ / "features").string();
  adopt_background(config_);
  EXPECT_THAT([&] { read(); }, refuses("holds features; expected sound"));
  config_.background = (dir_ / "none").string();
  EXPECT_THAT([&] { adopt_background(config_); }, refuses("none"));
}

TEST_F(BackgroundsTest, AreInTheProvenance) {
  write({{"a", 1, 2, 1000}});
  config_.data_hash = "d";
  config_.fold = 3;
  const Ancestry ancestry = read_ancestry(run_provenance(config_, 1, kBestOnTest));
  ASSERT_EQ(ancestry.known.size(), 2u);
  EXPECT_EQ(ancestry.known[1].data_hash, config_.background_hash);
  EXPECT_EQ(ancestry.known[1].test_fold, 3);
  EXPECT_TRUE(ancestry.complete);
}

}  // namespace
}  // namespace stapes
