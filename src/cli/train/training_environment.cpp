// SPDX-License-Identifier: Apache-2.0
#include "cli/train/training_environment.h"

#include <fmt/ranges.h>
#include <malloc.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>

#include "base/error.h"

namespace stapes::cli {
namespace {

constexpr const char* kWaitPolicy = "OMP_WAIT_POLICY";
constexpr int kNeverTrim = std::numeric_limits<int>::max();

}  // namespace

void set_training_variables() {
  constexpr int kKeepTheUsers = 0;
  ::setenv(kWaitPolicy, "PASSIVE", kKeepTheUsers);
  ::setenv("GOMP_SPINCOUNT", "1000", kKeepTheUsers);
  ::setenv("OMP_DYNAMIC", "false", kKeepTheUsers);
}

void prepare_training_environment(char** argv) {
  if (std::getenv(kWaitPolicy) == nullptr) {
    set_training_variables();
    ::execv("/proc/self/exe", argv);  // returns only without /proc: then training is slower, with the same results
  }
  ::mallopt(M_ARENA_MAX, 1);
  ::mallopt(M_MMAP_THRESHOLD, kNeverTrim);
  ::mallopt(M_TRIM_THRESHOLD, kNeverTrim);
}

void restart_with(const std::vector<std::string>& arguments) {
  std::vector<std::string> words = {"stapes"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  std::fflush(nullptr);
  ::execv("/proc/self/exe", pointers.data());
  throw Error("cannot restart this program: {}; to continue, run `{}`", std::strerror(errno), fmt::join(words, " "));
}

}  // namespace stapes::cli
