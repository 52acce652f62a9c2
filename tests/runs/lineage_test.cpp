// SPDX-License-Identifier: Apache-2.0
#include "runs/lineage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace stapes {
namespace {

TEST(Lineage, IsReadFromProvenanceWithItsAncestors) {
  const Ancestry ancestry = read_ancestry(
      R"({"data_hash":"abc","test_fold":4,"seed":1,"init":{"data_hash":"abc","test_fold":3},"teacher":{"tool":"x"}})");
  ASSERT_EQ(ancestry.known.size(), 2u);
  EXPECT_EQ(ancestry.known[0].test_fold, 4);
  EXPECT_EQ(ancestry.known[1].test_fold, 3);
  EXPECT_FALSE(ancestry.complete);  // the teacher's data is not recorded
}

TEST(Lineage, WhatDoesNotSayIsIncomplete) {
  for (const char* text :
       {"", "{}", "[1]", "not json", R"({"data_hash":1,"test_fold":4})", R"({"data_hash":"abc","test_fold":"4"})"}) {
    const Ancestry ancestry = read_ancestry(text);
    EXPECT_FALSE(ancestry.complete) << text;
    EXPECT_TRUE(ancestry.known.empty()) << text;
    EXPECT_EQ(caveats(ancestry), "origin unknown");
  }
}

// Imported weights do not record their training data. An int8 model records its calibration data.
TEST(Lineage, CalibrationIsAnAncestor) {
  const Ancestry ancestry = read_ancestry(R"({"tool":"x","calibration":{"data_hash":"abc","test_fold":4}})");
  ASSERT_EQ(ancestry.known.size(), 1u);
  EXPECT_EQ(ancestry.known[0].test_fold, 4);
  EXPECT_FALSE(ancestry.complete);
}

TEST(Lineage, EndlessAncestryEnds) {
  std::string text = R"({"data_hash":"abc","test_fold":1})";
  for (int i = 0; i < 200; ++i) text = R"({"data_hash":"abc","test_fold":1,"init":)" + text + "}";
  EXPECT_FALSE(read_ancestry(text).complete);
}

TEST(Lineage, AnAncestorThatSawTheTestClipsIsRefused) {
  const Lineage own{"abc", 1};
  const auto with = [](const Lineage& seen) { return Ancestry{.known = {{"abc", 1}, seen}}; };
  EXPECT_NO_THROW(refuse_leak(with({"abc", 1}), own, "the teacher"));
  EXPECT_NO_THROW(refuse_leak(with({"other data", 2}), own, "the teacher"));
  EXPECT_NO_THROW(refuse_leak({}, own, "the teacher"));
  EXPECT_THAT(
      [&] {
        refuse_leak(with({"abc", 2}), own, "the teacher a");
      },
      testing::ThrowsMessage<UsageError>(testing::HasSubstr("the teacher a was trained with fold 2 held out")));
}

TEST(Lineage, AChosenEpochIsSaid) {
  const auto best = read_ancestry(R"({"data_hash":"a","test_fold":1,"selection":"best epoch on the test fold"})");
  EXPECT_EQ(caveats(best), "epoch selected on the test fold");
  const auto taught = read_ancestry(
      R"({"data_hash":"a","test_fold":1,"teacher":{"data_hash":"a","test_fold":1,"selection":"best epoch on the test fold"}})");
  EXPECT_EQ(caveats(taught), "epoch selected on the test fold");
  for (const char* honest : {"last epoch", kBestOnValidation, "averaged weights after the last epoch"}) {
    const std::string text = R"({"data_hash":"a","test_fold":1,"selection":")" + std::string(honest) + "\"}";
    EXPECT_EQ(caveats(read_ancestry(text)), "") << honest;
  }
}

}  // namespace
}  // namespace stapes
