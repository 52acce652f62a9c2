// SPDX-License-Identifier: Apache-2.0
#include "data/importer_test.h"
#include "data/selection.h"
#include "data/validation_split.h"

namespace stapes {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ImportAudioEvent : public test::ImporterTest {
 protected:
  ImportAudioEvent() : ImporterTest(import_audioevent) {}
};

TEST_F(ImportAudioEvent, TestsOnTheFirstFoldAndTrainsOnTheSecond) {
  write_clip("train/church_bell/x1.wav");
  write_clip("train/church_bell/x2.wav");
  write_clip("train/bird/x1.wav");
  write_clip("test/church_bell_1.wav");
  write_clip("test/bird_12.wav");
  write_clip("test/.hidden_1.wav");
  EXPECT_THAT(import().skipped, IsEmpty());
  EXPECT_THAT(imported_clips(),
              ElementsAre("train/bird/x1.wav: bird, fold 2, of train/bird/x1.wav",
                          "train/church_bell/x1.wav: church_bell, fold 2, of train/church_bell/x1.wav",
                          "train/church_bell/x2.wav: church_bell, fold 2, of train/church_bell/x2.wav",
                          "test/bird_12.wav: bird, fold 1, of test/bird_12.wav",
                          "test/church_bell_1.wav: church_bell, fold 1, of test/church_bell_1.wav"));
  const DataSet data(out);
  EXPECT_EQ(data.format(), "audioevent");
  const ClipSet all = select_classes(data, "all");
  EXPECT_EQ(only_fold(all, 1).clips.size(), 2u);
  EXPECT_EQ(without_fold(all, 1).clips.size(), 3u);
  EXPECT_THROW(only_fold(all, 2), UsageError);
  EXPECT_FALSE(has_published_validation(without_fold(all, 1)));
}

// The published subsets are indices into the list of all classes.
TEST_F(ImportAudioEvent, AnEmptyClassKeepsItsNumber) {
  std::filesystem::create_directories(dir / "in/train/applause");
  write_clip("train/bird/x1.wav");
  write_clip("test/bird_1.wav");
  EXPECT_THAT(import().warnings, Contains(HasSubstr("class applause has no readable clip")));
  EXPECT_THAT(DataSet(out).labels(), ElementsAre("applause", "bird"));
}

TEST_F(ImportAudioEvent, GoesOnPastFilesThatAreNoClipsOfAKnownClass) {
  write_clip("train/bird/x1.wav");
  write_text("train/bird/x2.wav", "no sound");
  for (const char* name : {"test/bird_1.wav", "test/frog_1.wav", "test/bird.wav", "test/bird_x.wav", "test/_1.wav"}) {
    write_clip(name);
  }
  const ImportReport report = import();
  EXPECT_EQ(report.clips, 2u);
  EXPECT_THAT(names_of(report.skipped),
              ElementsAre("test/_1.wav", "test/bird.wav", "test/bird_x.wav", "test/frog_1.wav", "train/bird/x2.wav"));
  EXPECT_THAT(report.skipped[3].reason, HasSubstr("train/ has no folder \"frog\""));
}

TEST_F(ImportAudioEvent, BothPartsMustBeThere) {
  expect_refused("in/train is not a folder");
  write_clip("train/bird/x1.wav");
  expect_refused("in/test is not a folder");
  std::filesystem::remove(dir / "in/train/bird/x1.wav");
  std::filesystem::create_directories(dir / "in/test");
  expect_refused("holds no clips");
}

}  // namespace
}  // namespace stapes
