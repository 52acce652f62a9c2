// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "emulate/board_or_skip.h"
#include "emulate/device_image.h"
#include "emulate/image_output.h"
#include "support/temp_dir.h"

namespace stapes::test {
namespace {

class Counter : public testing::TestWithParam<Board> {};

// Assembly loops with a stack frame. One loop overflows a 32-bit counter.
TEST_P(Counter, CountsKnownInstructionsAndStackExactly) {
  STAPES_SKIP_WITHOUT_TOOLS(GetParam());
  const TempDir work;
  const auto image = build_known_work(GetParam(), work.path());
  const std::vector<KnownWork> all = parse_known_work(run_image(GetParam(), image, std::chrono::seconds(120)));
  ASSERT_EQ(all.size(), 12u);
  for (const KnownWork& work : all) {
    EXPECT_EQ(work.counted, work.instructions) << work.what;
    EXPECT_EQ(work.painted, work.stack_bytes) << work.what;
  }
  EXPECT_EQ(all[10].instructions, 1'428'000'001);
  EXPECT_EQ(all[11].stack_bytes, 1024);
}

INSTANTIATE_TEST_SUITE_P(OnEveryCore, Counter, testing::ValuesIn(emulated_boards()), test_name);

}  // namespace
}  // namespace stapes::test
