// SPDX-License-Identifier: Apache-2.0
#include "cli/progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace stapes::cli {
namespace {

TEST(ProgressLine, ShowsRateAndTimeLeft) {
  EXPECT_EQ(progress_line("importing", 500, 2000, 10, "clips", ""),
            "importing [######..................] 500/2000  50.0 clips/s  0:30 left");
  EXPECT_EQ(progress_line("training", 1, 7200, 1, "", "loss 0.5"),
            "training [........................] 1/7200  1.0/s  1:59:59 left  loss 0.5");
}

TEST(ProgressLine, TheEndsAreSane) {
  EXPECT_EQ(progress_line("x", 0, 10, 0, "", ""), "x [........................] 0/10");
  EXPECT_EQ(progress_line("x", 10, 10, 2, "", ""), "x [########################] 10/10  5.0/s");
  EXPECT_EQ(progress_line("x", 0, 0, 0, "", ""), "x [########################] 0/0");
  EXPECT_EQ(progress_line("x", 12, 10, 2, "", ""), "x [########################] 12/10  6.0/s");
}

TEST(Progress, IsSilentWhenDisabledOrNoTerminal) {
  testing::internal::CaptureStderr();  // a file, so no terminal
  {
    Progress bar("x", 2, true);
    bar.update(1);
    bar.update(2, "note");
    bar.finish();
    Progress disabled("x", 2, false);
    disabled.update(2);
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace stapes::cli
