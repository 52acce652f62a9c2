// SPDX-License-Identifier: Apache-2.0
#include "base/file_lock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/temp_dir.h"

namespace stapes {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(FileLock, IsHeldByOneAtATime) {
  const test::TempDir dir;
  {
    const FileLock held(dir / "lock", "the run a");
    EXPECT_THAT([&] { FileLock(dir / "lock", "the run a"); }, ThrowsMessage<Busy>(HasSubstr("the run a is in use")));
  }
  EXPECT_NO_THROW(FileLock(dir / "lock", "the run a"));
}

TEST(FileLock, EndsWithItsProcessHoweverThatEnds) {
  const test::TempDir dir;
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    auto* never_released = new FileLock(dir / "lock", "a");
    (void)never_released;
    ::raise(SIGKILL);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_TRUE(std::filesystem::exists(dir / "lock"));
  EXPECT_NO_THROW(FileLock(dir / "lock", "a"));
}

TEST(FileLock, RemovesItsFileWhereAsked) {
  const test::TempDir dir;
  {
    const FileLock held(dir / "lock", "a", FileLock::After::kRemoveFile);
    EXPECT_THROW(FileLock(dir / "lock", "a", FileLock::After::kRemoveFile), Busy);
  }
  EXPECT_TRUE(std::filesystem::is_empty(dir.path()));
}

TEST(FileLock, SaysWhenItCannotBeMade) {
  const test::TempDir dir;
  EXPECT_THAT([&] { FileLock(dir / "no/lock", "a"); }, ThrowsMessage<Error>(HasSubstr("cannot create")));
}

}  // namespace
}  // namespace stapes
