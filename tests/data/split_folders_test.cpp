// SPDX-License-Identifier: Apache-2.0
#include "data/formats/split_folders.h"

#include <fmt/format.h>

#include "data/importer_test.h"
#include "data/selection.h"
#include "data/validation_split.h"

namespace stapes {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class SplitFolders : public test::ImporterTest {
 protected:
  SplitFolders() : ImporterTest(import_folders) {}
  void write_classes(const std::string& part) {
    for (const char* name : {"dog/a.wav", "dog/b.wav", "cat/a.wav", "cat/b.wav"}) {
      write_clip((part.empty() ? "" : part + "/") + name);
    }
  }
};

TEST_F(SplitFolders, PartsAreKnownByTheirUsualNames) {
  struct Layout {
    std::vector<std::string> parts;
    int fold[3];
  };
  const std::vector<Layout> table = {
      {{"train", "test"}, {kTrainingPart, kTestPart}},
      {{"training", "testing"}, {kTrainingPart, kTestPart}},
      {{"Train", "TEST"}, {kTrainingPart, kTestPart}},
      {{"train", "test", "val"}, {kTrainingPart, kTestPart, kValidationPart}},
      {{"train", "test", "valid"}, {kTrainingPart, kTestPart, kValidationPart}},
      {{"Training", "Test", "Validation"}, {kTrainingPart, kTestPart, kValidationPart}},
  };
  for (const Layout& layout : table) {
    std::filesystem::remove_all(dir / "in");
    for (const std::string& part : layout.parts) write_classes(part);
    const ImportReport report = import();
    EXPECT_THAT(report.labels, ElementsAre("cat", "dog"));
    EXPECT_THAT(report.notes,
                ElementsAre(testing::AllOf(testing::StartsWith("using "), HasSubstr("/ as a published split: "))));
    EXPECT_THAT(report.warnings, IsEmpty());
    const DataSet data(out);
    EXPECT_EQ(data.format(), "folders-split");
    EXPECT_TRUE(data.published_split());
    for (std::size_t i = 0; i < layout.parts.size(); ++i) {
      const std::string name = layout.parts[i] + "/dog/b.wav";
      EXPECT_THAT(imported_clips(), Contains(fmt::format("{}: dog, fold {}, of {}", name, layout.fold[i], name)));
    }
    EXPECT_EQ(has_published_validation(without_fold(select_classes(data, "all"), 1)), layout.parts.size() == 3);
  }
}

TEST_F(SplitFolders, HalfASplitIsRefusedWithWhatMendsIt) {
  struct Half {
    std::vector<std::string> parts;
    std::string message;
  };
  const std::vector<Half> table = {
      {{"train"}, "has train/ with a folder per class but no test/"},
      {{"test"}, "has test/ with a folder per class but no train/"},
      {{"Training", "valid"}, "to test on valid/, rename it to test/"},
      {{"train", "training", "test"}, "two folders for one part of a split"},
  };
  for (const Half& half : table) {
    std::filesystem::remove_all(dir / "in");
    for (const std::string& part : half.parts) write_classes(part);
    expect_refused(half.message);
  }
  std::filesystem::remove_all(dir / "in");
  write_classes("train");
  write_clip("test/0001.wav");  // clips without labels, as in competitions
  expect_refused("to split the clips of one part into folds, import " + (dir / "in/train").string());
}

TEST_F(SplitFolders, OtherFoldersAreLeftOutAndNamed) {
  for (const char* part : {"train", "test", "noise"}) write_classes(part);
  EXPECT_THAT(import().warnings, ElementsAre(HasSubstr("folder noise is left out: it is next to train/ and test/")));
}

TEST_F(SplitFolders, AClassMayHaveThatName) {
  for (const char* name : {"train/a.wav", "train/b.wav", "test/a.wav", "test/b.wav", "val/a.wav", "bus/a.wav"}) {
    write_clip(name);
  }
  EXPECT_THAT(import().labels, ElementsAre("bus", "test", "train", "val"));
}

TEST_F(SplitFolders, AClassIsOneClassInAllParts) {
  write_clip("train/cafe\u0301/a.wav");
  write_clip("train/10/a.wav");
  write_clip("train/9/a.wav");
  write_clip("test/caf\u00e9/a.wav");
  write_clip("test/9 /a.wav");
  write_clip("test/10/a.wav");
  const ImportReport report = import();
  EXPECT_THAT(report.labels, ElementsAre("9", "10", "caf\u00e9"));
  EXPECT_THAT(report.warnings, IsEmpty());
}

TEST_F(SplitFolders, AFolderOfOneFolderOfClassesIsAsked) {
  write_classes("audio");
  expect_refused("holds one folder, audio, with folders in it: cat/, dog/");
  write_clip("audio/a.wav");  // now it may be a class
  EXPECT_THAT(import().labels, ElementsAre("audio"));
}

}  // namespace
}  // namespace stapes
