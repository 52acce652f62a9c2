// SPDX-License-Identifier: Apache-2.0
#include "cli/progress.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <functional>

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
  testing::internal::CaptureStderr();  // a file, not a terminal
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

// What `work` writes to stderr if that is a terminal.
std::string on_a_terminal(const std::function<void()>& work) {
  const int terminal = ::posix_openpt(O_RDWR | O_NOCTTY);
  EXPECT_EQ(::grantpt(terminal) + ::unlockpt(terminal), 0);
  const int end = ::open(::ptsname(terminal), O_RDWR | O_NOCTTY), before = ::dup(STDERR_FILENO);
  ::dup2(end, STDERR_FILENO);
  work();
  ::dup2(before, STDERR_FILENO);
  for (const int file : {end, before}) ::close(file);
  std::string text;
  char part[256];  // a read may return less than was written; it fails at the end, since no one has `end` open
  for (ssize_t n = 0; (n = ::read(terminal, part, sizeof part)) > 0;) text.append(part, static_cast<std::size_t>(n));
  ::close(terminal);
  return text;
}

TEST(StageProgress, RemovesTheLineOfAStageThatIsDone) {
  const std::string shown = on_a_terminal([] {
    StageProgress progress(true);
    progress.update("packing", 1, 2);
    progress.update("packing", 2, 2);
    std::fputs("warning\n", stderr);
    progress.update("counting", 1, 3);
  });
  EXPECT_THAT(shown, testing::ContainsRegex("packing [^\r]*2/2[^\r]*\r\x1b\\[Kwarning"));
  EXPECT_THAT(shown, testing::ContainsRegex("counting [^\r]*1/3[^\r]*\r\x1b\\[K$"));  // stopped early
}

}  // namespace
}  // namespace stapes::cli
