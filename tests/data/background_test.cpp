// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <map>
#include <set>

#include "data/class_names.h"
#include "data/formats/collapse_classes.h"
#include "data/importer_test.h"
#include "support/audio_files.h"

namespace stapes::test {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using testing::StartsWith;
using testing::ThrowsMessage;

class OpenSetImport : public ImporterTest {
 protected:
  OpenSetImport() : ImporterTest(import_folders) {
    for (const char* word : {"yes", "no", "cat", "dog"}) {
      for (int i = 0; i < 4; ++i) write_clip(fmt::format("{}/{}{}.wav", word, word[0], static_cast<char>('a' + i)));
    }
  }
  void write_background(const std::string& name, double seconds, double amplitude = 0.3) {
    write_audio(dir / "bg" / name, sine(static_cast<std::size_t>(seconds * 20000), 330, 20000, amplitude), 20000);
  }
  ImportOptions with_background() const {
    ImportOptions options{.folders = {.folds = 2}};
    options.background.folder = dir / "bg";
    options.window_samples = 20000;
    return options;
  }
  ImportReport import_now(const ImportOptions& options) { return import(options); }
};

TEST_F(OpenSetImport, ClassesBecomeUnknownWithTheirFolds) {
  import({.folders = {.folds = 2 }});
  const std::vector<std::string> before = imported_clips();
  const ImportReport report = import({.folders = {.folds = 2}, .unknown = {"cat,yes"}});
  EXPECT_THAT(report.labels, ElementsAre("dog", "no", "unknown"));
  std::vector<std::string> expected;
  for (std::string clip : before) {
    for (const std::string name : {": cat", ": yes"}) {
      if (const auto at = clip.find(name); at != std::string::npos) clip.replace(at, name.size(), ": unknown");
    }
    expected.push_back(clip);
  }
  EXPECT_EQ(imported_clips(), expected);
}

TEST_F(OpenSetImport, AnExistingClassUnknownTakesTheOthersIn) {
  write_clip("unknown/x.wav");
  EXPECT_THAT(import({.unknown = {"cat", "dog"}}).labels, ElementsAre("no", "yes", "unknown"));
}

TEST_F(OpenSetImport, RefusesUnknownClassesThatDoNotExist) {
  const auto refuses = [&](const std::vector<std::string>& unknown, const char* why) {
    EXPECT_THAT([&] { import_now({.unknown = unknown}); }, ThrowsMessage<UsageError>(HasSubstr(why)));
    EXPECT_FALSE(std::filesystem::exists(out));
  };
  refuses({"cat,doc"}, "there is no class 'doc'; did you mean dog?");
  refuses({"cat,"}, "there is no class ''");
  refuses({"cat,dog,no,yes"}, "--unknown names all classes");
}

TEST(CollapseClasses, RenamesAPublishedFormat) {
  for (const auto& [format, general] :
       {std::pair{"esc50", "folders"}, {"folders", "folders"}, {"cifar10", "images-split"}}) {
    ImportPlan plan;
    plan.format = format;
    if (format == std::string("cifar10")) plan.image = ImageSize{32, 32, 3};
    plan.labels = {"cat", "dog"};
    plan.clips = {{.info = {.name = "a", .source = "a", .label = 0, .fold = 1}, .file = "a"}};
    collapse_into_unknown(plan, {"cat"});
    EXPECT_EQ(plan.format, general) << format;
  }
}

TEST_F(OpenSetImport, ARecordingIsCutIntoPiecesOfOneFold) {
  write_background("kitchen.wav", 23);
  write_background("deep/street.wav", 11.5);
  write_background("bus.wav", 2);
  import(with_background());
  const DataSet data(out);
  EXPECT_THAT(data.labels(), ElementsAre("cat", "dog", "no", "yes", "background"));
  std::map<std::string, std::set<int>> folds;
  std::map<std::string, std::vector<std::size_t>> lengths;
  for (const ClipView& clip : data.clips()) {
    if (clip.label != 4) continue;
    folds[std::string(clip.source)].insert(clip.fold);
    lengths[std::string(clip.source)].push_back(clip.samples.size());
  }
  EXPECT_THAT(folds["background/kitchen"], SizeIs(1));
  EXPECT_THAT(folds["background/street"], SizeIs(1));
  EXPECT_NE(folds["background/kitchen"], folds["background/street"]) << "each fold should have some";
  // A sine starts and ends with zeros; at most one sample at each end is trimmed.
  ASSERT_THAT(lengths["background/kitchen"], SizeIs(4));
  for (const std::size_t samples : lengths["background/kitchen"]) EXPECT_NEAR(static_cast<int>(samples), 115000, 2);
  EXPECT_THAT(lengths["background/street"], SizeIs(2));
  EXPECT_THAT(lengths["background/bus"], SizeIs(1));
}

TEST_F(OpenSetImport, PiecesAreTheSamplesOfTheRecording) {
  write_background("kitchen.wav", 11);
  write_background("street.wav", 3);
  import(with_background());
  std::vector<std::int16_t> joined;
  const DataSet pieces(out);
  for (const ClipView& clip : pieces.clips()) {
    if (clip.source == "background/kitchen") joined.insert(joined.end(), clip.samples.begin(), clip.samples.end());
  }
  EXPECT_EQ(joined, load_clip(dir / "bg/kitchen.wav", 20000));
}

TEST_F(OpenSetImport, SilentAndShortRecordingsAreSkipped) {
  write_background("good.wav", 3);
  write_background("silent.wav", 3, 0);
  write_background("short.wav", 0.5);
  const ImportReport report = import(with_background());
  EXPECT_THAT(names_of(report.skipped), testing::UnorderedElementsAre("background/silent.wav", "background/short.wav"));
  EXPECT_THAT(report.skipped[1].reason, HasSubstr("is silent"));
  EXPECT_THAT(report.skipped[0].reason, HasSubstr("shorter than the window of 1.000 s"));
  EXPECT_EQ(report.clips, 17u);
}

TEST_F(OpenSetImport, RefusesAFolderWithoutSound) {
  const auto refuses = [&](const char* why) {
    EXPECT_THAT([&] { import_now(with_background()); }, ThrowsMessage<Error>(HasSubstr(why)));
    EXPECT_FALSE(std::filesystem::exists(out));
  };
  refuses("is not a folder");
  std::filesystem::create_directories(dir / "bg");
  refuses("has no files");
  write_text_file(dir / "bg/readme.txt", "nothing to hear", Existing::kReplace);
  refuses("no recording can be used");
}

TEST_F(OpenSetImport, FilesOfOneSourceShareAFold) {
  for (int i = 0; i < 4; ++i) write_background(fmt::format("site1_{}.wav", i), 2);
  for (int i = 0; i < 4; ++i) write_background(fmt::format("site2_{}.wav", i), 2);
  ImportOptions options = with_background();
  options.background.source_pattern = "^(site.)";
  import(options);
  std::map<std::string, std::set<int>> folds;
  const DataSet data(out);
  for (const ClipView& clip : data.clips()) {
    if (clip.label == 4) folds[std::string(clip.source)].insert(clip.fold);
  }
  EXPECT_THAT(folds, testing::UnorderedElementsAre(testing::Pair("background/site1", SizeIs(1)),
                                                   testing::Pair("background/site2", SizeIs(1))));
}

TEST_F(OpenSetImport, ABadPatternForSourcesOfBackgroundsNamesItsOption) {
  write_background("site1_0.wav", 2);
  ImportOptions options = with_background();
  options.background.source_pattern = "(open";
  EXPECT_THAT([&] { import_now(options); },
              ThrowsMessage<UsageError>(StartsWith("--background-source-pattern \"(open\" is not a regular")));
}

TEST_F(OpenSetImport, OneRecordingIsInOneFoldOnlyAndThatIsSaid) {
  write_background("only.wav", 30);
  EXPECT_THAT(import(with_background()).warnings, Contains(HasSubstr("no background in fold")));
}

}  // namespace
}  // namespace stapes::test
