// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "base/error.h"
#include "data/bad_clips.h"
#include "data/data_set.h"
#include "data/formats/import.h"
#include "support/shared_data.h"
#include "support/temp_dir.h"

namespace stapes {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::ThrowsMessage;

constexpr const char* kHeader = "filename,fold,target,category,esc10,src_file,take\n";

class ImportEsc50 : public testing::Test {
 protected:
  test::TempDir dir;
  std::filesystem::path out = dir / "a.data";

  void write_clip(const std::string& name) {
    test::write_audio(dir / "audio" / name, test::sine(500, 440, 20000), 20000);
  }
  void write_manifest(const std::string& rows, const std::string& header = kHeader) {
    std::filesystem::create_directories(dir / "meta");
    write_text_file(dir / "meta/esc50.csv", header + rows, Existing::kReplace);
  }
  ImportReport import(ImportOptions options = {}) {
    options.existing = Existing::kReplace;
    return import_esc50(dir.path(), out, options);
  }
  void expect_refused(const std::string& why) {
    EXPECT_THAT([&] { import(); }, ThrowsMessage<Error>(HasSubstr(why)));
    EXPECT_FALSE(std::filesystem::exists(out)) << why;
  }
};

TEST_F(ImportEsc50, ReadsManifestAndFilesUnderAnotherExtension) {
  write_clip("1-100032-A-0.wav");
  test::write_audio(dir / "audio/2-200-B-2.ogg", test::sine(4410, 440, 44100), 44100, 1, test::kOgg);
  write_manifest("1-100032-A-0.wav,1,0,dog,True,100032,A\r\n2-200-B-2.wav,2,2,pig,False,200,B\r\n");
  const ImportReport report = import();
  EXPECT_EQ(report.clips, 2u);
  EXPECT_THAT(report.skipped, IsEmpty());
  const DataSet data(out);
  EXPECT_EQ(data.hash(), report.hash);
  EXPECT_EQ(data.format(), "esc50");
  EXPECT_EQ(data.sample_rate_hz(), 20000);
  EXPECT_THAT(data.labels(), ElementsAre("dog", "class-1", "pig"));
  EXPECT_EQ(data.clips()[1].name, "2-200-B-2.wav");
  EXPECT_EQ(data.clips()[1].source, "200");
  EXPECT_EQ(data.clips()[1].label, 2);
  EXPECT_EQ(data.clips()[1].fold, 2);
  EXPECT_NEAR(static_cast<double>(data.clips()[1].samples.size()), 2000, 3);
}

TEST_F(ImportEsc50, GoesOnPastFilesItCannotRead) {
  const auto bad = test::write_unreadable_clips(dir / "audio");
  const auto odd = test::write_odd_clips(dir / "audio");
  std::string rows = "absent.wav,1,0,dog,True,1,A\n";
  for (const auto& name : bad) rows += name + ",1,0,dog,True,1,A\n";
  for (const auto& name : odd) rows += name + ",2,1,cat,True,1,A\n";
  write_manifest(rows);
  const ImportReport report = import();
  EXPECT_EQ(report.clips, odd.size());
  std::vector<std::string> skipped;
  for (const SkippedFile& file : report.skipped) {
    skipped.push_back(file.name);
    EXPECT_THAT(file.reason, HasSubstr(file.name));
  }
  EXPECT_THAT(skipped, ElementsAre("absent.wav", bad[0], bad[1], bad[2], bad[3], bad[4]));
  EXPECT_THAT(report.warnings, testing::Contains(AllOf(HasSubstr("odd-d-zero.wav"), HasSubstr("silent"))));
  EXPECT_THAT(report.warnings, testing::Contains(AllOf(HasSubstr("class dog"), HasSubstr("no readable clip"))));
}

TEST_F(ImportEsc50, FailsWhenNothingIsReadable) {
  write_manifest("absent.wav,1,0,dog,True,1,A\n");
  expect_refused("0 of 1 files could be read");
  write_manifest("");
  expect_refused("lists no clip");
}

TEST_F(ImportEsc50, RefusesABrokenManifestNamingTheLine) {
  write_clip("a.wav");
  const std::string good = "a.wav,1,0,dog,True,1,A\n";
  const auto refuse_row = [&](const std::string& row, const std::string& why) {
    write_manifest(good + row);
    expect_refused("esc50.csv line 3: " + why);
  };
  refuse_row("b.wav,6,0,dog,True,1,A\n", "unknown fold \"6\"");
  refuse_row("b.wav,x,0,dog,True,1,A\n", "unknown fold \"x\"");
  refuse_row("b.wav,1,50,dog,True,1,A\n", "unknown target \"50\"");
  refuse_row("b.wav,1,1,dog,True,1,A\n", "category \"dog\"");
  refuse_row("b.wav,1,0,cat,True,1,A\n", "target 0 is called \"cat\"");
  refuse_row("b.wav,1,1,,True,1,A\n", "the category is empty");
  refuse_row("a.wav,1,0,dog,True,1,A\n", "clip \"a.wav\" was already listed in line 2");
  refuse_row("a.ogg,1,0,dog,True,1,A\n", "clip \"a.ogg\" was already listed in line 2");
  refuse_row("../a.wav,1,0,dog,True,1,A\n", "invalid file name \"../a.wav\"");
  refuse_row("x/../../a.wav,1,0,dog,True,1,A\n", "invalid file name");
  refuse_row("/etc/passwd,1,0,dog,True,1,A\n", "invalid file name");
  refuse_row("..\\a.wav,1,0,dog,True,1,A\n", "invalid file name");
  refuse_row(",1,0,dog,True,1,A\n", "invalid file name");
  refuse_row("b.wav,1,0\n", "3 fields");
  refuse_row("\"b.wav,1,0,dog,True,1,A\n", "a quote");
  write_manifest(good, "name,fold,target,category,esc10,src_file,take\n");
  expect_refused("no column \"filename\"");
}

TEST_F(ImportEsc50, ReadsTheLayoutsOfCopies) {
  struct Copy {
    std::string table, audio;
  };
  const std::vector<Copy> table = {
      {"esc50.csv", "audio/audio"}, {"esc50.csv", "audio"}, {"ESC-50-master/meta/esc50.csv", "ESC-50-master/audio"}};
  for (const Copy& copy : table) {
    const test::TempDir tree;
    test::write_audio(tree / (copy.audio + "/1-100032-A-0.wav"), test::sine(500, 440, 20000), 20000);
    std::filesystem::create_directories((tree / copy.table).parent_path());
    write_text_file(tree / copy.table, kHeader + std::string("1-100032-A-0.wav,1,0,dog,True,100032,A\n"),
                    Existing::kReplace);
    const ImportReport report = import_esc50(tree.path(), out, {.existing = Existing::kReplace});
    EXPECT_EQ(report.clips, 1u) << copy.table;
    EXPECT_THAT(report.skipped, IsEmpty());
  }
}

TEST_F(ImportEsc50, AMissingManifestIsNamed) { expect_refused("meta/esc50.csv"); }

TEST_F(ImportEsc50, AnExistingOutputIsReplacedOnlyWhenAskedTo) {
  write_clip("a.wav");
  write_manifest("a.wav,1,0,dog,True,1,A\n");
  write_text_file(out, "mine", Existing::kRefuse);
  EXPECT_THAT([&] { import_esc50(dir.path(), out, {}); }, ThrowsMessage<Error>(HasSubstr("--force")));
  EXPECT_EQ(read_text_file(out), "mine");
  import();
  EXPECT_EQ(DataSet(out).clips().size(), 1u);
}

TEST_F(ImportEsc50, AClassWithOneClipIsWarnedAbout) {
  write_clip("a.wav");
  write_manifest("a.wav,1,0,dog,True,1,A\n");
  EXPECT_THAT(import().warnings, ElementsAre(HasSubstr("class dog has one clip")));
}

TEST_F(ImportEsc50, ThreadsDoNotShow) {
  std::string rows;
  for (int i = 0; i < 40; ++i) {
    const std::string name = fmt::format("clip{}.wav", i);
    test::write_audio(dir / "audio" / name, test::sine(500 + 4000 * static_cast<std::size_t>(i % 7), 440 + i, 44100),
                      44100);
    rows += name + ",1,0,dog,True,1,A\n";
  }
  write_manifest(rows);
  import({.threads = 1});
  const auto alone = read_file(out);
  import({.threads = 4});
  EXPECT_EQ(read_file(out), alone);
}

TEST_F(ImportEsc50, ProgressCountsEveryClipOnce) {
  write_clip("a.wav");
  write_manifest("a.wav,1,0,dog,True,1,A\nabsent.wav,1,0,dog,True,1,A\n");
  std::vector<std::size_t> calls;
  // clang-format off
  import({.progress = [&](std::size_t done, std::size_t total) {
    calls.push_back(done);
    EXPECT_EQ(total, 1u);
  }});
  EXPECT_THAT(calls, ElementsAre(1));
}
// clang-format on

TEST_F(ImportEsc50, ReadsTheRealThing) {
  STAPES_NEEDS_TEST_DATA("data/ESC-50/meta/esc50.csv");
  const auto real = test::test_data_dir() / "data/ESC-50";
  std::istringstream lines(read_text_file(real / "meta/esc50.csv"));
  std::string line, rows;
  std::getline(lines, line);
  for (int i = 0; i < 10 && std::getline(lines, line); ++i) rows += line + "\n";
  write_manifest(rows);
  std::filesystem::create_directory_symlink(real / "audio", dir / "audio");
  const ImportReport report = import();
  EXPECT_EQ(report.clips, 10u);
  const DataSet data(out);
  for (const ClipView& clip : data.clips()) EXPECT_LE(clip.samples.size(), 110000u) << clip.name;
}

}  // namespace
}  // namespace stapes
