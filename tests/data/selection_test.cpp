// SPDX-License-Identifier: Apache-2.0
#include "data/selection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "data/tiny_data_set.h"
#include "support/temp_dir.h"

namespace stapes {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

class Selection : public testing::Test {
 protected:
  test::TempDir dir;
  DataSet tiny(const test::TinyShape& shape = {}) {
    test::write_tiny_data_set(dir / "a.data", shape);
    return DataSet(dir / "a.data");
  }
};

TEST_F(Selection, AllKeepsEveryLabel) {
  const DataSet data = tiny();
  const ClipSet set = select_classes(data, "all");
  EXPECT_EQ(set.clips.size(), 12u);
  EXPECT_EQ(set.labels, data.labels());
  EXPECT_EQ(set.sample_rate_hz, 16000);
  for (std::size_t i = 0; i < 12; ++i) EXPECT_EQ(set.clips[i].label, data.clips()[i].label);
}

TEST_F(Selection, AListRenumbersByPosition) {
  const DataSet data = tiny();
  const ClipSet set = select_classes(data, "2,0");
  EXPECT_THAT(set.labels, ElementsAre("label2", "label0"));
  EXPECT_EQ(set.clips.size(), 8u);
  for (const ClipView& clip : set.clips)
    EXPECT_EQ(clip.label,
              clip.name == "clip2" || clip.name == "clip5" || clip.name == "clip8" || clip.name == "clip11" ? 0 : 1);
}

TEST_F(Selection, WrongListsAreRefused) {
  const DataSet data = tiny();
  for (const char* list : {"", ",", "0,", "0,,1", "3", "-1", "0,0", "one", "1 ", "0x1", "99999999999"}) {
    EXPECT_THAT([&] { select_classes(data, list); }, ThrowsMessage<UsageError>(HasSubstr("expected all"))) << list;
  }
}

DataSet with_labels(const std::filesystem::path& path, const std::vector<std::string>& labels) {
  DataSetWriter writer(path, Existing::kReplace);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    writer.add({.name = "clip" + std::to_string(i), .source = "s", .label = static_cast<int>(i), .fold = 1},
               test::noise_clip(static_cast<std::uint32_t>(i), 10));
  }
  writer.finish("folders", 16000, labels);
  return DataSet(path);
}

TEST_F(Selection, AListMayNameClasses) {
  struct Named {
    std::vector<std::string> labels;
    std::string list;
    std::vector<std::string> chosen;
  };
  const std::vector<Named> table = {
      {{"cat", "dog", "rain"}, "rain,cat", {"rain", "cat"}},
      {{"cat", "dog", "rain"}, "2,cat", {"rain", "cat"}},
      {{"1", "10", "11", "12", "2", "3"}, "2,10", {"2", "10"}},  // older data sets have labels in byte order
      {{"0", "1", "2"}, "2,0", {"2", "0"}},
      {{"dog", "dog, small", "small"}, "dog, small,dog", {"dog, small", "dog"}},
      {{"dog", "dog, small", "small"}, "dog,small", {"dog", "small"}},
      {{"all", "dog", "esc10"}, "esc10,all", {"esc10", "all"}},
      {{"Säge", "鳥"}, "鳥,Säge", {"鳥", "Säge"}},
      {{"S\u00e4ge", "dog"}, "dog,Sa\u0308ge", {"dog", "S\u00e4ge"}},  // as a shell completes on macOS
      {{"Sa\u0308ge", "dog"}, "S\u00e4ge", {"Sa\u0308ge"}},            // older data sets keep decomposed accents
      {{"cat", "dog", "rain"}, "rain, dog ,\u00a0cat", {"rain", "dog", "cat"}},
      {{"dog", "dog, small", "small"}, " dog, small, dog", {"dog, small", "dog"}},
  };
  for (const Named& named : table) {
    EXPECT_EQ(select_classes(with_labels(dir / "a.data", named.labels), named.list).labels, named.chosen) << named.list;
  }
}

TEST_F(Selection, NamesThatAreNotThereAreRefused) {
  struct Wrong {
    std::vector<std::string> labels;
    std::string list, message;
  };
  const std::vector<Wrong> table = {
      {{"cat", "dog"}, "cat,dig", "\"dig\" is not the name of a class; the nearest is dog"},
      {{"cat", "dog"}, "cat,dogs", "\"dogs\" is not the name of a class"},
      {{"cat", "dog"}, "cat,0", "\"0\" is listed twice"},
      {{"cat", "dog"}, "cat,2", "\"2\" is not a class number from 0 to 1"},
      {{"1", "2", "10"},
       "0,1",
       "\"0\" is not the name of a class; some class names of this data set are numbers, so a number is taken as a "
       "name, not as a position"},
      {{"S\u00e4ge", "dog"}, "S\u00e4ge,Sa\u0308ge", "\"Sa\u0308ge\" is listed twice"},
  };
  for (const Wrong& wrong : table) {
    EXPECT_THAT([&] { select_classes(with_labels(dir / "a.data", wrong.labels), wrong.list); },
                ThrowsMessage<UsageError>(HasSubstr(wrong.message)));
  }
}

TEST_F(Selection, EscSubsetsAreNestedAndInPublishedOrder) {
  const DataSet data = tiny({.clips = 100, .labels = 50, .format = "esc50"});
  const ClipSet esc10 = select_classes(data, "esc10");
  EXPECT_THAT(esc10.labels, ElementsAre("label0", "label10", "label11", "label20", "label38", "label21", "label40",
                                        "label41", "label1", "label12"));
  EXPECT_EQ(esc10.clips.size(), 20u);
  std::vector<std::string> before;
  for (const char* name : {"esc10", "esc20", "esc30", "esc40"}) {
    const auto labels = select_classes(data, name).labels;
    ASSERT_EQ(labels.size(), before.size() + 10);
    EXPECT_TRUE(std::equal(before.begin(), before.end(), labels.begin()));
    EXPECT_EQ(std::set<std::string>(labels.begin(), labels.end()).size(), labels.size()) << name << " names one twice";
    before = labels;
  }
  EXPECT_EQ(select_classes(data, "esc50").labels, data.labels());
}

TEST_F(Selection, AudioEventSubsetsAreThePublishedNumbers) {
  const DataSet data = tiny({.clips = 56, .labels = 28, .format = "audioevent"});
  EXPECT_THAT(select_classes(data, "ae10").labels, ElementsAre("label0", "label2", "label5", "label9", "label11",
                                                               "label12", "label17", "label21", "label25", "label26"));
  std::string twenty;
  for (const std::string& label : select_classes(data, "ae20").labels) twenty += label.substr(5) + " ";
  EXPECT_EQ(twenty, "0 1 2 4 5 7 8 9 11 12 14 15 17 19 20 21 23 25 26 27 ");
  EXPECT_EQ(select_classes(data, "ae28").labels, data.labels());
  for (const char* name : {"esc10", "esc50"}) {
    EXPECT_THAT([&] { select_classes(data, name); },
                ThrowsMessage<UsageError>(HasSubstr("only in data of format esc50")));
  }
  const DataSet part = tiny({.clips = 6, .labels = 3, .format = "audioevent"});
  EXPECT_THAT([&] { select_classes(part, "ae10"); }, ThrowsMessage<UsageError>(HasSubstr("need all 28 labels")));
}

TEST_F(Selection, Cifar100SubsetsTakeAsManyOfEachTen) {
  test::write_tiny_images(dir / "a.data", {.clips = 200, .labels = 100, .image = {1, 1, 3}, .format = "cifar100"});
  const DataSet data(dir / "a.data");
  EXPECT_THAT(select_classes(data, "cifar100:10").labels,
              ElementsAre("label0", "label10", "label20", "label30", "label40", "label50", "label60", "label70",
                          "label80", "label90"));
  for (int kept = 10; kept <= 90; kept += 10) {
    const ClipSet set = select_classes(data, fmt::format("cifar100:{}", kept));
    std::vector<std::string> expected;
    for (int i = 0; i < 10; ++i) {
      for (int j = 0; j < kept / 10; ++j) expected.push_back(fmt::format("label{}", 10 * i + j));
    }
    EXPECT_EQ(set.labels, expected);
    EXPECT_EQ(set.clips.size(), 2u * static_cast<std::size_t>(kept));
    EXPECT_EQ(set.image, (ImageSize{1, 1, 3}));
    EXPECT_EQ(set.sample_rate_hz, 0);
  }
  for (const char* wrong : {"cifar100:", "cifar100:0", "cifar100:5", "cifar100:15", "cifar100:100", "cifar100:-10",
                            "cifar100:10 ", "cifar100:1e1", "cifar100:99999999999"}) {
    EXPECT_THAT([&] { select_classes(data, wrong); },
                ThrowsMessage<UsageError>(AllOf(HasSubstr(wrong), HasSubstr("... cifar100:90"))));
  }
}

TEST_F(Selection, TheFirstLabelsOfAnyDataSet) {
  const DataSet data = tiny({.clips = 6, .labels = 3});
  EXPECT_THAT(select_classes(data, "first:2").labels, ElementsAre("label0", "label1"));
  EXPECT_EQ(select_classes(data, "first:3").labels.size(), 3u);
  for (const char* wrong : {"first:", "first:1", "first:4", "first:2 ", "first:-2"}) {
    EXPECT_THAT([&] { select_classes(data, wrong); },
                ThrowsMessage<UsageError>(HasSubstr("expected first:2 ... first:3")));
  }
}

TEST_F(Selection, Cifar100SubsetsNeedCifar100) {
  test::write_tiny_images(dir / "a.data", {.clips = 20, .labels = 10, .image = {1, 1, 3}, .format = "cifar10"});
  EXPECT_THAT(
      [&] { select_classes(DataSet(dir / "a.data"), "cifar100:10"); },
      ThrowsMessage<UsageError>(AllOf(HasSubstr("only in data of format cifar100"), HasSubstr("has format cifar10;"))));
}

TEST_F(Selection, EscSubsetsNeedEsc50) {
  EXPECT_THAT([&] { select_classes(tiny(), "esc10"); }, ThrowsMessage<UsageError>(HasSubstr("format folders")));
  EXPECT_THAT([&] { select_classes(tiny({.format = "esc50"}), "esc10"); }, ThrowsMessage<UsageError>(HasSubstr("50")));
}

TEST_F(Selection, AClassWithoutClipsIsLeftOutOfAllAndRefusedInAList) {
  const DataSet data = tiny({.clips = 2, .labels = 3});
  EXPECT_THAT(select_classes(data, "all").labels, ElementsAre("label0", "label1"));
  EXPECT_THAT([&] { select_classes(data, "0,2"); },
              ThrowsMessage<UsageError>(AllOf(HasSubstr("label2"), HasSubstr("no clips"))));
}

TEST_F(Selection, FoldsSplitTheClips) {
  const DataSet data = tiny({.clips = 30, .labels = 3, .folds = 5});
  const ClipSet set = select_classes(data, "all");
  const ClipSet test = only_fold(set, 2), rest = without_fold(set, 2);
  EXPECT_EQ(test.clips.size() + rest.clips.size(), 30u);
  for (const ClipView& clip : test.clips) EXPECT_EQ(clip.fold, 2);
  for (const ClipView& clip : rest.clips) EXPECT_NE(clip.fold, 2);
  EXPECT_EQ(rest.labels, set.labels);
  EXPECT_EQ(test.sample_rate_hz, 16000);
}

TEST_F(Selection, AFoldThatIsNotThereIsRefusedNamingThoseThatAre) {
  const DataSet data = tiny({.clips = 9, .labels = 3, .folds = 3});
  const ClipSet set = select_classes(data, "all");
  for (const int fold : {0, 4, -1}) {
    EXPECT_THAT([&] { only_fold(set, fold); }, ThrowsMessage<UsageError>(HasSubstr("folds 1, 2, 3")));
    EXPECT_THAT([&] { without_fold(set, fold); }, ThrowsMessage<UsageError>(HasSubstr("folds 1, 2, 3")));
  }
}

TEST_F(Selection, EveryFoldMayBeTheTestFoldUnlessASplitIsPublished) {
  const DataSet alike = tiny({.clips = 9, .labels = 3, .folds = 3});
  EXPECT_THAT(test_folds(select_classes(alike, "all")), ElementsAre(1, 2, 3));
  const DataSet published = tiny({.clips = 9, .labels = 3, .folds = 3, .format = "speech-commands"});
  const ClipSet set = select_classes(published, "all");
  EXPECT_THAT(test_folds(set), ElementsAre(1));
  EXPECT_EQ(only_fold(set, 1).clips.size(), 3u);
  EXPECT_EQ(without_fold(set, 1).clips.size(), 6u);
  EXPECT_TRUE(without_fold(set, 1).published_split);
  for (const auto& entry : {std::pair(2, "training"), std::pair(3, "validation")}) {
    const int fold = entry.first;
    const char* const part = entry.second;
    const auto named = ThrowsMessage<UsageError>(AllOf(HasSubstr(part), HasSubstr("expected fold 1")));
    EXPECT_THAT([&] { only_fold(set, fold); }, named);
    EXPECT_THAT([&] { without_fold(set, fold); }, named);
  }
}

TEST_F(Selection, APartThatNoSplitHasIsDamage) {
  EXPECT_THAT([&] { tiny({.clips = 16, .labels = 2, .folds = 4, .format = "audioevent"}); },
              ThrowsMessage<Error>(HasSubstr("part 4")));
}

TEST_F(Selection, TheOnlyFoldCannotBeLeftOut) {
  const DataSet data = tiny({.folds = 1});
  EXPECT_THROW(without_fold(select_classes(data, "all"), 1), UsageError);
}

}  // namespace
}  // namespace stapes
