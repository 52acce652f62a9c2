#include "data/folders.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
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

TEST(SourceRule, CutsANumberOffTheName) {
  const SourceRule rule("");
  EXPECT_EQ(rule("site3-014.wav"), "site3");
  EXPECT_EQ(rule("site3_014.wav"), "site3");
  EXPECT_EQ(rule("a-b-7.flac"), "a-b");
  EXPECT_EQ(rule("dog.wav"), "dog");
  EXPECT_EQ(rule("dog7.wav"), "dog7");
  EXPECT_EQ(rule("dog-.wav"), "dog-");
  EXPECT_EQ(rule("7.wav"), "7");
  EXPECT_EQ(rule("-7.wav"), "-7");
  EXPECT_EQ(rule("a-7b.wav"), "a-7b");
}

TEST(SourceRule, APatternTakesItsFirstGroup) {
  const SourceRule rule("^([^_]+)_nohash");
  EXPECT_EQ(rule("0a7c2a8d_nohash_1.wav"), "0a7c2a8d");
  EXPECT_EQ(rule("other.wav"), "other");
  EXPECT_EQ(SourceRule("[a-z]+")("ab12.wav"), "ab");
  EXPECT_EQ(SourceRule("(.*)")("a-1.wav"), "a-1.wav");
}

TEST(SourceRule, ABrokenPatternIsWrongUsage) {
  EXPECT_THAT([] { SourceRule rule("(open"); }, ThrowsMessage<UsageError>(HasSubstr("(open")));
}

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
  EXPECT_THAT(assign_folds(clips, {"a", "b", "c", "d"}), IsEmpty());
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
  assign_folds(forward, {"a", "b", "c"});
  assign_folds(backward, {"a", "b", "c"});
  for (std::size_t i = 0; i < 60; ++i) EXPECT_EQ(forward[i].info.fold, backward[59 - i].info.fold);
}

TEST(AssignFolds, AClassFromFewSourcesIsWarnedAbout) {
  auto clips = plan_of({{0, "x"}, {0, "x"}, {0, "x"}});
  EXPECT_THAT(assign_folds(clips, {"frog"}), ElementsAre(HasSubstr("class frog comes from 1 source")));
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

TEST_F(ImportFolders, LinksInCirclesAreNotFollowed) {
  test::write_audio(dir / "in/frog/a.wav", test::sine(900, 440, 20000), 20000);
  std::filesystem::create_directory_symlink(dir / "in/frog", dir / "in/frog/again");
  EXPECT_EQ(import().clips, 1u);
}

}  // namespace
}  // namespace stapes
