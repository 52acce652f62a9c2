// SPDX-License-Identifier: Apache-2.0
// run_program.h: runs the built `stapes` and captures its output.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/files.h"
#include "support/paths.h"
#include "support/temp_dir.h"

namespace stapes::test {

struct Outcome {
  int status = -1;  // exit status; 128 + signal if killed
  std::string out, err;
  long peak_kilobytes = 0;  // of memory
};

struct Surroundings {
  // Simulates a full disk: the largest size of a file.
  std::optional<std::uint64_t> largest_file_bytes;
};

inline Outcome run_program(const std::string& program, const std::vector<std::string>& arguments,
                           const Surroundings& surroundings = {}) {
  const TempDir captured;
  const auto out = captured / "out", err = captured / "err";
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("fork failed");
  if (child == 0) {
    ::dup2(::open("/dev/null", O_RDONLY), STDIN_FILENO);
    ::dup2(::open(out.c_str(), O_WRONLY | O_CREAT, 0600), STDOUT_FILENO);
    ::dup2(::open(err.c_str(), O_WRONLY | O_CREAT, 0600), STDERR_FILENO);
    if (surroundings.largest_file_bytes) {
      ::signal(SIGXFSZ, SIG_IGN);  // write() fails, as on a full disk
      const rlimit limit{*surroundings.largest_file_bytes, *surroundings.largest_file_bytes};
      ::setrlimit(RLIMIT_FSIZE, &limit);
    }
    std::vector<char*> argv{const_cast<char*>(program.c_str())};
    for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    ::execv(program.c_str(), argv.data());
    ::_exit(127);
  }
  int status = 0;
  rusage used{};
  ::wait4(child, &status, 0, &used);
  return {.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
          .out = read_text_file(out),
          .err = read_text_file(err),
          .peak_kilobytes = used.ru_maxrss};
}

inline Outcome run_stapes(const std::vector<std::string>& arguments, const Surroundings& surroundings = {}) {
  return run_program(stapes_program(), arguments, surroundings);
}

// Every failure has the exit status `status` and exactly one line on stderr.
inline testing::AssertionResult fails_cleanly(const Outcome& outcome, int status, const std::string& naming = "") {
  const auto lines = std::count(outcome.err.begin(), outcome.err.end(), '\n');
  const bool clean = outcome.status == status && lines == 1 && outcome.err.starts_with("stapes: ") &&
                     outcome.err.find(naming) != std::string::npos && outcome.out.empty();
  if (clean) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "expected status " << status << " and one line naming '" << naming
                                     << "'; got status " << outcome.status << ", stdout '" << outcome.out
                                     << "', stderr '" << outcome.err << "'";
}

inline std::vector<std::string> names_in(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace stapes::test
