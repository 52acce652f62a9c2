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

class ImportSpeechCommands : public test::ImporterTest {
 protected:
  ImportSpeechCommands() : ImporterTest(import_speech_commands) {}
  void write_lists(const std::string& testing_list, const std::string& validation_list) {
    write_text("testing_list.txt", testing_list);
    write_text("validation_list.txt", validation_list);
  }
};

TEST_F(ImportSpeechCommands, ReadsWordsSpeakersAndThePublishedParts) {
  for (const char* name : {"yes/aa_nohash_0.wav", "yes/aa_nohash_1.wav", "yes/bb_nohash_0.wav", "yes/cc_nohash_0.wav",
                           "no/aa_nohash_0.wav", "no/bb_nohash_0.wav", "no/strange.wav", "no/_nohash_.wav",
                           "_background_noise_/pink_noise.wav"}) {
    write_clip(name);
  }
  write_text("README.md", "not a folder");
  write_lists("yes/bb_nohash_0.wav\r\nno/bb_nohash_0.wav\n", "yes/cc_nohash_0.wav\n\nno/strange.wav");
  const ImportReport report = import();
  EXPECT_THAT(report.skipped, IsEmpty());
  EXPECT_THAT(imported_clips(),
              ElementsAre("no/_nohash_.wav: no, fold 2, of no/_nohash_.wav", "no/aa_nohash_0.wav: no, fold 2, of aa",
                          "no/bb_nohash_0.wav: no, fold 1, of bb", "no/strange.wav: no, fold 3, of no/strange.wav",
                          "yes/aa_nohash_0.wav: yes, fold 2, of aa", "yes/aa_nohash_1.wav: yes, fold 2, of aa",
                          "yes/bb_nohash_0.wav: yes, fold 1, of bb", "yes/cc_nohash_0.wav: yes, fold 3, of cc"));
  const DataSet data(out);
  EXPECT_EQ(data.format(), "speech-commands");
  const ClipSet training = without_fold(select_classes(data, "all"), 1);
  ASSERT_TRUE(has_published_validation(training));
  EXPECT_EQ(published_validation(training).validation.clips.size(), 2u);
  EXPECT_EQ(published_validation(training).training.clips.size(), 4u);
}

TEST_F(ImportSpeechCommands, SaysWhichListedFilesAreAbsentAndWhichCannotBeRead) {
  write_clip("yes/aa_nohash_0.wav");
  write_clip("yes/bb_nohash_0.wav");
  write_text("yes/cc_nohash_0.wav", "no sound");
  std::filesystem::create_directories(dir / "in/empty");
  write_lists("yes/bb_nohash_0.wav\nyes/dd_nohash_0.wav\n", "_background_noise_/pink_noise.wav\n");
  const ImportReport report = import();
  EXPECT_EQ(report.clips, 2u);
  EXPECT_THAT(names_of(report.skipped),
              ElementsAre("_background_noise_/pink_noise.wav", "yes/dd_nohash_0.wav", "yes/cc_nohash_0.wav"));
  EXPECT_THAT(report.skipped[1].reason, HasSubstr("testing_list.txt line 2: yes/dd_nohash_0.wav"));
  EXPECT_THAT(report.warnings, Contains(HasSubstr("class empty has no files and was left out")));
  EXPECT_THAT(DataSet(out).labels(), ElementsAre("yes"));
}

TEST_F(ImportSpeechCommands, ReadsTheLayoutsOfCopies) {
  struct Copy {
    std::string words, lists;
    const char* given = "in";
  };
  const std::vector<Copy> table = {
      {"train/audio/", "train/"},  // as in a competition
      {"train/", "train/"},
      {"audio/", ""},
      {"speech_commands_v0.02/", "speech_commands_v0.02/"},  // in its own folder
      {"train/audio/", "train/", "in/train"},
      {"train/audio/", "train/", "in/train/audio"},
  };
  for (const Copy& copy : table) {
    std::filesystem::remove_all(dir / "in");
    for (const char* name : {"yes/aa_nohash_0.wav", "yes/bb_nohash_0.wav", "yes/cc_nohash_0.wav"}) {
      write_clip(copy.words + name);
    }
    write_text(copy.lists + "testing_list.txt", "yes/bb_nohash_0.wav\n");
    write_text(copy.lists + "validation_list.txt", "yes/cc_nohash_0.wav\n");
    const ImportReport report = import_speech_commands(dir / copy.given, out, {.existing = Existing::kReplace});
    EXPECT_THAT(report.skipped, IsEmpty()) << copy.words;
    EXPECT_THAT(imported_clips(),
                ElementsAre("yes/aa_nohash_0.wav: yes, fold 2, of aa", "yes/bb_nohash_0.wav: yes, fold 1, of bb",
                            "yes/cc_nohash_0.wav: yes, fold 3, of cc"));
  }
}

TEST_F(ImportSpeechCommands, SaysWhatItLookedForAndWhatIsThere) {
  write_clip("yes/aa_nohash_0.wav");
  write_clip("no/aa_nohash_0.wav");
  expect_refused("looked in it and in train/ for testing_list.txt and validation_list.txt");
  expect_refused("found no/, yes/");
}

TEST_F(ImportSpeechCommands, BothListsMustBeThereAndName) {
  expect_refused("is not a folder");
  write_clip("yes/aa_nohash_0.wav");
  expect_refused("testing_list.txt");
  write_text("testing_list.txt", "yes/aa_nohash_0.wav\n");
  expect_refused("validation_list.txt");
  write_text("validation_list.txt", "\n\n");
  expect_refused("validation_list.txt lists no clip");
}

TEST_F(ImportSpeechCommands, RefusesABrokenListNamingTheLine) {
  write_clip("yes/aa_nohash_0.wav");
  const std::string good = "yes/aa_nohash_0.wav\n";
  for (const std::string line : {"../yes/aa.wav", "/etc/passwd", "yes\\aa.wav", "aa.wav", "yes/../../aa.wav"}) {
    write_lists(good + "\n" + line + "\n", "yes/bb.wav\n");
    expect_refused("testing_list.txt line 3: \"" + line + "\"");
  }
  write_lists(good, "yes/bb.wav\n" + good);
  expect_refused("validation_list.txt line 2: \"yes/aa_nohash_0.wav\" was already listed in");
  write_lists(good + good, "yes/bb.wav\n");
  expect_refused("testing_list.txt line 2");
  write_lists(good + std::string("yes/a\0b.wav\n", 12), "yes/bb.wav\n");
  expect_refused("testing_list.txt line 2");
}

TEST_F(ImportSpeechCommands, NoWordsAreNoDataSet) {
  write_clip("_background_noise_/pink_noise.wav");
  write_lists("yes/a.wav\n", "yes/b.wav\n");
  expect_refused("holds no files in folders");
}

}  // namespace
}  // namespace stapes
