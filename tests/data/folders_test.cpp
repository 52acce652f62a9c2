// SPDX-License-Identifier: Apache-2.0
#include "data/formats/folders.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>

#include "base/error.h"
#include "base/philox.h"
#include "data/bad_clips.h"
#include "data/data_set.h"
#include "support/temp_dir.h"

namespace stapes {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::ThrowsMessage;

std::vector<ClipPlan> plan_of(const std::vector<std::pair<int, std::string>>& label_and_source) {
  std::vector<ClipPlan> clips;
  for (const auto& [label, source] : label_and_source) {
    clips.push_back(
        {.info = {.name = fmt::format("n{}", clips.size()), .source = source, .label = label, .fold = 1}, .file = {}});
  }
  return clips;
}

TEST(AssignFolds, SourcesStayTogetherAndClassesAreSpreadEvenly) {
  Philox random(1, Philox::Purpose::kTest);
  std::vector<std::pair<int, std::string>> wanted;
  for (int source = 0; source < 200; ++source) {
    const int label = source % 4;
    for (std::uint32_t i = 0; i <= random.below(5); ++i) wanted.emplace_back(label, fmt::format("s{}", source));
    if (source % 10 == 0) wanted.emplace_back((label + 1) % 4, fmt::format("s{}", source));
  }
  auto clips = plan_of(wanted);
  EXPECT_THAT(assign_folds(clips, {"a", "b", "c", "d"}, 5, 1), IsEmpty());
  std::map<std::string, std::set<int>> folds_of_source;
  std::map<int, std::map<int, int>> count;
  for (const ClipPlan& clip : clips) {
    folds_of_source[clip.info.source].insert(clip.info.fold);
    ++count[clip.info.label][clip.info.fold];
  }
  for (const auto& [source, folds] : folds_of_source) EXPECT_EQ(folds.size(), 1u) << source;
  for (const auto& [label, per_fold] : count) {
    ASSERT_EQ(per_fold.size(), 5u);
    const auto [low, high] =
        std::minmax_element(per_fold.begin(), per_fold.end(), [](auto& a, auto& b) { return a.second < b.second; });
    EXPECT_LE(high->second - low->second, 4) << "label " << label;
  }
}

TEST(AssignFolds, OrderDoesNotMatter) {
  std::vector<std::pair<int, std::string>> wanted;
  for (int i = 0; i < 60; ++i) wanted.emplace_back(i % 3, fmt::format("source{}", i / 2));
  auto forward = plan_of(wanted);
  std::reverse(wanted.begin(), wanted.end());
  auto backward = plan_of(wanted);
  assign_folds(forward, {"a", "b", "c"}, 5, 1);
  assign_folds(backward, {"a", "b", "c"}, 5, 1);
  for (std::size_t i = 0; i < 60; ++i) EXPECT_EQ(forward[i].info.fold, backward[59 - i].info.fold);
}

TEST(AssignFolds, DealsToAnyNumberOfFoldsAsTheSeedSays) {
  std::vector<std::pair<int, std::string>> wanted;
  for (int i = 0; i < 60; ++i) wanted.emplace_back(i % 3, fmt::format("source{}", i));
  std::set<std::vector<int>> assignments;
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    for (int again = 0; again < 2; ++again) {
      auto clips = plan_of(wanted);
      assign_folds(clips, {"a", "b", "c"}, 10, seed);
      std::vector<int> folds;
      std::map<std::pair<int, int>, int> count;
      for (const ClipPlan& clip : clips) {
        folds.push_back(clip.info.fold);
        ++count[{clip.info.label, clip.info.fold}];
      }
      EXPECT_EQ(count.size(), 30u);
      for (const auto& [label_and_fold, clips_there] : count) EXPECT_EQ(clips_there, 2);
      assignments.insert(folds);
    }
  }
  EXPECT_EQ(assignments.size(), 3u) << "one for each seed";
}

TEST(AssignFolds, ANumberOfFoldsThatMakesNoSenseIsRefused) {
  auto clips = plan_of({{0, "x"}, {0, "y"}});
  for (const int folds : {-1, 0, 1, kMaxFolds + 1}) {
    EXPECT_THAT([&] { assign_folds(clips, {"a"}, folds, 1); }, ThrowsMessage<UsageError>(HasSubstr("expected 2 to")));
  }
}

TEST(AssignFolds, AClassFromFewSourcesIsWarnedAbout) {
  auto clips = plan_of({{0, "x"}, {0, "x"}, {0, "x"}});
  EXPECT_THAT(assign_folds(clips, {"frog"}, 5, 1),
              ElementsAre("class frog comes from 1 source, so only that many of 5 folds contain it; if the files are "
                          "independent, say so with --source-pattern '(.*)'"));
}

TEST(AssignFolds, FilesThatAreSourcesAlreadyAreNotOfferedToBecomeSome) {
  auto clips = plan_of({{0, "x"}, {0, "y"}, {0, "z"}, {1, "x"}, {1, "x"}});
  EXPECT_THAT(
      assign_folds(clips, {"frog", "bird"}, 5, 1),
      ElementsAre("class frog comes from 3 sources, so only that many of 5 folds contain it",
                  HasSubstr("class bird comes from 1 source, so only that many of 5 folds contain it; if the")));
}

class ImportFolders : public testing::Test {
 protected:
  test::TempDir dir;
  std::filesystem::path out = dir / "a.data";
  ImportReport import(ImportOptions options = {}) { return import_folders(dir / "in", out, options); }
};

TEST_F(ImportFolders, AFolderIsAClass) {
  for (const char* name : {"frog/a-1.wav", "frog/a-2.wav", "frog/deep/b-1.flac", "bird/c.wav", "bird/d.ogg"}) {
    test::write_audio(dir / "in" / name, test::sine(900, 440, 20000), 20000);
  }
  test::write_audio(dir / "in/.hidden/x.wav", {0.5f}, 20000);
  test::write_audio(dir / "in/bird/.x.wav", {0.5f}, 20000);
  test::write_audio(dir / "in/loose.wav", {0.5f}, 20000);
  std::filesystem::create_directory(dir / "in/empty");
  const ImportReport report = import();
  EXPECT_THAT(report.warnings, Contains(HasSubstr("class empty has no files and was left out")));
  const DataSet data(out);
  EXPECT_EQ(data.format(), "folders");
  EXPECT_THAT(data.labels(), ElementsAre("bird", "frog"));
  std::map<std::string_view, const ClipView*> clips;
  for (const ClipView& clip : data.clips()) clips[clip.name] = &clip;
  ASSERT_EQ(clips.size(), 5u);
  EXPECT_EQ(clips.at("frog/deep/b-1.flac")->source, "b");
  EXPECT_EQ(clips.at("frog/deep/b-1.flac")->label, 1);
  EXPECT_EQ(clips.at("frog/a-1.wav")->fold, clips.at("frog/a-2.wav")->fold);
}

TEST_F(ImportFolders, SourcesComeFromAPatternOrATable) {
  for (const char* name : {"frog/pond_a.wav", "frog/pond_b.wav", "frog/lake_a.wav", "bird/pond_c.wav", "bird/d.wav"}) {
    test::write_audio(dir / "in" / name, test::sine(900, 440, 20000), 20000);
  }
  const auto sources = [&] {
    std::map<std::string, std::string> source_of;
    const DataSet data(out);
    for (const ClipView& clip : data.clips()) source_of[std::string(clip.name)] = clip.source;
    return source_of;
  };
  const std::map<std::string, std::string> expected = {{"bird/d.wav", "bird/d.wav"},
                                                       {"bird/pond_c.wav", "pond"},
                                                       {"frog/lake_a.wav", "lake"},
                                                       {"frog/pond_a.wav", "pond"},
                                                       {"frog/pond_b.wav", "pond"}};
  const ImportReport by_pattern = import({.folders = {.folds = 2, .source_pattern = "^([^_]+)_"}});
  EXPECT_EQ(sources(), expected);
  EXPECT_THAT(by_pattern.warnings,
              Contains(HasSubstr("no source for 1 of 5 files, so each such file is its own source; the "
                                 "first is bird/d.wav")));
  write_text_file(dir / "sources.csv",
                  "file,source\nfrog/pond_a.wav,pond\nfrog/pond_b.wav,pond\nfrog/lake_a.wav,lake\n"
                  "bird/pond_c.wav,pond\nbird/gone.wav,pond\n",
                  Existing::kRefuse);
  const ImportReport by_table =
      import({.existing = Existing::kReplace, .folders = {.folds = 2, .source_table = dir / "sources.csv"}});
  EXPECT_EQ(sources(), expected);
  EXPECT_EQ(by_table.hash, by_pattern.hash);
  ASSERT_EQ(by_table.skipped.size(), 1u);
  EXPECT_THAT(by_table.skipped[0].reason, HasSubstr("line 6: bird/gone.wav is not among the clips"));
}

TEST_F(ImportFolders, ARuleThatFitsNoFileIsRefused) {
  test::write_audio(dir / "in/frog/a.wav", test::sine(900, 440, 20000), 20000);
  EXPECT_THAT(
      [&] {
        import({.folders = {.source_pattern = "^([0-9]+)_" }});
      },
      ThrowsMessage<UsageError>(HasSubstr("finds no source for any of the 1 files")));
  EXPECT_FALSE(std::filesystem::exists(out));
}

TEST_F(ImportFolders, GoesOnPastFilesItCannotRead) {
  const auto bad = test::write_unreadable_clips(dir / "in/frog");
  const auto odd = test::write_odd_clips(dir / "in/frog");
  const ImportReport report = import();
  EXPECT_EQ(report.clips, odd.size());
  ASSERT_EQ(report.skipped.size(), bad.size());
  for (std::size_t i = 0; i < bad.size(); ++i) EXPECT_EQ(report.skipped[i].name, "frog/" + bad[i]);
}

TEST_F(ImportFolders, AClassWithOneClipIsWarnedAbout) {
  test::write_audio(dir / "in/frog/a.wav", test::sine(900, 440, 20000), 20000);
  EXPECT_THAT(import().warnings, Contains(HasSubstr("class frog has one clip")));
}

TEST_F(ImportFolders, AClassOfUnreadableFilesKeepsItsLabelAndIsWarnedAbout) {
  test::write_audio(dir / "in/frog/a.wav", test::sine(900, 440, 20000), 20000);
  write_text_file((std::filesystem::create_directories(dir / "in/bird"), dir / "in/bird/a.wav"), "x",
                  Existing::kRefuse);
  EXPECT_THAT(import().warnings, Contains(HasSubstr("class bird has no readable clip")));
}

TEST_F(ImportFolders, RefusesWhatHoldsNoClasses) {
  EXPECT_THAT([&] { import(); }, ThrowsMessage<Error>(HasSubstr("is not a folder")));
  std::filesystem::create_directories(dir / "in/frog");
  EXPECT_THAT([&] { import(); }, ThrowsMessage<Error>(HasSubstr("holds no files in folders")));
  EXPECT_FALSE(std::filesystem::exists(out));
}

TEST_F(ImportFolders, NumberedClassesAreCounted) {
  for (int k = 1; k <= 12; ++k) test::write_audio(dir / "in" / std::to_string(k) / "a.wav", {0.5f, 0.4f}, 20000);
  EXPECT_THAT(import().labels, ElementsAre("1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"));
}

TEST_F(ImportFolders, WhatMayNotBeOpenedIsSkippedAndListed) {
  namespace fs = std::filesystem;
  for (const char* name : {"frog/a.wav", "frog/b.wav", "bird/a.wav", "bird/closed/a.wav"}) {
    test::write_audio(dir / "in" / name, test::sine(900, 440, 20000), 20000);
  }
  fs::create_symlink(dir / "nowhere", dir / "in/gone");
  fs::create_symlink("loop", dir / "in/loop");
  fs::create_directory_symlink(dir / "in", dir / "in/self");
  fs::create_symlink("loop.wav", dir / "in/frog/loop.wav");
  fs::create_symlink(dir / "nowhere.wav", dir / "in/frog/gone.wav");
  fs::create_directory_symlink(dir / "in/bird", dir / "in/frog/birds");
  fs::permissions(dir / "in/bird/closed", fs::perms::none);
  const bool opens_all = std::ifstream(dir / "in/bird/closed/a.wav").good();  // true for root
  const ImportReport report = import();
  fs::permissions(dir / "in/bird/closed", fs::perms::owner_all);
  EXPECT_THAT(report.labels, ElementsAre("bird", "frog"));
  EXPECT_EQ(report.clips, opens_all ? 4u : 3u);
  std::vector<std::string> reasons;
  for (const SkippedFile& file : report.skipped) reasons.push_back(file.reason);
  for (const char* name :
       {"in/gone: ", "in/loop: ", "in/self: ", "frog/loop.wav", "frog/gone.wav", "frog/birds is a link"}) {
    EXPECT_THAT(reasons, Contains(HasSubstr(name)));
  }
  EXPECT_EQ(reasons.size(), opens_all ? 6u : 7u);
}

TEST_F(ImportFolders, StrictWritesNothingWhenAnythingIsSkipped) {
  test::write_audio(dir / "in/frog/a.wav", test::sine(900, 440, 20000), 20000);
  test::write_audio(dir / "in/frog/b.wav", test::sine(900, 440, 20000), 20000);
  EXPECT_FALSE(import({.strict = true}).hash.empty());
  std::filesystem::remove(out);
  std::filesystem::create_symlink("loop", dir / "in/loop");
  const ImportReport report = import({.strict = true});
  EXPECT_EQ(report.skipped.size(), 1u);
  EXPECT_TRUE(report.hash.empty());
  EXPECT_FALSE(std::filesystem::exists(out));
}

TEST_F(ImportFolders, LinksInCirclesAreNotFollowed) {
  test::write_audio(dir / "in/frog/a.wav", test::sine(900, 440, 20000), 20000);
  std::filesystem::create_directory_symlink(dir / "in/frog", dir / "in/frog/again");
  EXPECT_EQ(import().clips, 1u);
}

}  // namespace
}  // namespace stapes
