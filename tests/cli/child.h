// SPDX-License-Identifier: Apache-2.0
// child.h: a `stapes` that a test ends with a signal. SIGKILL simulates a power cut.
#pragma once

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/paths.h"

namespace stapes::test {

class Child {
 public:
  explicit Child(const std::vector<std::string>& arguments) : pid_(::fork()) {
    if (pid_ < 0) throw std::runtime_error("fork failed");
    if (pid_ > 0) return;
    ::dup2(::open("/dev/null", O_RDWR), STDERR_FILENO);
    ::dup2(STDERR_FILENO, STDOUT_FILENO);
    std::vector<char*> argv{const_cast<char*>(stapes_program().c_str())};
    for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    ::execv(stapes_program().c_str(), argv.data());
    ::_exit(127);
  }

  bool running() { return pid_ > 0 && ::waitpid(pid_, &status_, WNOHANG) == 0; }

  // Returns the signal that ended the process, or 0.
  int end_by(int signal) {
    ::kill(pid_, signal);
    ::waitpid(pid_, &status_, 0);
    return WIFSIGNALED(status_) ? WTERMSIG(status_) : 0;
  }
  pid_t pid() const { return pid_; }

  // Returns whether the process was still running.
  bool kill() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, &status_, 0);
    return WIFSIGNALED(status_);
  }

 private:
  pid_t pid_;
  int status_ = 0;
};

}  // namespace stapes::test
