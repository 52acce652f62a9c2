// SPDX-License-Identifier: Apache-2.0
#include "base/files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <thread>

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

// A limit of 4096 bytes for files makes write() fail, as on a full disk.
class FullDisk {
 public:
  FullDisk() {
    std::signal(SIGXFSZ, SIG_IGN);
    EXPECT_EQ(getrlimit(RLIMIT_FSIZE, &before_), 0);
    const rlimit tight{4096, before_.rlim_max};
    EXPECT_EQ(setrlimit(RLIMIT_FSIZE, &tight), 0);
  }
  ~FullDisk() { EXPECT_EQ(setrlimit(RLIMIT_FSIZE, &before_), 0); }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  rlimit before_{};
};

TEST(Files, AFullDiskIsAnErrorAndLeavesNothing) {
  const test::TempDir dir;
  const FullDisk disk;
  EXPECT_THAT([&] { write_text_file(dir / "a", std::string(100000, 'x'), Existing::kRefuse); },
              ThrowsMessage<Error>(HasSubstr("cannot write")));
  EXPECT_TRUE(std::filesystem::is_empty(dir.path()));
}

// The first write() succeeds in part and does not set errno.
TEST(Files, AppendingToAFullDiskNamesTheCause) {
  const test::TempDir dir;
  append_text(dir / "a", "one\n");
  const FullDisk disk;
  errno = ENOENT;
  EXPECT_THAT([&] { append_text(dir / "a", std::string(100000, 'x')); },
              ThrowsMessage<Error>(HasSubstr(std::strerror(EFBIG))));
}

TEST(Files, AMissingFolderIsNamed) {
  const test::TempDir dir;
  EXPECT_THAT([&] { write_text_file(dir / "no" / "a", "x", Existing::kRefuse); },
              ThrowsMessage<Error>(HasSubstr("No such file")));
}

TEST(Files, ADeviceOrAPipeIsNeverReplaced) {
  const test::TempDir dir;
  ASSERT_EQ(::mkfifo((dir / "pipe").c_str(), 0600), 0);
  EXPECT_THAT([&] { write_text_file(dir / "pipe", "x", Existing::kReplace); },
              ThrowsMessage<Error>(HasSubstr("is not a regular file, so it is not replaced")));
  EXPECT_THAT([&] { read_text_file(dir / "pipe"); }, ThrowsMessage<Error>(HasSubstr("not a regular file")));
}

TEST(Files, TwoWritersOfOneOutputDoNotMix) {
  const test::TempDir dir;
  AtomicFile first(dir / "a", Existing::kRefuse);
  EXPECT_THAT([&] { AtomicFile(dir / "a", Existing::kRefuse); }, ThrowsMessage<Error>(HasSubstr("another process")));
  first.write(std::as_bytes(std::span("whole", 5)));
  first.commit();
  EXPECT_EQ(read_text_file(dir / "a"), "whole");
}

// The second writer starts while the first finishes. It must not truncate the finished output.
TEST(Files, WritersThatFollowEachOtherClosely) {
  const test::TempDir dir;
  const auto write_often = [&](char letter) {
    for (int i = 0; i < 300; ++i) {
      try {
        write_text_file(dir / "a", std::string(1000, letter), Existing::kReplace);
      } catch (const Error&) {  // the other thread is writing
      }
    }
  };
  std::thread other(write_often, 'x');
  write_often('y');
  other.join();
  const std::string text = read_text_file(dir / "a");
  EXPECT_EQ(text, std::string(1000, text.empty() ? '?' : text[0]));
  EXPECT_FALSE(std::filesystem::exists(dir / "a.partial"));
}

TEST(Files, OneFolderHasOneWriter) {
  const test::TempDir dir;
  const auto fill = [](const std::filesystem::path& partial) {
    write_text_file(partial / "config.json", "{}", Existing::kRefuse);
  };
  EXPECT_THAT(
      [&] {
        write_folder(dir / "run", Existing::kReplace, "config.json",
                     [&](const auto&) { write_folder(dir / "run" / "", Existing::kReplace, "config.json", fill); });
      },
      ThrowsMessage<Error>(HasSubstr("in use by another process")));
  write_folder(dir / "run", Existing::kRefuse, "config.json", fill);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(dir.path()), {}), 1);
}

// Each folder is complete and comes from one writer.
TEST(Files, AFolderIsNeverMixed) {
  const test::TempDir dir;
  const auto write_all = [&](const char* who) {
    for (int i = 0; i < 100; ++i) {
      try {
        write_folder(dir / "run", Existing::kReplace, "0", [&](const std::filesystem::path& partial) {
          for (int file = 0; file < 4; ++file) write_text_file(partial / std::to_string(file), who, Existing::kRefuse);
        });
      } catch (const Error&) {  // the other thread is writing
      }
    }
  };
  std::thread other(write_all, "one");
  write_all("two");
  other.join();
  const std::string who = read_text_file(dir / "run" / "0");
  for (int file = 0; file < 4; ++file) EXPECT_EQ(read_text_file(dir / "run" / std::to_string(file)), who);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(dir / "run"), {}), 4);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(dir.path()), {}), 1);
}

TEST(Files, AnInputIsRefusedAsOutputUnderAnyName) {
  const test::TempDir dir;
  namespace fs = std::filesystem;
  fs::create_directory(dir / "folder");
  write_text_file(dir / "folder/input", "x", Existing::kRefuse);
  write_text_file(dir / "folder/input2", "x", Existing::kRefuse);
  fs::create_symlink(dir / "folder/input", dir / "link");
  fs::create_hard_link(dir / "folder/input", dir / "hard");
  fs::create_directory_symlink(dir / "folder", dir / "folder-link");
  const struct {
    const char *output, *input;
    bool refused;
  } cases[] = {
      {"folder/input", "folder/input", true},
      {"folder/./input", "folder/input", true},
      {"folder/../folder/input", "folder/input", true},
      {"link", "folder/input", true},
      {"folder/input", "link", true},
      {"hard", "folder/input", true},
      {"folder-link/input", "folder/input", true},
      {"folder", "folder/input", true},
      {"folder-link", "folder/input", true},
      {"folder/input2", "folder/input", false},
      {"folder/new", "folder/input", false},
      {"folder/input", "folder", false},
      {"folder/input", "", false},
  };
  for (const auto& c : cases) {
    const fs::path input = *c.input == 0 ? fs::path() : dir / c.input;
    const auto refuse = [&] { refuse_own_input(dir / c.output, {"", input}); };
    if (c.refused) {
      EXPECT_THROW(refuse(), UsageError) << c.output << " from " << c.input;
    } else {
      EXPECT_NO_THROW(refuse()) << c.output << " from " << c.input;
    }
  }
}

TEST(Files, LiesInAFolderUnderAnyName) {
  const test::TempDir dir;
  std::filesystem::create_directories(dir / "a/b");
  std::filesystem::create_directory_symlink(dir / "a", dir / "link");
  for (const char* path : {"a", "a/x", "a/new/x", "a/b/../x", "b/../a/x", "link", "link/new/x"})
    EXPECT_TRUE(lies_in(dir / path, dir / "a")) << path;
  for (const char* path : {"", "x", "ab", "a/../x", "link/../x"}) EXPECT_FALSE(lies_in(dir / path, dir / "a")) << path;
  EXPECT_FALSE(lies_in(dir / "none/x", dir / "none"));
  EXPECT_TRUE(lies_in("none/x", std::filesystem::current_path())) << "relative, and nothing of it exists";
}

TEST(Files, ALinkInThePlaceOfThePartialFileIsNotFollowed) {
  const test::TempDir dir;
  write_text_file(dir / "victim", "precious", Existing::kRefuse);
  std::filesystem::create_symlink(dir / "victim", dir / "a.partial");
  EXPECT_THROW(write_text_file(dir / "a", "x", Existing::kRefuse), Error);
  EXPECT_EQ(read_text_file(dir / "victim"), "precious");
}

TEST(Files, AFolderAppearsWholeAndReplacesOnlyItsOwnKind) {
  const test::TempDir dir;
  const auto fill = [](const std::filesystem::path& partial) {
    write_text_file(partial / "config.json", "{}", Existing::kRefuse);
  };
  write_folder(dir / "run" / "", Existing::kRefuse, "config.json", fill);  // a slash at the end: the same folder
  write_text_file(dir / "run" / "old", "x", Existing::kRefuse);
  EXPECT_THROW(write_folder(dir / "run", Existing::kRefuse, "config.json", fill), Error);
  std::filesystem::create_directory(dir / "run.old");  // not ours
  write_folder(dir / "run", Existing::kReplace, "config.json", fill);
  EXPECT_TRUE(std::filesystem::exists(dir / "run.old"));
  EXPECT_FALSE(std::filesystem::exists(dir / "run" / "old"));
  EXPECT_THROW(write_folder(dir / "run", Existing::kReplace, "config.json", [](const auto&) { throw Error("full"); }),
               Error);
  EXPECT_TRUE(std::filesystem::exists(dir / "run" / "config.json"));
  EXPECT_FALSE(std::filesystem::exists(dir / "run.partial"));
  std::filesystem::create_directory(dir / "precious");
  EXPECT_THROW(write_folder(dir / "precious", Existing::kReplace, "config.json", fill), Error);
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
