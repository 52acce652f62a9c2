// SPDX-License-Identifier: Apache-2.0
#include "base/child_process.h"

#include <gtest/gtest.h>

#include <csignal>
#include <thread>

#include "base/error.h"
#include "base/files.h"
#include "support/temp_dir.h"

namespace stapes {
namespace {

TEST(ChildProcess, RunsAlongsideUsAndAppendsItsOutputToTheLog) {
  const test::TempDir dir;
  ChildProcess process({"sh", "-c", "echo out; echo err >&2; exit 3"}, dir / "log");
  EXPECT_EQ(process.wait(), 3);
  EXPECT_EQ(process.ended(), 3);
  EXPECT_EQ(read_text_file(dir / "log"), "out\nerr\n");
  EXPECT_EQ(ChildProcess({"sh", "-c", "echo more"}, dir / "log").wait(), 0);
  EXPECT_EQ(read_text_file(dir / "log"), "out\nerr\nmore\n");
}

TEST(ChildProcess, SaysHowItWasKilled) {
  const test::TempDir dir;
  ChildProcess process({"sh", "-c", "kill -KILL $$"}, dir / "log");
  EXPECT_EQ(process.wait(), 128 + SIGKILL);
}

TEST(ChildProcess, GetsTheVariablesAndKeepsTheOthers) {
  const test::TempDir dir;
  ::setenv("STAPES_TEST_KEPT", "kept", 1);
  ::setenv("STAPES_TEST_SET", "old", 1);
  ChildProcess process({"sh", "-c", "echo $STAPES_TEST_KEPT $STAPES_TEST_SET"}, dir / "log",
                       {{"STAPES_TEST_SET", "new"}});
  process.wait();
  EXPECT_EQ(read_text_file(dir / "log"), "kept new\n");
}

TEST(ChildProcess, IsKilledWithItsObject) {
  using namespace std::chrono_literals;
  const test::TempDir dir;
  {
    ChildProcess process({"sh", "-c", "sleep 1; echo survived"}, dir / "log");
    EXPECT_EQ(process.ended(), std::nullopt);
  }
  std::this_thread::sleep_for(1200ms);
  EXPECT_EQ(read_text_file(dir / "log"), "");
}

TEST(ChildProcess, NamesTheProgramThatIsNotThere) {
  const test::TempDir dir;
  try {
    ChildProcess process({"no-such-program-here"}, dir / "log");
    FAIL() << "it started";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("no-such-program-here"), std::string::npos);
  }
}

}  // namespace
}  // namespace stapes
