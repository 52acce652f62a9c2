#include "base/files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>

#include "base/error.h"
#include "support/temp_dir.h"

namespace stapes {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(Files, WhatIsWrittenIsReadBack) {
  const test::TempDir dir;
  write_text_file(dir / "a", "hello", Existing::kRefuse);
  EXPECT_EQ(read_text_file(dir / "a"), "hello");
}

TEST(Files, AnExistingOutputIsRefusedWithoutForce) {
  const test::TempDir dir;
  write_text_file(dir / "a", "old", Existing::kRefuse);
  EXPECT_THAT([&] { write_text_file(dir / "a", "new", Existing::kRefuse); },
              ThrowsMessage<Error>(HasSubstr("--force")));
  EXPECT_EQ(read_text_file(dir / "a"), "old");
  write_text_file(dir / "a", "new", Existing::kReplace);
  EXPECT_EQ(read_text_file(dir / "a"), "new");
}

TEST(Files, WithoutCommitNothingIsLeft) {
  const test::TempDir dir;
  { AtomicFile(dir / "a", Existing::kRefuse).write(std::as_bytes(std::span("half"))); }
  EXPECT_TRUE(std::filesystem::is_empty(dir.path()));
}

TEST(Files, AFullDiskIsAnErrorAndLeavesNothing) {
  const test::TempDir dir;
  // A file-size limit fails a write the way a full disk does: with errno, not with a short file.
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit tight{4096, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &tight), 0);
  EXPECT_THAT([&] { write_text_file(dir / "a", std::string(100000, 'x'), Existing::kRefuse); },
              ThrowsMessage<Error>(HasSubstr("cannot write")));
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  EXPECT_TRUE(std::filesystem::is_empty(dir.path()));
}

TEST(Files, AMissingFolderIsNamed) {
  const test::TempDir dir;
  EXPECT_THAT([&] { write_text_file(dir / "no" / "a", "x", Existing::kRefuse); },
              ThrowsMessage<Error>(HasSubstr("No such file")));
}

TEST(Files, AFileOverItsLimitIsNotRead) {
  const test::TempDir dir;
  write_text_file(dir / "a", "hello", Existing::kRefuse);
  EXPECT_THAT([&] { read_file(dir / "a", 4); }, ThrowsMessage<Error>(HasSubstr("5 bytes")));
  EXPECT_THROW(read_file(dir.path()), Error);
  EXPECT_THROW(read_file(dir / "absent"), Error);
}

}  // namespace
}  // namespace stapes
