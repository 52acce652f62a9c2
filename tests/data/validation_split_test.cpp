// SPDX-License-Identifier: Apache-2.0
#include "data/validation_split.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <deque>
#include <limits>
#include <set>
#include <string>

#include "base/error.h"
#include "base/philox.h"

namespace stapes {
namespace {

using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::Gt;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::ThrowsMessage;

class ValidationSplit : public testing::Test {
 protected:
  void add(const std::string& source, int label, int fold = 1) {
    const std::string& name = names_.emplace_back(fmt::format("clip{}", names_.size()));
    while (static_cast<int>(set.labels.size()) <= label)
      set.labels.push_back(fmt::format("label{}", set.labels.size()));
    set.clips.push_back(
        {.samples = samples_, .label = label, .fold = fold, .name = name, .source = names_.emplace_back(source)});
  }
  // Voices that each speak a few words, as in Speech Commands, and recordings of one class, as in ESC-50.
  void add_many_sources() {
    Philox random(3, Philox::Purpose::kTest);
    for (int source = 0; source < 120; ++source) {
      for (std::uint32_t i = 0; i <= random.below(6); ++i) {
        add(fmt::format("s{}", source), source < 60 ? static_cast<int>(random.below(5)) : source % 5);
      }
    }
  }

  ClipSet set{.clips = {}, .labels = {}, .sample_rate_hz = 16000};

 private:
  std::deque<std::string> names_;  // deque: the clips borrow the names
  std::array<std::int16_t, 1> samples_{1};
};

std::set<std::string_view> names_of(const ClipSet& set) {
  std::set<std::string_view> names;
  for (const ClipView& clip : set.clips) names.insert(clip.name);
  return names;
}
std::vector<std::string_view> shared_sources(const ClipSet& a, const ClipSet& b) {
  std::set<std::string_view> sources[2];
  for (const ClipView& clip : a.clips) sources[0].insert(clip.source);
  for (const ClipView& clip : b.clips) sources[1].insert(clip.source);
  std::vector<std::string_view> both;
  std::set_intersection(sources[0].begin(), sources[0].end(), sources[1].begin(), sources[1].end(),
                        std::back_inserter(both));
  return both;
}
std::vector<int> clips_per_label(const ClipSet& set) {
  std::vector<int> count(set.labels.size());
  for (const ClipView& clip : set.clips) ++count[static_cast<std::size_t>(clip.label)];
  return count;
}

TEST_F(ValidationSplit, KeepsSourcesWholeAndTakesItsShareOfEveryClass) {
  add_many_sources();
  const std::vector<int> all = clips_per_label(set);
  for (const double share : {0.1, 0.15, 0.4}) {
    for (std::uint64_t seed = 0; seed < 5; ++seed) {
      const TrainingSplit split = hold_out_validation(set, share, seed);
      EXPECT_EQ(split.training.clips.size() + split.validation.clips.size(), set.clips.size());
      EXPECT_THAT(shared_sources(split.training, split.validation), IsEmpty());
      EXPECT_EQ(split.validation.labels, set.labels);
      EXPECT_EQ(split.training.sample_rate_hz, 16000);
      const std::vector<int> held_out = clips_per_label(split.validation);
      // A class has 75 clips and a source at most 6, so each class is within one source of the wanted share.
      for (std::size_t i = 0; i < all.size(); ++i) EXPECT_NEAR(held_out[i], share * all[i], 6) << share << " " << i;
    }
  }
}

TEST_F(ValidationSplit, DependsOnTheSeedAndNotOnTheOrderOfTheClips) {
  add_many_sources();
  const TrainingSplit split = hold_out_validation(set, 0.2, 1);
  EXPECT_NE(names_of(hold_out_validation(set, 0.2, 2).validation), names_of(split.validation));
  std::reverse(set.clips.begin(), set.clips.end());
  EXPECT_EQ(names_of(hold_out_validation(set, 0.2, 1).validation), names_of(split.validation));
}

TEST_F(ValidationSplit, ARareClassIsInBothPartsHoweverSmallTheShare) {
  for (int i = 0; i < 40; ++i) add(fmt::format("common{}", i), 0);
  add("rare1", 1);
  add("rare2", 1);
  const TrainingSplit split = hold_out_validation(set, 0.01, 1);
  EXPECT_THAT(clips_per_label(split.validation), ElementsAre(1, 1));
  EXPECT_THAT(clips_per_label(split.training), ElementsAre(39, 1));
}

TEST_F(ValidationSplit, ALargeShareLeavesEveryClassATrainingSource) {
  add_many_sources();
  EXPECT_THAT(clips_per_label(hold_out_validation(set, 0.99, 1).training), Each(Gt(0)));
}

// A chain: each class has two sources, and each source two neighboring classes, so every second source must be held
// out. Class numbers do not follow the chain, so in numeric order a wrong first choice is a dead end.
TEST_F(ValidationSplit, FindsTheWayThroughAChainOfSharedSources) {
  for (int label = 0; label < 7; ++label) {
    const int place = 3 * label % 7;
    add(fmt::format("s{}", place), label);
    add(fmt::format("s{}", place + 1), label);
  }
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const TrainingSplit split = hold_out_validation(set, 0.5, seed);
    EXPECT_THAT(clips_per_label(split.training), Each(1));
    EXPECT_THAT(clips_per_label(split.validation), Each(1));
  }
}

TEST_F(ValidationSplit, WhatCannotBeSplitIsRefused) {
  add("a", 0);
  add("b", 0);
  add("site3", 1);
  add("site3", 1);
  EXPECT_THAT([&] { hold_out_validation(set, 0.2, 1); },
              ThrowsMessage<UsageError>(AllOf(HasSubstr("class label1"), HasSubstr("only one source (site3)"))));
  set.clips.clear();
  set.labels.clear();
  for (int label = 0; label < 3; ++label) {  // a ring of three: no split has every class in both parts
    add(fmt::format("s{}", label), label);
    add(fmt::format("s{}", (label + 1) % 3), label);
  }
  EXPECT_THAT([&] { hold_out_validation(set, 0.5, 1); },
              ThrowsMessage<UsageError>(HasSubstr("3 sources are too few for 3 classes")));
}

TEST_F(ValidationSplit, InvalidSharesAreRefused) {
  add_many_sources();
  for (const double share : {0.0, 1.0, -0.1, 1.5, std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_THAT([&] { hold_out_validation(set, share, 1); }, ThrowsMessage<UsageError>(HasSubstr("validation share")));
  }
}

TEST_F(ValidationSplit, APublishedValidationPartIsTaken) {
  for (int label = 0; label < 2; ++label) {
    add("train", label, kTrainingPart);
    add("more", label, kTrainingPart);
    add("choose", label, kValidationPart);
  }
  EXPECT_FALSE(has_published_validation(set)) << "fold 3 of folds that are alike";
  EXPECT_THROW(published_validation(set), UsageError);
  set.published_split = true;
  ASSERT_TRUE(has_published_validation(set));
  const TrainingSplit split = published_validation(set);
  EXPECT_THAT(clips_per_label(split.training), ElementsAre(2, 2));
  EXPECT_THAT(clips_per_label(split.validation), ElementsAre(1, 1));
  for (const ClipView& clip : split.validation.clips) EXPECT_EQ(clip.source, "choose");
}

TEST_F(ValidationSplit, AClassThatAPublishedPartLacksIsNamed) {
  set.published_split = true;
  add("train", 0, kTrainingPart);
  EXPECT_FALSE(has_published_validation(set));
  add("choose", 0, kValidationPart);
  add("train", 1, kTrainingPart);
  EXPECT_THAT([&] { published_validation(set); },
              ThrowsMessage<UsageError>(HasSubstr("class label1 has no clips in the published validation part")));
}

}  // namespace
}  // namespace stapes
