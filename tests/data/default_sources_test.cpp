// SPDX-License-Identifier: Apache-2.0
#include "data/formats/default_sources.h"

#include <fmt/format.h>

#include <map>
#include <set>

#include "data/importer_test.h"

namespace stapes {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::ThrowsMessage;

class DefaultSources : public test::ImporterTest {
 protected:
  DefaultSources() : ImporterTest(import_folders) {}
  void write_class(const std::string& label, const std::string& stem, int count) {
    for (int i = 1; i <= count; ++i) write_clip(fmt::format("{}/{}{}.wav", label, stem, i));
  }
  std::map<std::string, std::set<int>> folds_of_classes() const {
    std::map<std::string, std::set<int>> folds;
    const DataSet data(out);
    for (const ClipView& clip : data.clips())
      folds[data.labels()[static_cast<std::size_t>(clip.label)]].insert(clip.fold);
    return folds;
  }
  std::size_t source_count() const {
    std::set<std::string> sources;
    const DataSet data(out);
    for (const ClipView& clip : data.clips()) sources.emplace(clip.source);
    return sources.size();
  }
};

// If files are only numbered, every class is in every fold.
TEST_F(DefaultSources, NamesThatOnlyCountGiveUsableFolds) {
  struct Naming {
    std::string dog, cat;
  };
  const std::vector<Naming> table = {
      {"dog_", "cat_"},         {"dog-", "Cat-"},      {"audio_", "audio_"},
      {"my dogs_", "my cats_"}, {"clip-000", "rec_0"}, {"2021_", "2021_"},
  };
  for (const Naming& naming : table) {
    std::filesystem::remove_all(dir / "in");
    write_class("dog", naming.dog, 8);
    write_class("cat", naming.cat, 8);
    const ImportReport report = import();
    EXPECT_THAT(report.warnings, ElementsAre(HasSubstr("in 2 classes (cat, dog), file names such as cat/")))
        << naming.dog;
    EXPECT_EQ(source_count(), 16u);
    for (const auto& [label, folds] : folds_of_classes()) EXPECT_EQ(folds.size(), 5u) << naming.dog << label;
  }
}

TEST_F(DefaultSources, AFewOtherFilesDoNotHideIt) {
  write_class("church_bell", "Church Bell_", 6);
  write_class("church_bell", "other_", 4);
  write_class("dog", "rex-", 9);
  write_clip("dog/luna-1.wav");
  EXPECT_THAT(import().warnings, Contains(HasSubstr("in 2 classes (church_bell, dog)")));
  for (const auto& [label, folds] : folds_of_classes()) EXPECT_EQ(folds.size(), 5u) << label;
}

TEST_F(DefaultSources, RecordingsStayTogether) {
  for (const char* site : {"site1-", "site2-", "site3-", "site4-", "site5-", "site6-"}) {
    write_class("frog", site, 3);
    write_class("bird", site, 2);
  }
  const ImportReport report = import();
  EXPECT_THAT(report.warnings, IsEmpty());
  EXPECT_THAT(report.notes, IsEmpty());
  EXPECT_EQ(source_count(), 6u);
  for (const auto& [label, folds] : folds_of_classes()) EXPECT_EQ(folds.size(), 5u) << label;
}

TEST_F(DefaultSources, FewerFoldsWhereNoClassHasSoManySources) {
  for (const char* site : {"site1-", "site2-", "site3-"}) write_class("frog", site, 4);
  write_class("bird", "a-", 2);
  write_class("bird", "b-", 2);
  EXPECT_THAT(import().notes, ElementsAre(HasSubstr("3 folds instead of 5: no class comes from more than 3 sources")));
  EXPECT_EQ(folds_of_classes(),
            (std::map<std::string, std::set<int>>{{"bird", folds_of_classes()["bird"]}, {"frog", {1, 2, 3}}}));
  EXPECT_EQ(folds_of_classes()["bird"].size(), 2u);
  EXPECT_THAT(
      [&] {
        import({.folders = {.folds = 4 }});
      },
      ThrowsMessage<UsageError>(HasSubstr("--folds 4: no class comes from more than 3 sources")));
}

TEST_F(DefaultSources, FilesThatAreSourcesAlreadyAreNotOfferedToBecomeSome) {
  for (const char* name : {"frog/a.wav", "frog/b.wav", "frog/c.wav", "bird/d.wav", "bird/e.wav"}) write_clip(name);
  EXPECT_THAT(import().notes, ElementsAre("3 folds instead of 5: no class comes from more than 3 sources"));
  const auto refused = [&](const char* message) {
    EXPECT_THAT([&] { import({.folders = {.folds = 4 }}); }, ThrowsMessage<UsageError>(message));
  };
  refused("--folds 4: no class comes from more than 3 sources, so some folds would be empty; pass fewer folds");
  write_clip("bird/e-1.wav");
  write_clip("bird/e-2.wav");
  refused(
      "--folds 4: no class comes from more than 3 sources, so some folds would be empty; pass fewer folds; if the "
      "files are "
      "independent, say so with --source-pattern '(.*)'");
}

TEST_F(DefaultSources, ARuleThatMakesEachClassOneSourceIsRefused) {
  write_class("frog", "pond", 4);
  write_class("bird", "tree", 4);
  EXPECT_THAT(
      [&] {
        import({.folders = {.source_pattern = "^([a-z]+)" }});
      },
      ThrowsMessage<UsageError>(HasSubstr("--source-pattern '(.*)'")));
}

}  // namespace
}  // namespace stapes
