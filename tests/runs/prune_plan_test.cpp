// SPDX-License-Identifier: Apache-2.0
#include "runs/prune/prune_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace stapes {
namespace {
using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(Pace, IsReadAndNamed) {
  for (const char* name : {"exact", "step:7", "one-shot"}) EXPECT_EQ(to_string(parse_pace(name)), name);
  EXPECT_EQ(to_string(parse_pace("step:1")), "exact");
  for (const char* name : {"", "step", "step:", "step:0", "step:-2", "step:2x", "step:99999999999", "fast"}) {
    EXPECT_THAT([&] { parse_pace(name); }, ThrowsMessage<UsageError>(HasSubstr("step:K"))) << name;
  }
  EXPECT_THAT(describe(parse_pace("exact")), HasSubstr("as published"));
  for (const char* name : {"step:7", "one-shot"}) {
    EXPECT_THAT(describe(parse_pace(name)), HasSubstr("faster than published"));
  }
  EXPECT_THAT([] { parse_name<FilterRank>("entropy", "filter rank"); }, ThrowsMessage<UsageError>(HasSubstr("taylor")));
}

}  // namespace
}  // namespace stapes
