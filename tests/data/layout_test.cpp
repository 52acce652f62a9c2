// SPDX-License-Identifier: Apache-2.0
#include "data/formats/layout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "base/error.h"
#include "data/data_set.h"
#include "support/audio_files.h"
#include "support/image_files.h"
#include "support/temp_dir.h"

namespace stapes::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

class LayoutTest : public testing::Test {
 protected:
  void sound(const std::string& name, int rate = 16000) { write_audio(dir_ / name, sine(800, 440, rate), rate); }
  void picture(const std::string& name) {
    std::filesystem::create_directories((dir_ / name).parent_path());
    write_file(dir_ / name, gradient_png(8, 8), Existing::kReplace);
  }
  void text(const std::string& name, const std::string& content = "x") {
    std::filesystem::create_directories((dir_ / name).parent_path());
    write_text_file(dir_ / name, content, Existing::kReplace);
  }
  Layout ask() const { return recognize_layout(dir_.path()); }
  void expect_refused(const std::string& why) const {
    EXPECT_THAT([&] { ask(); }, ThrowsMessage<Error>(AllOf(HasSubstr(why), HasSubstr(dir_.path().string()))));
  }

  TempDir dir_;
};

TEST_F(LayoutTest, RecognizesPublishedDataSetsByTheirFiles) {
  const std::vector<std::pair<std::string, std::string>> marks = {{"esc50", "meta/esc50.csv"},
                                                                  {"urbansound8k", "metadata/UrbanSound8K.csv"},
                                                                  {"speech-commands", "testing_list.txt"},
                                                                  {"cifar10", "data_batch_1.bin"},
                                                                  {"cifar100", "fine_label_names.txt"}};
  for (const auto& [format, mark] : marks) {
    const TempDir dir;
    std::filesystem::create_directories((dir / mark).parent_path());
    write_text_file(dir / mark, "x", Existing::kRefuse);
    write_audio(dir / "audio/a.wav", sine(800, 440, 44100), 44100);
    const Layout layout = recognize_layout(dir.path());
    EXPECT_EQ(layout.format, format);
    EXPECT_EQ(layout.images, format.starts_with("cifar"));
    EXPECT_EQ(layout.sample_rate_hz, layout.images ? 0 : 20000) << format;
  }
}

TEST_F(LayoutTest, RecognizesAudioEventByItsFlatTestPart) {
  sound("train/bell/a.wav");
  sound("train/dog/a.wav");
  sound("test/bell_1.wav");
  EXPECT_EQ(ask().format, "audioevent");
}

TEST_F(LayoutTest, AFolderPerClassIsOfSoundOrOfImages) {
  sound("a/1.wav", 44100);
  sound("b/1.flac", 44100);
  text("b/notes.txt");
  EXPECT_EQ(ask().format, "folders");
  picture("a/1.png");
  picture("a/2.png");
  picture("b/3.PNG");
  EXPECT_EQ(ask().format, "images");
  EXPECT_EQ(ask().sample_rate_hz, 0);
}

TEST_F(LayoutTest, ASplitCountsItsClassesOnce) {
  sound("train/a/1.wav");
  sound("test/a/1.wav");
  expect_refused("only one class");
  sound("train/b/1.wav");
  EXPECT_EQ(ask().format, "folders");
}

TEST_F(LayoutTest, TheSampleRateFollowsMostFiles) {
  for (const auto& [rate, wanted] :
       {std::pair(6000, 8000), {8000, 8000}, {11025, 8000}, {16000, 16000}, {48000, 20000}}) {
    for (const char* name : {"a/1.wav", "a/2.wav", "b/1.wav"}) sound(name, rate);
    sound("b/2.wav", 32000);
    EXPECT_EQ(ask().sample_rate_hz, wanted) << rate;
    EXPECT_EQ(ask().file_rate_hz, rate);
  }
}

TEST_F(LayoutTest, RefusesWhatIsNoClassification) {
  EXPECT_THAT([&] { recognize_layout(dir_ / "absent"); }, ThrowsMessage<Error>(HasSubstr("is not a folder")));
  expect_refused("neither sound nor images");
  text("a/notes.txt");
  text("b/data.csv", "1,2,3\n");
  expect_refused("neither sound nor images");
  text("b/song.wav", "this is not sound");
  sound("c.wav");
  EXPECT_THAT([&] { ask(); }, ThrowsMessage<Error>(HasSubstr("only one class")));  // song.wav is taken for a recording
}

TEST_F(LayoutTest, NamesFilesThatLieBesideEachOther) {
  sound("1.wav");
  sound("2.wav");
  expect_refused("has no class folders");
}

TEST_F(LayoutTest, ReadsExtensionsInUpperCase) {
  for (const char* name : {"a/1.WAV", "b/1.Wav"}) sound(name);
  picture("a/cover.jpg");
  EXPECT_EQ(ask().format, "folders");
  EXPECT_FALSE(ask().images);
}

TEST_F(LayoutTest, NamesTheOnlyClass) {
  sound("computer/1.wav");
  text("other/notes.txt");
  expect_refused("only in computer/");
}

TEST_F(LayoutTest, SoundThatCannotBeReadIsAnError) {
  text("a/1.wav", "no sound");
  text("b/1.wav", "no sound");
  expect_refused("can be read as sound");
}

TEST_F(LayoutTest, SpeakersThatRecurInSeveralClassesAreSources) {
  for (const char* digit : {"0", "1", "2"}) {
    for (const char* speaker : {"george", "jackson", "theo"}) {
      for (const char* take : {"0", "1"}) {
        sound(std::string(digit) + "/" + digit + "_" + speaker + "_" + take + ".wav", 8000);
      }
    }
  }
  const Layout layout = ask();
  EXPECT_EQ(layout.source_part, "george");
  const ImportReport report = import_layout(layout, dir_ / "out.data", {});
  EXPECT_EQ(report.clips, 18u);
  const DataSet data(dir_ / "out.data");
  EXPECT_EQ(data.sample_rate_hz(), 8000);
  std::map<std::string, std::set<int>> folds;
  for (const ClipView& clip : data.clips()) folds[std::string(clip.source)].insert(clip.fold);
  EXPECT_EQ(folds.size(), 3u);
  for (const auto& [source, where] : folds) EXPECT_EQ(where.size(), 1u) << source;
}

TEST(RecurringPart, IsNeitherANumberNorTheClassNorTheSameEverywhereNorOfOneClass) {
  EXPECT_EQ(
      recurring_part_pattern({{"yes", {"ann_nohash_0", "bob_nohash_0"}}, {"no", {"ann_nohash_0", "bob_nohash_1"}}}),
      "^([^_-]+)");
  EXPECT_EQ(recurring_part_pattern({{"yes", {"yes-ann-1", "yes-bob-2"}}, {"no", {"no-ann-1", "no-bob-2"}}}),
            "^(?:[^_-]*[_-]){1}([^_.-]+)");
  EXPECT_EQ(recurring_part_pattern({{"a", {"a_1", "a_2"}}, {"b", {"b_1", "b_2"}}}), "");                // numbers
  EXPECT_EQ(recurring_part_pattern({{"a", {"x_1", "x_2"}}, {"b", {"x_1", "x_2"}}}), "");                // one value
  EXPECT_EQ(recurring_part_pattern({{"a", {"north_1", "south_2"}}, {"b", {"east_1", "west_2"}}}), "");  // not shared
  EXPECT_EQ(recurring_part_pattern({{"a", {"ann", "bob"}}, {"b", {"ann", "bob"}}}), "");                // no parts
  EXPECT_EQ(recurring_part_pattern({}), "");
}

}  // namespace
}  // namespace stapes::test
