// SPDX-License-Identifier: Apache-2.0
#include "base/scratch.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <functional>
#include <thread>

#include "base/child_process.h"
#include "base/error.h"
#include "base/files.h"
#include "base/process.h"
#include "support/temp_dir.h"

namespace stapes {
namespace {

namespace fs = std::filesystem;

void write(const fs::path& path) { write_text_file(path, "x", Existing::kRefuse); }

// Waits up to ten seconds until `path` exists.
bool appears(const fs::path& path) {
  for (int i = 0; i < 2000 && !fs::exists(path); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  return fs::exists(path);
}

// Runs `work` in `folder` in a new process, and sends `signal` once `begun` exists. Returns the signal that ended the
// process, or 0.
int end_of(const fs::path& folder, int signal, const std::string& begun, const std::function<void()>& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    end_cleanly_on_signals();
    try {
      work();
    } catch (const std::exception&) {
    }
    ::_exit(0);
  }
  EXPECT_TRUE(appears(folder / begun));
  ::kill(child, signal);
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

void wait_for_the_end() { std::this_thread::sleep_for(std::chrono::seconds(30)); }

struct Interrupted {
  const char* name;
  const char* begun;
  std::function<void(const fs::path& folder)> work;
};

const Interrupted kInterrupted[] = {
    {"AFile", "a.partial",
     [](const fs::path& folder) {
       AtomicFile file(folder / "a", Existing::kRefuse);
       wait_for_the_end();
     }},
    {"AFolder", "f.partial/deep/b",
     [](const fs::path& folder) {
       write_folder(folder / "f", Existing::kRefuse, "b", [](const fs::path& partial) {
         fs::create_directory(partial / "deep");
         write(partial / "deep/b");
         wait_for_the_end();
       });
     }},
    {"AFileInAFolder", "f.partial/b.partial",
     [](const fs::path& folder) {
       write_folder(folder / "f", Existing::kRefuse, "b", [](const fs::path& partial) {
         AtomicFile file(partial / "b", Existing::kRefuse);
         wait_for_the_end();
       });
     }},
    {"AFolderThatIsBeingFilled", "f.partial/20",
     [](const fs::path& folder) {
       write_folder(folder / "f", Existing::kRefuse, "b", [](const fs::path& partial) {
         for (int i = 0;; ++i) write(partial / std::to_string(i));
       });
     }},
    {"AFileOfAnotherThread", "b.partial",
     [](const fs::path& folder) {
       std::thread other([&] {
         AtomicFile file(folder / "b", Existing::kRefuse);
         wait_for_the_end();
       });
       other.join();
     }},
    {"AProgramThatRuns", "begun.partial",
     [](const fs::path& folder) {
       const AtomicFile begun(folder / "begun", Existing::kRefuse);
       run_to_end({"sleep", "30"}, "install it", std::chrono::seconds(60));
     }},
};

class Interrupt : public testing::TestWithParam<std::tuple<Interrupted, int>> {};

TEST_P(Interrupt, LeavesNothingBehind) {
  const Interrupted& interrupted = std::get<0>(GetParam());
  const int signal = std::get<1>(GetParam());
  const test::TempDir dir;
  const auto work = [&] { interrupted.work(dir.path()); };
  EXPECT_EQ(end_of(dir.path(), signal, interrupted.begun, work), signal);
  EXPECT_TRUE(fs::is_empty(dir.path()));
}

INSTANTIATE_TEST_SUITE_P(Work, Interrupt,
                         testing::Combine(testing::ValuesIn(kInterrupted), testing::Values(SIGINT, SIGTERM, SIGHUP)),
                         [](const auto& info) {
                           const int signal = std::get<1>(info.param);
                           return std::string(std::get<0>(info.param).name) + (signal == SIGINT    ? "_INT"
                                                                               : signal == SIGTERM ? "_TERM"
                                                                                                   : "_HUP");
                         });

TEST(Interrupted, AFinishedOutputStays) {
  const test::TempDir dir;
  const auto work = [&] {
    write(dir / "a");
    write_folder(dir / "f", Existing::kRefuse, "b", [](const fs::path& partial) { write(partial / "b"); });
    wait_for_the_end();
  };
  EXPECT_EQ(end_of(dir.path(), SIGTERM, "f/b", work), SIGTERM);
  EXPECT_TRUE(fs::exists(dir / "a"));
  EXPECT_TRUE(fs::exists(dir / "f/b"));
}

// A program with children, like a compiler driver.
TEST(Interrupted, EndsTheProgramsThatItRuns) {
  const test::TempDir dir;
  const std::string script =
      "sleep 60 & echo $! > " + (dir / "pid").string() + "; touch " + (dir / "begun").string() + "; wait";
  const std::function<void()> runs[] = {
      [&] {
        run_to_end({"sh", "-c", script}, "install it", std::chrono::seconds(60));
      },
      [&] {
        run_program({"sh", "-c", script}, "install it");
      },
      [&] {
        ChildProcess({"sh", "-c", script}, dir / "log").wait();
      },
  };
  for (const auto& run : runs) {
    EXPECT_EQ(end_of(dir.path(), SIGTERM, "begun", run), SIGTERM);
    const pid_t grandchild = std::stoi(read_text_file(dir / "pid"));
    for (int i = 0; i < 1000 && ::kill(grandchild, 0) == 0; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    EXPECT_NE(::kill(grandchild, 0), 0);
    fs::remove(dir / "begun");
  }
}

TEST(Interrupted, WhatIsIgnoredStaysIgnored) {
  const test::TempDir dir;
  std::signal(SIGHUP, SIG_IGN);
  const auto work = [&] {
    write(dir / "begun");
    ::raise(SIGHUP);
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  };
  EXPECT_EQ(end_of(dir.path(), SIGHUP, "begun", work), 0);
  std::signal(SIGHUP, SIG_DFL);
}

TEST(Interrupted, LeavesWhatAnotherProcessWrites) {
  const test::TempDir dir;
  AtomicFile ours(dir / "a", Existing::kRefuse);
  const auto work = [&] {
    try {
      AtomicFile theirs(dir / "a", Existing::kRefuse);
    } catch (const Error&) {
      write(dir / "begun");
    }
    wait_for_the_end();
  };
  EXPECT_EQ(end_of(dir.path(), SIGTERM, "begun", work), SIGTERM);
  EXPECT_TRUE(fs::exists(dir / "a.partial"));
  ours.commit();
}

}  // namespace
}  // namespace stapes
