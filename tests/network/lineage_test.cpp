#include "network/lineage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace stapes {
namespace {

TEST(Lineage, IsReadFromProvenance) {
  const auto lineage = read_lineage(R"({"data_hash":"abc","classes":"esc10","test_fold":4,"seed":1})");
  ASSERT_TRUE(lineage);
  EXPECT_EQ(lineage->test_fold, 4);
  EXPECT_EQ(lineage->classes, "esc10");
}

TEST(Lineage, WhatDoesNotSayItHasNone) {
  for (const char* text : {"", "{}", "[1]", "not json", R"({"data_hash":1,"classes":"a","test_fold":4})",
                           R"({"data_hash":"abc","classes":"a","test_fold":"4"})"}) {
    EXPECT_FALSE(read_lineage(text)) << text;
  }
}

TEST(Lineage, AnAncestorThatSawTheTestClipsIsRefused) {
  const Lineage own{"abc", "esc10", 1};
  EXPECT_NO_THROW(refuse_leak(Lineage{"abc", "esc10", 1}, own, "the teacher"));
  EXPECT_NO_THROW(refuse_leak(Lineage{"other data", "esc10", 2}, own, "the teacher"));
  EXPECT_NO_THROW(refuse_leak({}, own, "the teacher"));
  EXPECT_THAT([&] { refuse_leak(Lineage{"abc", "esc50", 2}, own, "the teacher a"); },
              testing::ThrowsMessage<UsageError>(testing::HasSubstr("the teacher a was trained with fold 2 held out")));
}

}  // namespace
}  // namespace stapes
