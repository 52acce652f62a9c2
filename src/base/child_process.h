// SPDX-License-Identifier: Apache-2.0
// child_process.h: a child process that is killed when this process ends, even in a crash. The kernel kills the child
// when the thread that started it ends, so start it from a long-lived thread.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/environment.h"

namespace stapes {

class ChildProcess {
 public:
  // Starts `arguments` (program first, found in PATH; no shell) with an empty standard input. Appends the output to
  // `log`. Throws Error if the program cannot be started.
  ChildProcess(const std::vector<std::string>& arguments, const std::filesystem::path& log,
               const Environment& environment = {});
  ~ChildProcess();  // kills the program if it is still running
  ChildProcess(ChildProcess&& other) noexcept : pid_(std::exchange(other.pid_, -1)), status_(other.status_) {}
  ChildProcess& operator=(ChildProcess&& other) noexcept;

  std::optional<int> ended();  // exit status, or 128 + signal; empty while it runs
  int wait();                  // returns the same status
  void kill();                 // sends SIGKILL and waits

 private:
  int status_of(int raw);

  pid_t pid_ = -1;
  std::optional<int> status_;
};

}  // namespace stapes
