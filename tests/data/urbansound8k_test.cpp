// SPDX-License-Identifier: Apache-2.0
#include "data/importer_test.h"

namespace stapes {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kManifestHeader = "slice_file_name,fsID,start,end,salience,fold,classID,class\n";

class ImportUrbanSound8k : public test::ImporterTest {
 protected:
  ImportUrbanSound8k() : ImporterTest(import_urbansound8k) {}
  void write_manifest(const std::string& rows, const std::string& header = kManifestHeader) {
    write_text("metadata/UrbanSound8K.csv", header + rows);
  }
};

TEST_F(ImportUrbanSound8k, ReadsTenFoldsAndKnowsTheRecordings) {
  write_clip("audio/fold5/100032-3-0-0.wav");
  write_clip("audio/fold10/100263-2-0-117.wav");
  write_clip("audio/fold10/100263-2-0-121.wav");
  write_manifest(
      "100032-3-0-0.wav,100032,0.0,0.317551,1,5,3,dog_bark\n"
      "100263-2-0-117.wav,100263,58.5,62.5,1,10,2,children_playing\n"
      "100263-2-0-121.wav,100263,60.5,64.5,1,10,2,children_playing\n");
  EXPECT_THAT(import().skipped, IsEmpty());
  EXPECT_THAT(imported_clips(), ElementsAre("100032-3-0-0.wav: dog_bark, fold 5, of 100032",
                                            "100263-2-0-117.wav: children_playing, fold 10, of 100263",
                                            "100263-2-0-121.wav: children_playing, fold 10, of 100263"));
  const DataSet data(out);
  EXPECT_EQ(data.format(), "urbansound8k");
  EXPECT_THAT(data.labels(), ElementsAre("class-0", "class-1", "children_playing", "dog_bark"));
  EXPECT_FALSE(data.published_split());
}

TEST_F(ImportUrbanSound8k, ReadsTheLayoutsOfCopies) {
  struct Copy {
    std::string table, folds;
  };
  const std::vector<Copy> table = {
      {"UrbanSound8K.csv", ""},                                           // flat
      {"UrbanSound8K.csv", "audio/"},                                     // the table next to audio/
      {"metadata/UrbanSound8K.csv", ""},                                  // the folds next to metadata/
      {"UrbanSound8K/metadata/UrbanSound8K.csv", "UrbanSound8K/audio/"},  // in its own folder
      {"urbansound8k-copy/UrbanSound8K.csv", "urbansound8k-copy/"},
  };
  for (const Copy& copy : table) {
    std::filesystem::remove_all(dir / "in");
    write_clip(copy.folds + "fold5/100032-3-0-0.wav");
    write_text(copy.table, kManifestHeader + std::string("100032-3-0-0.wav,100032,0.0,0.317551,1,5,3,dog_bark\n"));
    EXPECT_THAT(import().skipped, IsEmpty()) << copy.table;
    EXPECT_THAT(imported_clips(), ElementsAre("100032-3-0-0.wav: dog_bark, fold 5, of 100032"));
  }
}

TEST_F(ImportUrbanSound8k, SaysWhatItLookedForAndWhatIsThere) {
  for (const char* name : {"fold1/a.wav", "dog_bark/a.wav", "README.md"}) write_clip(name);
  expect_refused(
      "looked in it for metadata/UrbanSound8K.csv or UrbanSound8K.csv, and for fold1 ... fold10 in audio/ or next to "
      "the table; found README.md, dog_bark/, fold1/");
  std::filesystem::remove_all(dir / "in");
  write_manifest("");
  expect_refused("found metadata/");
}

TEST_F(ImportUrbanSound8k, GoesOnPastFilesItCannotRead) {
  const auto bad = test::write_unreadable_clips(dir / "in/audio/fold1");
  write_clip("audio/fold1/good.wav");
  write_clip("audio/fold2/elsewhere.wav");
  std::string rows = "elsewhere.wav,7,0,1,1,1,0,air_conditioner\n";  // listed in fold 1, stored in fold 2
  for (const auto& name : bad) rows += name + ",8,0,1,1,1,0,air_conditioner\n";
  write_manifest(rows + "good.wav,9,0,1,1,1,1,car_horn\n");
  const ImportReport report = import();
  EXPECT_EQ(report.clips, 1u);
  std::vector<std::string> skipped = {"elsewhere.wav"};
  skipped.insert(skipped.end(), bad.begin(), bad.end());
  EXPECT_THAT(names_of(report.skipped), ElementsAreArray(skipped));
  EXPECT_THAT(report.skipped[0].reason, HasSubstr("audio/fold1/elsewhere.wav does not exist"));
  EXPECT_THAT(report.warnings, Contains(HasSubstr("class air_conditioner has no readable clip")));
}

TEST_F(ImportUrbanSound8k, RefusesABrokenManifestNamingTheLine) {
  write_clip("audio/fold1/a.wav");
  const std::string good = "a.wav,1,0,1,1,1,0,air_conditioner\n";
  const auto refuse_row = [&](const std::string& row, const std::string& why) {
    write_manifest(good + row);
    expect_refused("UrbanSound8K.csv line 3: " + why);
  };
  refuse_row("b.wav,1,0,1,1,11,0,air_conditioner\n", "unknown fold \"11\"; expected 1 to 10");
  refuse_row("b.wav,1,0,1,1,0,0,air_conditioner\n", "unknown fold \"0\"");
  refuse_row("b.wav,1,0,1,1,1,10,siren\n", "unknown classID \"10\"; expected 0 to 9");
  refuse_row("b.wav,1,0,1,1,1,0,siren\n", "classID 0 is called \"siren\" here but \"air_conditioner\" earlier");
  refuse_row("b.wav,1,0,1,1,1,8,air_conditioner\n", "class \"air_conditioner\" is classID 8 here but 0 earlier");
  refuse_row("b.wav,1,0,1,1,1,8,\n", "the class is empty");
  refuse_row("b.wav,,0,1,1,1,8,siren\n", "the fsID is empty");
  refuse_row("a.wav,1,0,1,1,2,0,air_conditioner\n", "clip \"a.wav\" was already listed in line 2");
  refuse_row("../../../a.wav,1,0,1,1,1,8,siren\n", "invalid file name \"../../../a.wav\"");
  refuse_row("b.wav,1,0,1,1,1,8\n", "7 fields");
}

TEST_F(ImportUrbanSound8k, AMissingManifestOrColumnIsNamed) {
  write_clip("audio/fold1/a.wav");
  expect_refused("metadata/UrbanSound8K.csv");
  write_manifest("a.wav,1,0,air_conditioner\n", "slice_file_name,fold,classID,class\n");
  expect_refused("no column \"fsID\"");
  write_manifest("");
  expect_refused("lists no clip");
}

}  // namespace
}  // namespace stapes
